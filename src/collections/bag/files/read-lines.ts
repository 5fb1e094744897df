/**
 * The lines of a block. A block [start, end) owns the lines that start in it: it skips the end of the line that
 * started before it, and reads its own last line to that line's end, wherever that is. So the blocks of a file
 * give every line exactly once, whole, whatever the ranges, and characters of several bytes are never cut.
 *
 * A line ends with \n or \r\n, which are not part of it; the last may end with the file. Empty lines count. A byte
 * order mark at the file's beginning is dropped.
 */

import { chunksOf, unzippedChunksOf } from "./chunks.js";
import type { FileBlock } from "./list-blocks.js";

const newline = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Turns the bytes `from` … `to` of a buffer into text. */
export type Decode = (bytes: Buffer, from: number, to: number) => string;

/** Each line is copied out of its buffer: one line kept must not keep all its neighbours in memory. */
export const decodeUtf8: Decode = (bytes, from, to) => bytes.toString("utf8", from, to);

/**
 * Hands the block's lines to `use`, some at a time, in order. Only a compressed file takes time that is waited for.
 *
 * @throws UnreadableFileError
 */
export function readLines(
  block: FileBlock,
  decode: Decode,
  use: (lines: readonly string[]) => void,
): void | Promise<void> {
  if (block.gzip) return readUnzippedLines(block.file, decode, use);
  const { file, start, end } = block;
  if (start >= end) return;
  // From one byte earlier, to see whether a line ends right before the block.
  const first = Math.max(0, start - 1);
  const cutter = new LineCutter(first, start > 0, end, decode);
  for (const chunk of chunksOf(file, first)) {
    use(cutter.push(chunk));
    if (cutter.done) return;
  }
  use(cutter.finish());
}

async function readUnzippedLines(
  file: string,
  decode: Decode,
  use: (lines: readonly string[]) => void,
): Promise<void> {
  const cutter = new LineCutter(0, false, Infinity, decode);
  for await (const chunk of unzippedChunksOf(file)) use(cutter.push(chunk));
  use(cutter.finish());
}

class LineCutter {
  /** Whether all lines of the block have been given. */
  done = false;
  /** Where in the file the next byte comes from. */
  #position: number;
  /** Where in the file the line being read starts. */
  #lineStart: number;
  #skipping: boolean;
  readonly #end: number;
  readonly #decode: Decode;
  /** The beginning of a line that no chunk so far has ended. */
  #unfinished: Buffer[] = [];

  constructor(position: number, skipping: boolean, end: number, decode: Decode) {
    this.#position = position;
    this.#lineStart = position;
    this.#skipping = skipping;
    this.#end = end;
    this.#decode = decode;
  }

  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (;;) {
      const at = chunk.indexOf(newline, from);
      if (at < 0) break;
      if (this.#skipping) this.#skipping = false;
      else lines.push(this.#line(chunk, from, at, true));
      from = at + 1;
      this.#lineStart = this.#position + from;
      if (this.#lineStart >= this.#end) {
        this.done = true;
        return lines;
      }
    }
    // While the end of an earlier line is skipped, there is nothing to keep, nor to look for beyond the block.
    if (this.#skipping) this.done = this.#position + chunk.length >= this.#end;
    else if (from < chunk.length) this.#unfinished.push(Buffer.from(chunk.subarray(from)));
    this.#position += chunk.length;
    return lines;
  }

  /** The last line, when the file ends without a line's end. */
  finish(): string[] {
    if (this.#unfinished.length === 0) return [];
    const line = this.#line(Buffer.alloc(0), 0, 0, false);
    // A file of nothing but the byte order mark has no line.
    return line === "" ? [] : [line];
  }

  #line(chunk: Buffer, from: number, to: number, ended: boolean): string {
    let bytes = chunk;
    let begin = from;
    let end = to;
    if (this.#unfinished.length > 0) {
      bytes = Buffer.concat([...this.#unfinished, chunk.subarray(from, to)]);
      this.#unfinished = [];
      begin = 0;
      end = bytes.length;
    }
    if (ended && end > begin && bytes[end - 1] === carriageReturn) end -= 1;
    if (this.#lineStart === 0 && bytes.subarray(begin, begin + 3).equals(byteOrderMark)) begin += 3;
    return this.#decode(bytes, begin, Math.max(begin, end));
  }
}
