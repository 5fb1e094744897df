/** A file's bytes, piece by piece. */

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { UnreadableFileError } from "../../../errors.js";

const chunkBytes = 256 * 1024;

/**
 * The bytes from `from` on. A chunk is valid only until the next one is asked for.
 *
 * @throws UnreadableFileError
 */
export async function* chunksOf(file: string, from: number): AsyncGenerator<Buffer, void> {
  try {
    const handle = await open(file);
    try {
      const buffer = Buffer.allocUnsafe(chunkBytes);
      for (let position = from; ;) {
        const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new UnreadableFileError(file, error);
  }
}

/** The unpacked bytes of a file compressed with gzip. @throws UnreadableFileError, also for damaged data. */
export async function* unzippedChunksOf(file: string): AsyncGenerator<Buffer, void> {
  const packed = createReadStream(file);
  const unpacked = createGunzip({ chunkSize: chunkBytes });
  packed.on("error", (error) => unpacked.destroy(error));
  packed.pipe(unpacked);
  try {
    for await (const chunk of unpacked) yield chunk as Buffer;
  } catch (error) {
    throw new UnreadableFileError(file, error);
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}
