/**
 * Makes a value ready to be encoded: refuses what cannot travel, naming its place; sets binary data aside; puts
 * marks for functions. Structure without any of these is not copied. Iterative.
 */

import { describe, UnserializableError } from "../../errors.js";
import type { AnyFunction } from "../../graph/functions.js";
import { isLazyMarked, Quoted } from "../../graph/ref.js";
import { isStructure, replaceInside } from "../../graph/references.js";
import type { WireFunction } from "../../protocol/messages.js";
import { kindOfBinary, type Binary } from "./binary.js";
import { FunctionMark, negativeZero, SetAside } from "./marks.js";

/** Binary data smaller than this is copied with the rest. */
const setAsideBytes = 1024;

/** Where a value came from, for errors: `the result of` and the key it is of, or something without a key. */
export interface Origin {
  readonly what: string;
  readonly key?: string;
}

/** The name of a value in errors. Put together only when there is one: most values are fine. */
export function nameOf({ what, key }: Origin): string {
  return key === undefined ? what : `${what} ${JSON.stringify(key)}`;
}

export interface Prepared {
  readonly value: unknown;
  readonly buffers: readonly Binary[];
}

const noBuffers: readonly Binary[] = [];

/** @throws UnserializableError; whatever `toWire` throws for a function. */
export function prepare(value: unknown, origin: Origin, toWire: (fn: AnyFunction) => WireFunction): Prepared {
  return isPlainList(value) ? { value, buffers: noBuffers } : prepareInside(value, origin, toWire);
}

/** A list of nothing but plain scalars, as most arguments are, is ready as it stands. */
function isPlainList(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) {
    const part: unknown = value[i];
    const type = typeof part;
    const isPlain =
      type === "number" ? !Object.is(part, -0) : type === "string" || type === "boolean" || part === null;
    if (!isPlain) return false;
  }
  return true;
}

function prepareInside(value: unknown, origin: Origin, toWire: (fn: AnyFunction) => WireFunction): Prepared {
  const buffers: Binary[] = [];
  const placeOf = new Map<object, SetAside>();
  const leaf = (part: unknown): unknown => {
    if (typeof part === "function") return new FunctionMark(toWire(part as AnyFunction));
    if (Object.is(part, -0)) return negativeZero;
    if (typeof part === "symbol") throw refused(value, part, origin);
    if (typeof part !== "object" || part === null) return part;
    if (part instanceof Quoted) return replaceInside(part.value, leaf);
    if (kindOfBinary(part) !== undefined) {
      if ((part as Binary).byteLength < setAsideBytes)
        return part instanceof SharedArrayBuffer ? part.slice(0) : part;
      let place = placeOf.get(part);
      if (place === undefined) {
        place = new SetAside(buffers.push(part as Binary) - 1);
        placeOf.set(part, place);
      }
      return place;
    }
    if (isUnclonable(part)) throw refused(value, part, origin);
    if (part instanceof Map || part instanceof Set)
      return checkInside(part, value, origin) === "negative zero" ? copyOf(part) : part;
    return part;
  };
  const copies = new Map<object, Map<unknown, unknown> | Set<unknown>>();
  const copyOf = (part: Map<unknown, unknown> | Set<unknown>): object => {
    let copy = copies.get(part);
    if (copy !== undefined) return copy;
    copy = part instanceof Map ? new Map<unknown, unknown>() : new Set<unknown>();
    // Noted before it is filled: it may be inside itself.
    copies.set(part, copy);
    for (const [key, held] of part.entries()) {
      if (copy instanceof Map) copy.set(replaceInside(key, leaf), replaceInside(held, leaf));
      else copy.add(replaceInside(held, leaf));
    }
    return copy;
  };
  return { value: replaceInside(value, leaf), buffers };
}

function isUnclonable(value: object): boolean {
  return (
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof WeakRef ||
    value instanceof AbortSignal ||
    // Of these nothing would arrive but an empty object.
    value instanceof Blob ||
    value instanceof Headers ||
    value instanceof Request ||
    value instanceof Response ||
    value instanceof FormData ||
    value instanceof URLSearchParams ||
    value instanceof ReadableStream ||
    value instanceof WritableStream ||
    isLazyMarked(value) ||
    typeof (value as { pipe?: unknown }).pipe === "function" ||
    typeof (value as { next?: unknown }).next === "function"
  );
}

/**
 * Inside maps and sets nothing is set aside, and nothing replaced but the number that MessagePack lacks, whose presence
 * is told; what cannot travel is refused there too.
 */
function checkInside(
  collection: Map<unknown, unknown> | Set<unknown>,
  root: unknown,
  origin: Origin,
): "negative zero" | undefined {
  let found: "negative zero" | undefined;
  const seen = new Set<unknown>();
  const pending: unknown[] = [collection];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    for (const part of partsOf(at as object).map(([, value]) => value)) {
      const type = typeof part;
      if (type === "function" || type === "symbol") throw refused(root, part, origin);
      if (Object.is(part, -0)) found = "negative zero";
      if (type !== "object" || part === null) continue;
      if (isUnclonable(part as object)) throw refused(root, part, origin);
      pending.push(part);
    }
  }
  return found;
}

function partsOf(value: object): readonly (readonly [string, unknown])[] {
  if (value instanceof Map) {
    return [...value].flatMap(([key, held], i) => [
      [`(key ${i})`, key] as const,
      [`.get(${brief(key)})`, held] as const,
    ]);
  }
  if (value instanceof Set) return [...value].map((held, i) => [`(element ${i})`, held] as const);
  if (Array.isArray(value)) return value.map((held: unknown, i) => [`[${i}]`, held] as const);
  if (value instanceof Quoted) return [["", value.value]];
  return isStructure(value) ? Object.entries(value).map(([name, held]) => [`.${name}`, held] as const) : [];
}

function brief(key: unknown): string {
  return typeof key === "string" ? JSON.stringify(key.slice(0, 40)) : String(key);
}

/** Looks for the culprit once more, this time minding the way: errors are rare, encoding is not. */
function refused(root: unknown, culprit: unknown, origin: Origin): UnserializableError {
  const pathOf = new Map<unknown, string>([[root, ""]]);
  const pending: unknown[] = [root];
  for (let at = pending.shift(); at !== undefined && !pathOf.has(culprit); at = pending.shift()) {
    if (typeof at !== "object" || at === null) continue;
    for (const [step, part] of partsOf(at)) {
      if (pathOf.has(part)) continue;
      pathOf.set(part, `${pathOf.get(at) ?? ""}${step}`);
      pending.push(part);
    }
  }
  return new UnserializableError(
    `${nameOf(origin)}${pathOf.get(culprit) ?? ""}`,
    `${describe(culprit)} cannot be sent to another thread or process`,
    "Turn it into plain data first: await promises, collect iterators, read streams, compute lazy values.",
  );
}
