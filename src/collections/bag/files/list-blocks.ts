/** Which parts of which files a bag is made of, found out when the bag is built. */

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, InvalidArgumentError, NoFilesError } from "../../../errors.js";
import { glob } from "./glob.js";

/** A file path, a pattern, a `file:` URL, or several of them. */
export type FilePattern = string | URL | readonly (string | URL)[];

/** A range of a file's bytes: it owns the lines that start in it. */
export interface FileBlock {
  readonly file: string;
  readonly start: number;
  /** Beyond the last byte. Without meaning for compressed files, which are always read whole. */
  readonly end: number;
  readonly gzip: boolean;
}

export interface FileList {
  readonly blocks: readonly FileBlock[];
  /** Says which files these are, how long and how new: what the bag's identity depends on. */
  readonly fingerprint: readonly (readonly [file: string, bytes: number, modifiedMs: number])[];
}

export const defaultBlockBytes = 32 * 1024 * 1024;

/**
 * The blocks of all files that match, in the order of the patterns, each pattern's files sorted by path, no file
 * twice. A file is cut into blocks of equal length, none longer than `blockBytes`; one compressed with gzip (known
 * by its name, `.gz`) cannot be cut.
 *
 * @throws NoFilesError for a pattern that matches nothing, InvalidArgumentError
 */
export function listBlocks(patterns: FilePattern, blockBytes: number, where: string): FileList {
  const longest: unknown = blockBytes;
  if (longest !== Infinity && !(Number.isInteger(longest) && blockBytes > 0)) {
    throw new InvalidArgumentError(
      `${where}(…, { blockBytes })`,
      `got ${describe(longest)}`,
      "Give a whole number of bytes above 0, or Infinity for one partition a file.",
    );
  }
  const files = new Set<string>();
  for (const pattern of Array.isArray(patterns) ? (patterns as readonly unknown[]) : [patterns]) {
    const text = textOf(pattern, where);
    const matches = glob(text);
    if (matches.length === 0) throw new NoFilesError(text, resolve());
    for (const file of matches) files.add(file);
  }
  if (files.size === 0) {
    throw new InvalidArgumentError(
      `${where}(files)`,
      "there is no path or pattern in it",
      "Give at least one.",
    );
  }
  const blocks: FileBlock[] = [];
  const fingerprint: [string, number, number][] = [];
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    fingerprint.push([file, size, mtimeMs]);
    const gzip = file.endsWith(".gz");
    const count = gzip ? 1 : Math.max(1, Math.ceil(size / blockBytes));
    for (let i = 0; i < count; i++) {
      const start = Math.floor((i * size) / count);
      blocks.push({ file, start, end: Math.floor(((i + 1) * size) / count), gzip });
    }
  }
  return { blocks, fingerprint };
}

function textOf(pattern: unknown, where: string): string {
  if (pattern instanceof URL) return fileURLToPath(pattern);
  if (typeof pattern === "string" && pattern !== "") return pattern;
  throw new InvalidArgumentError(
    `${where}(files)`,
    `got ${describe(pattern)}`,
    "Give a path or pattern such as logs/*.txt, a file: URL, or an array of these.",
  );
}
