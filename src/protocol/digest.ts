/**
 * Digests by which two sides compare what they believe without sending it: the XOR of a hash of every run in a
 * set. Independent of order, and kept up to date in constant time.
 */

/** A 32-bit hash of a run. */
export function runHash(run: number): number {
  return mixed((run >>> 0) ^ Math.imul((run / 4294967296) >>> 0, 0x9e3779b1));
}

/** A 32-bit hash of a key. */
export function keyHash(key: string): number {
  return mixed(keyPlace(key));
}

const zero = 48;
const nine = 57;

/**
 * A 32-bit number for a place in a table: keys of one collection, which differ by a number at their end, lie in
 * eights beside each other, and the eights anywhere. (FNV-1a, by Fowler, Noll and Vo, over what is before the number.)
 */
export function keyPlace(key: string): number {
  let end = key.length;
  // More digits are no longer exact as a small integer, and more likely a token's than a count.
  const least = Math.max(0, end - 9);
  while (end > least && isDigit(key.charCodeAt(end - 1))) end--;
  let number = 0;
  for (let i = end; i < key.length; i++) number = number * 10 + key.charCodeAt(i) - zero;
  let h = Math.imul(0x811c9dc5 ^ key.length, 0x01000193);
  for (let i = 0; i < end; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193);
  return ((mixed(h ^ Math.imul(number >>> 3, 0x9e3779b1)) & ~7) | (number & 7)) >>> 0;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

/** Every bit of the result depends on every bit of `h`: MurmurHash3's finalizer (Austin Appleby, public domain). */
export function mixed(h: number): number {
  let m = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  m = Math.imul(m ^ (m >>> 13), 0xc2b2ae35);
  return (m ^ (m >>> 16)) >>> 0;
}
