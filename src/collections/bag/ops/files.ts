/** Bags of files, and files of bags. */

import { Ref } from "../../../graph/ref.js";
import { checkDirectory, checkOptions } from "../check.js";
import { checkEncoding } from "../files/encoding.js";
import { defaultBlockBytes, listBlocks, type FileBlock, type FilePattern } from "../files/list-blocks.js";
import { readNdjsonBlock, readTextBlock } from "../files/read-blocks.js";
import { partFiles, writeNdjsonPart, writeTextPart } from "../files/write-parts.js";
import { listParts } from "../kernels/slices.js";
import { Layer } from "../../layer.js";
import { uniqueId } from "../../unique.js";
import {
  call,
  idOf,
  partitionKeys,
  partitionsOf,
  refs,
  type Partitioned,
  type Scalar,
} from "../partitioned.js";
import type { Task } from "../../../graph/task.js";

/** How files are cut into partitions. */
export interface FileOptions {
  /** The most bytes of a file that make one partition; 32 MiB unless given. Compressed files are never cut. */
  readonly blockBytes?: number;
}

/** How text files are read. */
export interface TextOptions extends FileOptions {
  /** Any name a `TextDecoder` knows whose lines can be told from bytes; UTF-8 unless given. */
  readonly encoding?: string;
}

export function bagOfText(files: FilePattern, options?: TextOptions): Partitioned {
  const where = "Bag.fromText";
  const { blockBytes, encoding } = checkOptions(options, ["blockBytes", "encoding"], where);
  const name = checkEncoding(encoding ?? "utf-8", where);
  return bagOfBlocks("text", files, blockBytes, where, [name], (block) => call(readTextBlock, [name, block]));
}

export function bagOfNdjson(files: FilePattern, options?: FileOptions): Partitioned {
  const where = "Bag.fromNdjson";
  const { blockBytes } = checkOptions(options, ["blockBytes"], where);
  return bagOfBlocks("ndjson", files, blockBytes, where, [], (block) => call(readNdjsonBlock, [block]));
}

function bagOfBlocks(
  verb: string,
  files: FilePattern,
  blockBytes: number | undefined,
  where: string,
  args: readonly unknown[],
  taskOf: (block: FileBlock) => Task,
): Partitioned {
  const { blocks, fingerprint } = listBlocks(files, blockBytes ?? defaultBlockBytes, where);
  const id = idOf(verb, [], [fingerprint, blocks.length, ...args]);
  return partitionsOf(verb, id, blocks.length, (i) => taskOf(blocks[i] as FileBlock), [], {
    blockwise: true,
  });
}

/** Writing is an effect: each call is its own, and gives the paths. */
export function written(bag: Partitioned, verb: "toText" | "toNdjson", directory: string): Scalar {
  const where = `bag.${verb}(directory)`;
  const [extension, kernel] = verb === "toText" ? ["txt", writeTextPart] : ["ndjson", writeNdjsonPart];
  const files = partFiles(checkDirectory(directory, where), bag.keys.length, extension);
  const id = uniqueId();
  const keys = partitionKeys(verb, id, files.length);
  const key = `${verb}-${id}`;
  const source = new Layer([bag.source], () => [
    ...keys.map((part, i) => [part, call(kernel, [files[i], new Ref(bag.keys[i] as string)])] as const),
    [key, call(listParts, [refs(keys)])],
  ]);
  return { key, source };
}
