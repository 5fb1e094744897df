/**
 * Putting references in the place of lazy values among arguments.
 *
 * Arrays and plain objects are searched to any depth without recursion, shared and circular structure included.
 * What holds no lazy value is passed on as it is, never copied.
 */

import type { GraphSource } from "../graph/source.js";
import { Ref } from "../graph/ref.js";
import { isStructure, referencedKeys } from "../graph/references.js";
import { isCollection, type Collection } from "./collection.js";

export interface Lifted {
  /** The arguments with a `Ref` for each lazy value. */
  readonly args: readonly unknown[];
  /** The keys referred to. */
  readonly refs: readonly string[];
  /** Where the referred tasks come from. */
  readonly parents: readonly GraphSource[];
}

type Structure = unknown[] | Record<string, unknown>;

/**
 * Calls with nothing nested among their arguments are the rule, and a graph holds millions of them: these get arrays
 * of exactly the length they need.
 *
 * @param args is taken over: its elements are replaced.
 * @param where names the arguments in errors.
 * @throws FunctionAsDataError for a delayed function that was not called.
 */
export function lift(args: unknown[], where: string): Lifted {
  let refs: string[] | undefined;
  let parents: GraphSource[] | undefined;
  let flat = true;
  for (let i = 0; i < args.length; i++) {
    const value = args[i];
    if (isCollection(value)) {
      const { key, source } = value.whole();
      args[i] = new Ref(key);
      if (refs === undefined || parents === undefined) {
        refs = [key];
        parents = [source];
      } else {
        refs.push(key);
        parents.push(source);
      }
    } else if (typeof value === "function" || (typeof value === "object" && value !== null)) flat = false;
  }
  if (flat) return { args, refs: distinct(refs), parents: distinct(parents) };
  const all = parents ?? [];
  const known = new Map<unknown, Ref>();
  for (const [i, value] of args.entries()) {
    if (isStructure(value)) args[i] = liftStructure(value, known, all);
  }
  return { args, refs: referencedKeys(args, where), parents: all };
}

const none: readonly never[] = Object.freeze([]);

/** Each once, in an array with no room for more, which one that grew by pushing has. */
function distinct<T>(list: readonly T[] | undefined): readonly T[] {
  return list === undefined ? none : list.length === 1 ? list : [...new Set(list)];
}

function refer(value: Collection<unknown>, refs: Map<unknown, Ref>, parents: GraphSource[]): Ref {
  const known = refs.get(value);
  if (known !== undefined) return known;
  const { key, source } = value.whole();
  const made = new Ref(key);
  refs.set(value, made);
  parents.push(source);
  return made;
}

/** Copies what lies on a way to a lazy value; `root` itself when there is none. */
function liftStructure(root: Structure, refs: Map<unknown, Ref>, parents: GraphSource[]): Structure {
  const holders = new Map<Structure, Structure[]>([[root, []]]);
  const order: Structure[] = [root];
  const touched = new Set<Structure>();
  for (let i = 0; i < order.length; i++) {
    const structure = order[i] as Structure;
    for (const value of Object.values<unknown>(structure)) {
      if (typeof value !== "object" || value === null) continue;
      if (isCollection(value)) {
        refer(value, refs, parents);
        touched.add(structure);
      } else if (isStructure(value)) {
        const known = holders.get(value);
        if (known !== undefined) known.push(structure);
        else {
          holders.set(value, [structure]);
          order.push(value);
        }
      }
    }
  }
  if (touched.size === 0) return root;
  // A set takes in what is added while it is walked: every holder of something touched is touched.
  for (const structure of touched) for (const holder of holders.get(structure) ?? []) touched.add(holder);
  const copies = new Map<unknown, Structure>();
  for (const structure of touched) {
    copies.set(structure, Array.isArray(structure) ? new Array<unknown>(structure.length) : {});
  }
  for (const structure of touched) {
    const copy = copies.get(structure) as Record<string, unknown>;
    for (const [name, value] of Object.entries<unknown>(structure)) {
      const lifted = refs.get(value) ?? copies.get(value) ?? value;
      // Plain assignment to this name would set the prototype instead of a property.
      if (name === "__proto__") {
        Object.defineProperty(copy, name, {
          value: lifted,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      } else copy[name] = lifted;
    }
  }
  return copies.get(root) as Structure;
}
