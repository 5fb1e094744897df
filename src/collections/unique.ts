/**
 * Names that are given once: for calls that must not be mistaken for one another.
 *
 * The counter and its prefix are deliberate module state: two names of one process differ by the counter, names
 * of different processes (and of the threads of one process, which each load this module) by the random prefix.
 */

// The global is named in full because this is the one place among the collections where chance comes in.
const prefix = globalThis.crypto.randomUUID().replaceAll("-", "").slice(0, 12);
let given = 0;

/** A short string that no other call, in this process or another, is given. */
export function uniqueId(): string {
  given += 1;
  return `${prefix}${given.toString(36)}`;
}
