/**
 * Finding references among arguments, and putting results in their place.
 *
 * Arrays and plain objects are searched to any depth, without recursion; every other value (class instances,
 * typed arrays, maps, quoted data) is opaque. Structure without references inside is passed on as it is, never
 * copied.
 */

import { FunctionAsDataError, InvalidArgumentError } from "../errors.js";
import { isWrapper, type AnyFunction } from "./functions.js";
import { isLazyMarked, isTaskMarked, Quoted, Ref } from "./ref.js";

const none: readonly string[] = Object.freeze([]);

/** Whether `value` is an object literal (prototype `Object.prototype` or none). */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether references are looked for inside `value`. */
export function isStructure(value: unknown): value is unknown[] | Record<string, unknown> {
  return Array.isArray(value) || isPlainObject(value);
}

/**
 * The keys referred to among `args`, each once, in order of first appearance.
 *
 * @param where names the arguments in errors, for example `task(add)`.
 * @throws FunctionAsDataError for a `delayed` function that was not called.
 * @throws InvalidArgumentError for a lazy value, which belongs to a graph of its own, and for a task.
 */
export function referencedKeys(args: readonly unknown[], where: string): readonly string[] {
  return inspect(args, where).keys;
}

interface Inspection {
  /** The keys referred to, each once, in order of first appearance. */
  readonly keys: readonly string[];
  /** Whether some value is quoted. */
  readonly quoted: boolean;
}

/** Like {@link referencedKeys}, and tells whether there are quotes. */
export function inspect(args: readonly unknown[], where: string): Inspection {
  let keys: string[] | undefined;
  let seenKeys: Set<string> | undefined;
  let quoted = false;
  let seen: Set<object> | undefined;
  // Where to go on when a structure inside has been searched; made when there is one.
  let outer: { readonly values: readonly unknown[]; readonly at: number }[] | undefined;
  let values: readonly unknown[] = args;
  let at = 0;
  for (;;) {
    if (at === values.length) {
      const next = outer?.pop();
      if (next === undefined) return { keys: keys ?? none, quoted };
      ({ values, at } = next);
      continue;
    }
    const value = values[at++];
    if (typeof value === "function") {
      if (isWrapper(value as AnyFunction)) throw uncalled(value as AnyFunction, where);
      continue;
    }
    if (typeof value !== "object" || value === null) continue;
    if (value instanceof Ref) {
      keys ??= [];
      if (keys.length < 16 ? keys.includes(value.key) : (seenKeys ??= new Set(keys)).has(value.key)) continue;
      keys.push(value.key);
      seenKeys?.add(value.key);
    } else if (isStructure(value)) {
      seen ??= new Set();
      if (seen.has(value)) continue;
      seen.add(value);
      (outer ??= []).push({ values, at });
      values = Array.isArray(value) ? (value as readonly unknown[]) : Object.values(value);
      at = 0;
    } else if (value instanceof Quoted) quoted = true;
    else if (isLazyMarked(value)) throw lazyAsData(where);
    else if (isTaskMarked(value)) throw taskAsData(where);
  }
}

function uncalled(fn: AnyFunction, where: string): FunctionAsDataError {
  return new FunctionAsDataError(
    `An argument of ${where}`,
    fn.name,
    `It is a delayed function that was not called: write ${fn.name || "it"}(…) to use its result.`,
  );
}

function lazyAsData(where: string): InvalidArgumentError {
  return new InvalidArgumentError(
    where,
    "an argument is a lazy value, which has a graph of its own",
    "Call a delayed function with it, or merge its .graph and use ref(lazy.key).",
  );
}

function taskAsData(where: string): InvalidArgumentError {
  return new InvalidArgumentError(
    where,
    "an argument is a task",
    "Give that task a key of its own in the graph, and use ref(key) here; or quote() it, if it is meant as data.",
  );
}

/**
 * `args` with every reference replaced by `lookup(key)` and quotes removed. Structure that holds neither is
 * shared with the input.
 *
 * @param keepQuotes leaves quotes where they are: the result is again arguments of a task, not values for a call.
 */
export function resolveReferences(
  args: readonly unknown[],
  lookup: (key: string) => unknown,
  keepQuotes = false,
): unknown[] {
  let flat = true;
  const out: unknown[] = new Array(args.length);
  for (let i = 0; i < args.length; i++) {
    const value = args[i];
    if (value instanceof Ref) out[i] = lookup(value.key);
    else if (value instanceof Quoted) out[i] = keepQuotes ? value : value.value;
    else {
      out[i] = value;
      if (typeof value === "object" && value !== null && isStructure(value)) flat = false;
    }
  }
  if (flat) return out;
  const resolved = replaceInside(args, (value) => {
    if (value instanceof Ref) return lookup(value.key);
    return value instanceof Quoted && !keepQuotes ? value.value : value;
  });
  return resolved === args ? out : (resolved as unknown[]);
}

type Structure = unknown[] | Record<string, unknown>;

/**
 * `root` with everything inside it that is no array or plain object replaced by what `leaf` makes of it. Only what
 * lies on a way to a replaced part is copied; shared and circular structure stays shared and circular.
 *
 * First every structure is listed with who holds it, and copied where something right in it changes; then the holders
 * of copies are copied; then copies take the place of what they were copied from. `leaf` is called once for each
 * place, in no particular order.
 */
export function replaceInside(root: unknown, leaf: (value: unknown) => unknown): unknown {
  if (!isStructure(root)) return leaf(root);
  const order: Structure[] = [root];
  const holders = new Map<Structure, Structure[]>([[root, []]]);
  const copies = new Map<unknown, Structure>();
  for (let i = 0; i < order.length; i++) {
    const structure = order[i] as Structure;
    let copy: Structure | undefined;
    const names = Object.keys(structure);
    for (const name of names) {
      const value = structure[name as never] as unknown;
      if (isStructure(value)) {
        const known = holders.get(value);
        if (known !== undefined) known.push(structure);
        else {
          holders.set(value, [structure]);
          order.push(value);
        }
        continue;
      }
      const other = leaf(value);
      if (Object.is(other, value)) continue;
      copy ??= copyOf(structure, names);
      put(copy, name, other);
    }
    if (copy !== undefined) copies.set(structure, copy);
  }
  if (copies.size === 0) return root;
  // Nothing nested in it, not even itself: the rule for arguments.
  if (order.length === 1 && holders.get(root)?.length === 0) return copies.get(root);
  for (const structure of copyHolders(copies, holders)) {
    const copy = copies.get(structure) as Structure;
    for (const name of Object.keys(structure)) {
      const below = copies.get(structure[name as never]);
      if (below !== undefined) put(copy, name, below);
    }
  }
  return copies.get(root);
}

/** Copies whatever holds something copied, directly or not; gives the holders. */
function copyHolders(
  copies: Map<unknown, Structure>,
  holders: ReadonlyMap<Structure, readonly Structure[]>,
): ReadonlySet<Structure> {
  const holding = new Set<Structure>();
  const spreading = [...copies.keys()] as Structure[];
  for (let at = spreading.pop(); at !== undefined; at = spreading.pop()) {
    for (const holder of holders.get(at) as readonly Structure[]) {
      holding.add(holder);
      if (copies.has(holder)) continue;
      copies.set(holder, copyOf(holder, Object.keys(holder)));
      spreading.push(holder);
    }
  }
  return holding;
}

function copyOf(structure: Structure, names: readonly string[]): Structure {
  if (Array.isArray(structure)) {
    // Holes stay, and so does what an array has besides its elements: names come behind indices.
    if (Number(names.at(-1)) < structure.length) return structure.slice();
    return Object.assign(new Array<unknown>(structure.length), structure);
  }
  if (Object.getPrototypeOf(structure) !== null) return { ...structure };
  return Object.assign(Object.create(null) as Record<string, unknown>, structure);
}

function put(structure: Structure, name: string, value: unknown): void {
  if (name !== "__proto__") (structure as Record<string, unknown>)[name] = value;
  // Plain assignment would set the prototype instead of the property.
  else
    Object.defineProperty(structure, name, { value, enumerable: true, configurable: true, writable: true });
}
