/** Kernels that read one block of a file. */

import { BrokenLineError } from "../../../errors.js";
import { bagKernel } from "../kernels/bag-kernel.js";
import { chunksOf } from "./chunks.js";
import { decoderOf } from "./encoding.js";
import type { FileBlock } from "./list-blocks.js";
import { decodeUtf8, readLines } from "./read-lines.js";

/** The lines of a block. Bytes that are not of the encoding become U+FFFD. @throws UnreadableFileError */
export const readTextBlock = bagKernel(
  "readTextBlock",
  function readTextBlock(encoding: string, block: FileBlock): string[] | Promise<string[]> {
    const out: string[] = [];
    const reading = readLines(block, decoderOf(encoding), (lines) => {
      for (const line of lines) out.push(line);
    });
    return reading === undefined ? out : reading.then(() => out);
  },
);

/** The values of a block's lines, blank lines left out. @throws BrokenLineError, UnreadableFileError */
export const readNdjsonBlock = bagKernel("readNdjsonBlock", function readNdjsonBlock(block: FileBlock):
  unknown[] | Promise<unknown[]> {
  const out: unknown[] = [];
  let index = 0;
  const reading = readLines(block, decodeUtf8, (lines) => {
    for (const line of lines) {
      try {
        out.push(JSON.parse(line));
      } catch (error) {
        if (line.trim() !== "") throw brokenLine(block, index, line, error as Error);
      }
      index += 1;
    }
  });
  return reading === undefined ? out : reading.then(() => out);
});

/** Lines before the block are counted only now, so that reading good files costs nothing for it. */
function brokenLine(block: FileBlock, index: number, line: string, error: Error): BrokenLineError {
  const before = block.start === 0 || block.gzip ? 0 : 1 + countNewlines(block.file, block.start - 1);
  return new BrokenLineError(block.file, before + index + 1, `not JSON (${error.message})`, line);
}

/** How many of the first `bytes` bytes end a line. */
function countNewlines(file: string, bytes: number): number {
  let count = 0;
  let left = bytes;
  for (const chunk of chunksOf(file, 0)) {
    const seen = chunk.subarray(0, left);
    for (let at = seen.indexOf(0x0a); at >= 0; at = seen.indexOf(0x0a, at + 1)) count += 1;
    left -= seen.length;
    if (left === 0) break;
  }
  return count;
}
