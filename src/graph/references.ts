/**
 * Finding references among arguments, and putting results in their place.
 *
 * Arrays and plain objects are searched to any depth, without recursion; every other value (class instances,
 * typed arrays, maps, quoted data) is opaque. Structure without references inside is passed on as it is, never
 * copied.
 */

import { FunctionAsDataError, InvalidArgumentError } from "../errors.js";
import { isWrapper, type AnyFunction } from "./functions.js";
import { isLazyMarked, Quoted, Ref } from "./ref.js";

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
 * @throws InvalidArgumentError for a lazy value, which belongs to a graph of its own.
 */
export function referencedKeys(args: readonly unknown[], where: string): readonly string[] {
  let found: string[] | undefined;
  let seenKeys: Set<string> | undefined;
  let pending: object[] | undefined;
  let seen: Set<object> | undefined;
  let values: readonly unknown[] = args;
  for (;;) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (typeof value === "function") {
        if (isWrapper(value as AnyFunction)) throw uncalled(value as AnyFunction, where);
        continue;
      }
      if (typeof value !== "object" || value === null) continue;
      if (value instanceof Ref) {
        found ??= [];
        if (found.length < 16 ? found.includes(value.key) : (seenKeys ??= new Set(found)).has(value.key))
          continue;
        found.push(value.key);
        seenKeys?.add(value.key);
      } else if (isStructure(value)) {
        seen ??= new Set();
        if (seen.has(value)) continue;
        seen.add(value);
        (pending ??= []).push(value);
      } else if (!(value instanceof Quoted) && isLazyMarked(value)) {
        throw lazyAsData(where);
      }
    }
    const next = pending?.pop();
    if (next === undefined) return found ?? none;
    values = Array.isArray(next) ? (next as readonly unknown[]) : Object.values(next);
  }
}

function uncalled(fn: AnyFunction, where: string): FunctionAsDataError {
  return new FunctionAsDataError(
    `An argument of ${where}`,
    fn.name,
    "It is a delayed function that was not called: write " + `${fn.name || "it"}(…) to use its result.`,
  );
}

function lazyAsData(where: string): InvalidArgumentError {
  return new InvalidArgumentError(
    where,
    "an argument is a lazy value, which has a graph of its own",
    "Call a delayed function with it, or merge its .graph and use ref(lazy.key).",
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
  for (let i = 0; i < args.length; i++) {
    const value = args[i];
    if (isStructure(value)) out[i] = resolveStructure(value, lookup, keepQuotes);
  }
  return out;
}

type Structure = unknown[] | Record<string, unknown>;

/**
 * Copies only what lies on a way to a reference. Shared and circular structure keeps its identity: first every
 * structure reachable is listed with who holds it, then "has a reference below" spreads to the holders, then the
 * marked ones are copied.
 */
function resolveStructure(root: Structure, lookup: (key: string) => unknown, keepQuotes: boolean): unknown {
  const order: Structure[] = [root];
  const holders = new Map<Structure, Structure[]>([[root, []]]);
  const touched = new Set<Structure>();
  for (let i = 0; i < order.length; i++) {
    const structure = order[i] as Structure;
    for (const value of Object.values(structure) as unknown[]) {
      if (value instanceof Ref || (value instanceof Quoted && !keepQuotes)) touched.add(structure);
      else if (isStructure(value)) {
        const known = holders.get(value);
        if (known === undefined) {
          holders.set(value, [structure]);
          order.push(value);
        } else known.push(structure);
      }
    }
  }
  if (touched.size === 0) return root;
  const spreading = [...touched];
  for (let at = spreading.pop(); at !== undefined; at = spreading.pop()) {
    for (const holder of holders.get(at) ?? []) {
      if (!touched.has(holder)) {
        touched.add(holder);
        spreading.push(holder);
      }
    }
  }
  const copies = new Map<Structure, Structure>();
  for (const structure of touched) {
    copies.set(structure, Array.isArray(structure) ? new Array<unknown>(structure.length) : {});
  }
  for (const [structure, copy] of copies) {
    for (const [name, value] of Object.entries(structure)) {
      const resolved =
        value instanceof Ref
          ? lookup(value.key)
          : value instanceof Quoted && !keepQuotes
            ? value.value
            : (copies.get(value as Structure) ?? value);
      if (name === "__proto__") {
        // Plain assignment would set the prototype instead of the property.
        Object.defineProperty(copy, name, {
          value: resolved,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      } else (copy as Record<string, unknown>)[name] = resolved;
    }
  }
  return copies.get(root) ?? root;
}
