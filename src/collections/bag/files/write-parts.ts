/**
 * Kernels that write one partition as a file. It is written under another name and renamed when it is whole, so
 * whoever reads the directory never meets half a file, and a second attempt takes the first one's place. Synchronous,
 * for the reason that reading is.
 */

import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { describe, InvalidArgumentError } from "../../../errors.js";
import { bagKernel } from "../kernels/bag-kernel.js";

const chunkCharacters = 256 * 1024;

/** The files of a bag's partitions: `part-000.txt`, `part-001.txt`, … in `directory`, as absolute paths. */
export function partFiles(directory: string, count: number, extension: string): string[] {
  const digits = Math.max(3, String(count - 1).length);
  return Array.from({ length: count }, (_, i) =>
    join(resolve(directory), `part-${String(i).padStart(digits, "0")}.${extension}`),
  );
}

/** Writes each element as a line; gives the file's path. @throws InvalidArgumentError for other than strings. */
export const writeTextPart = bagKernel(
  "writeTextPart",
  function writeTextPart(file: string, items: readonly unknown[]): string {
    return writeLines(file, items, (item) => {
      if (typeof item === "string") return item;
      throw notWritable("bag.toText", item, "Map the elements to strings first, or use toNdjson.");
    });
  },
);

/** Writes each element as a line of JSON; gives the file's path. @throws InvalidArgumentError, TypeError */
export const writeNdjsonPart = bagKernel(
  "writeNdjsonPart",
  function writeNdjsonPart(file: string, items: readonly unknown[]): string {
    return writeLines(file, items, (item) => {
      const text = JSON.stringify(item) as string | undefined;
      if (text !== undefined) return text;
      throw notWritable("bag.toNdjson", item, "It has no form in JSON: map it to data that has.");
    });
  },
);

function writeLines(file: string, items: readonly unknown[], lineOf: (item: unknown) => string): string {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);
  try {
    const handle = openSync(unfinished, "wx");
    try {
      writeAll(handle, items, lineOf);
    } finally {
      closeSync(handle);
    }
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  return file;
}

function writeAll(handle: number, items: readonly unknown[], lineOf: (item: unknown) => string): void {
  let text = "";
  for (const item of items) {
    text += `${lineOf(item)}\n`;
    if (text.length < chunkCharacters) continue;
    writeWhole(handle, Buffer.from(text));
    text = "";
  }
  writeWhole(handle, Buffer.from(text));
}

/** The system may take less than it is given. */
function writeWhole(handle: number, bytes: Buffer): void {
  for (let from = 0; from < bytes.length;) from += writeSync(handle, bytes, from);
}

function notWritable(operation: string, item: unknown, remedy: string): InvalidArgumentError {
  return new InvalidArgumentError(operation, `an element is ${describe(item)}`, remedy);
}
