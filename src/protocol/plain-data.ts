/**
 * Plain data: what the free parts of messages (error details, answers, events) may hold so that every peer can read
 * them back: primitives, dates, binary data, arrays and plain objects, nested at most `depthLimit` deep.
 */

import { isForbiddenKey } from "./codec/scan.js";

/** Leaves room below the limit of a whole message for what stands around a free part. */
const depthLimit = 16;

/**
 * `value` itself when it is plain data, else the nearest plain data to it: functions and symbols become a note of
 * what they were, maps and class instances objects, sets arrays, errors their name, message and stack; cycles and
 * what is nested too deep end in "…". Never throws.
 */
export function plainData(value: unknown): unknown {
  return plain(value, depthLimit, []);
}

function plain(value: unknown, depth: number, above: readonly object[]): unknown {
  if (typeof value === "function") return `[function ${value.name}]`;
  if (typeof value === "symbol") return `[${String(value)}]`;
  if (typeof value !== "object" || value === null) return value;
  if (isLeaf(value)) return value;
  if (depth === 0 || above.includes(value)) return "…";
  const inside = [...above, value];
  const next = (each: unknown): unknown => plain(each, depth - 1, inside);
  try {
    if (Array.isArray(value)) return unlessSame(value, (value as readonly unknown[]).map(next));
    if (value instanceof Set) return [...(value as Set<unknown>)].map(next);
    return plainObject(value, next);
  } catch (error) {
    return `[unreadable: ${String(error)}]`;
  }
}

function plainObject(value: object, next: (each: unknown) => unknown): unknown {
  if (value instanceof Map) {
    const entries = [...(value as Map<unknown, unknown>)].map(([key, each]): [string, unknown] => [
      String(key),
      each,
    ]);
    return fromEntries(entries, next);
  }
  const entries = Object.entries(value) as [string, unknown][];
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    entries.unshift(["name", name], ["message", message], ["stack", stack], ["cause", cause]);
    return fromEntries(entries, next);
  }
  const made = fromEntries(entries, next);
  const isPlain = Object.getPrototypeOf(value) === Object.prototype;
  return isPlain && entries.every(([key, each]) => Object.hasOwn(made, key) && made[key] === each)
    ? value
    : made;
}

function fromEntries(
  entries: readonly (readonly [string, unknown])[],
  next: (each: unknown) => unknown,
): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [key, each] of entries) if (!isForbiddenKey(key) && each !== undefined) made[key] = next(each);
  return made;
}

function unlessSame(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((each, i) => each === before[i]) ? before : after;
}

function isLeaf(value: object): boolean {
  if (value instanceof Date || value instanceof ArrayBuffer) return true;
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
