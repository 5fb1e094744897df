/**
 * Digests by which two sides compare what they believe without sending it: the XOR of a hash of every run in a
 * set. Independent of order, and kept up to date in constant time.
 */

/** A 32-bit hash of a run. The mixing is that of MurmurHash3's finalizer (Austin Appleby, public domain). */
export function runHash(run: number): number {
  let h = (run >>> 0) ^ Math.imul((run / 4294967296) >>> 0, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
