/** Hashing: BLAKE2b cut to 128 bits, written as 32 hexadecimal digits. */

import { createHash, hash, type Hash } from "node:crypto";

const algorithm = "blake2b512";
const digits = 32;

/** The digest of a text by its UTF-8 bytes, or of bytes as they are, without copying them. */
export function digestOf(content: string | Uint8Array): string {
  return hash(algorithm, content, "hex").slice(0, digits);
}

/** Pieces are hashed together up to this length: a call of the hash costs more than a short piece. */
const batchLength = 1 << 16;

/** The digest of a text given in pieces, equal to that of the pieces joined. */
export class TextDigest {
  readonly #hash: Hash = createHash(algorithm);
  #pending = "";

  /** Takes the next piece, which must not end in the middle of a character. */
  update(piece: string): void {
    if (this.#pending.length + piece.length > batchLength) this.#flush();
    if (piece.length > batchLength) this.#hash.update(piece, "utf8");
    else this.#pending += piece;
  }

  finish(): string {
    this.#flush();
    return this.#hash.digest("hex").slice(0, digits);
  }

  #flush(): void {
    this.#hash.update(this.#pending, "utf8");
    this.#pending = "";
  }
}
