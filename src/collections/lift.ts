/**
 * Putting references in the place of lazy values among arguments.
 *
 * Arrays and plain objects are searched to any depth without recursion, shared and circular structure included.
 * What holds no lazy value is passed on as it is, never copied.
 */

import type { GraphSource } from "../graph/source.js";
import { Ref } from "../graph/ref.js";
import { isStructure, referencedKeys, replaceInside } from "../graph/references.js";
import { isCollection, type Collection } from "./collection.js";

export interface Lifted {
  /** The arguments with a `Ref` for each lazy value. */
  readonly args: readonly unknown[];
  /** The keys referred to. */
  readonly refs: readonly string[];
  /** Where the referred tasks come from. */
  readonly parents: readonly GraphSource[];
}

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
  const referring = (value: unknown): unknown => (isCollection(value) ? refer(value, known, all) : value);
  for (const [i, value] of args.entries()) {
    if (isStructure(value)) args[i] = replaceInside(value, referring);
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
