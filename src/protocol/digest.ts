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

/** Characters of a key that its hash looks at: keys of one collection differ at their ends. */
const hashedCharacters = 16;

/** A 32-bit hash of a key (FNV-1a over its length and its last characters), for digests of sets of keys. */
export function keyHash(key: string): number {
  let h = Math.imul(0x811c9dc5 ^ key.length, 0x01000193);
  for (let i = Math.max(0, key.length - hashedCharacters); i < key.length; i++) {
    h = Math.imul(h ^ key.charCodeAt(i), 0x01000193);
  }
  return (h ^ (h >>> 15)) >>> 0;
}
