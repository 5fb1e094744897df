/**
 * What a key is called. Keys are made of a name, a token that makes them unique, and numbers that count:
 * `add-1f3a9c0b`, `map-1f3a9c0b-12`, `part-7`. A word that merely looks like hexadecimal digits (`facade`) is a word:
 * tokens have a digit in them.
 */

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const token = `[-_:#./](?:${uuid}|(?=[a-f]*[0-9])[0-9a-f]{6,}|(?=[a-z]*[0-9])[0-9a-f]{8}[0-9a-z]+)(?![0-9a-z])`;
const separator = /[-_:#./[(]/;
const firstToken = new RegExp(token, "i");
const allTokens = new RegExp(token, "gi");
const trailingNumbers = /(?:[-_:#./]\d+|[-_:#./]?[[(]\s*\d[\d,\s]*[\])])+$/;

/**
 * The name that a key shares with those of other calls of the same kind: what stands before its token, or before
 * the numbers at its end. A key that has neither is its own name.
 *
 * @example
 * keyPrefix("add-1f3a9c0b"); // "add"
 * keyPrefix("sum-part-1f3a9c0b-3"); // "sum-part"
 * keyPrefix("total"); // "total"
 */
export function keyPrefix(key: string): string {
  if (!separator.test(key)) return key;
  const at = key.search(firstToken);
  const name = at > 0 ? key.slice(0, at) : key.replace(trailingNumbers, "");
  return name === "" ? key : name;
}

/** A key for people to read: without its tokens, with the numbers that tell parts apart. */
export function keyLabel(key: string): string {
  if (!separator.test(key)) return key;
  const label = key.replace(allTokens, "");
  return label === "" ? key : label;
}
