/**
 * Deterministic tokens: the same value gives the same token in every process and at every time, different values
 * give different ones (but for collisions of a 128-bit hash).
 */

import { TokenWriter } from "./token-writer.js";

/**
 * A token of `values`: 32 hexadecimal digits that depend on nothing but the values themselves.
 *
 * Told apart: types as well as content (1, "1", 1n, true, a boxed 1; 0 and -0; null, undefined and a hole in an
 * array; an array, an object, a Map, a Set; typed arrays of each kind, Buffer, ArrayBuffer, DataView; Date, RegExp
 * with its `lastIndex`, URL; errors, by everything but the stack). Not told apart: the order of an object's keys, of
 * a Map's entries and of a Set's values; objects with and without a prototype; a value that occurs twice and two
 * equal values. Structures that lead into a cycle are compared as they are linked: what is shared there, and the
 * order of a Map or Set there, counts.
 *
 * Functions: one of a task module counts by module and name, a built-in one by name, any other by its source if it
 * uses nothing from outside. `Task`, `Ref` and quoted values count by what they hold. An instance of a class counts
 * by its class's name and what its method `[Symbol.for("skein.token")]()` returns.
 *
 * Cost: one pass over the values, without recursion; binary data is hashed in place.
 *
 * @throws TokenizeError for a value without a stable form, with its path: a class instance without that method, a
 *   promise, iterator, weak collection, unregistered symbol, a bound function or one that captures variables.
 */
export function tokenize(...values: unknown[]): string {
  return new TokenWriter().token(values);
}
