/** One value on disk, with a checksum for each piece of it, so that a part can be read and checked by itself. */

import { rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { sharedBytes } from "./shared-memory.js";

const pieceBytes = 256 * 1024;

export class SpillFile {
  readonly #path: string;
  readonly #nbytes: number;
  readonly #checksums: Uint32Array;

  private constructor(path: string, nbytes: number, checksums: Uint32Array) {
    this.#path = path;
    this.#nbytes = nbytes;
    this.#checksums = checksums;
  }

  /** Synchronous: whoever spills is short of memory now. */
  static write(path: string, bytes: Uint8Array): SpillFile {
    writeFileSync(path, bytes, { mode: 0o600 });
    return new SpillFile(path, bytes.length, checksumsOf(bytes));
  }

  /** In memory that threads share. Undefined when the file is broken, short or gone. */
  async whole(): Promise<Uint8Array | undefined> {
    return this.#read(0, this.#nbytes);
  }

  /** Undefined when what there is of it is broken, short or gone. */
  async part(offset: number, length: number): Promise<Uint8Array | undefined> {
    const from = offset - (offset % pieceBytes);
    const end = Math.min(this.#nbytes, offset + length);
    const to = Math.min(this.#nbytes, Math.ceil(end / pieceBytes) * pieceBytes);
    const pieces = await this.#read(from, to);
    return pieces?.subarray(offset - from, end - from);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }

  /** @param from where a piece begins, @param to where one ends. */
  async #read(from: number, to: number): Promise<Uint8Array | undefined> {
    try {
      await using file = await open(this.#path);
      if ((await file.stat()).size !== this.#nbytes) return undefined;
      const bytes = sharedBytes(to - from);
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, readBytes), from + at);
        if (bytesRead === 0) return undefined;
        at += bytesRead;
      }
      const first = from / pieceBytes;
      return checksumsOf(bytes).every((sum, i) => sum === this.#checksums[first + i]) ? bytes : undefined;
    } catch {
      return undefined;
    }
  }
}

/** As much as is read at a time. */
const readBytes = 64 * 1024 * 1024;

function checksumsOf(bytes: Uint8Array): Uint32Array {
  return Uint32Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, i) =>
    crc32(bytes.subarray(i * pieceBytes, (i + 1) * pieceBytes)),
  );
}
