/**
 * A file's bytes, piece by piece. Plain files are read synchronously: a task that waits lets others start, and with
 * sixteen blocks under way at once, sixteen blocks are in memory, for nothing, since taking lines apart costs more
 * than reading them.
 */

import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { UnreadableFileError } from "../../../errors.js";

const chunkBytes = 256 * 1024;

/**
 * The bytes from `from` on. A chunk is valid only until the next one is asked for.
 *
 * @throws UnreadableFileError
 */
export function* chunksOf(file: string, from: number): Generator<Buffer, void> {
  try {
    const handle = openSync(file, "r");
    try {
      const buffer = Buffer.allocUnsafe(chunkBytes);
      for (let position = from; ;) {
        const bytesRead = readSync(handle, buffer, 0, chunkBytes, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      closeSync(handle);
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
