/** Base64 (RFC 4648, with padding), in plain JavaScript: the graph layer runs wherever JavaScript does. */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const padding = "=".charCodeAt(0);
const letters = Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0));
const invalid = 255;
const sextets = new Uint8Array(128).fill(invalid);
letters.forEach((letter, value) => (sextets[letter] = value));

export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const triple = ((bytes[from] as number) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    text[to] = letters[triple >> 18] as number;
    text[to + 1] = letters[(triple >> 12) & 63] as number;
    text[to + 2] = letters[(triple >> 6) & 63] as number;
    text[to + 3] = letters[triple & 63] as number;
  }
  const missing = (3 - (bytes.length % 3)) % 3;
  if (missing > 0) text.fill(padding, text.length - missing);
  return new TextDecoder().decode(text);
}

/** Undefined when `text` is not what `toBase64` writes. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0) return undefined;
  const missing = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - missing);
  const end = text.length - missing;
  for (let from = 0, to = 0; from < end; from += 4, to += 3) {
    let triple = 0;
    for (let place = 0; place < 4; place++) {
      const sextet = from + place < end ? (sextets[text.charCodeAt(from + place)] ?? invalid) : 0;
      if (sextet === invalid) return undefined;
      triple = (triple << 6) | sextet;
    }
    // Writes past the end of a typed array are ignored: that drops the padding.
    bytes[to] = triple >> 16;
    bytes[to + 1] = (triple >> 8) & 255;
    bytes[to + 2] = triple & 255;
  }
  return bytes;
}
