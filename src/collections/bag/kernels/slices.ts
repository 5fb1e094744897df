/** Cutting partitions up and putting them together. */

import { bagKernel } from "./bag-kernel.js";

export const concatPartitions = bagKernel(
  "concatPartitions",
  function concatPartitions(parts: readonly (readonly unknown[])[]): unknown[] {
    return parts.flat();
  },
);

/** `items` in `count` runs of about the same length. */
export const cutPartition = bagKernel(
  "cutPartition",
  function cutPartition(count: number, items: readonly unknown[]): unknown[][] {
    return cut(items, count);
  },
);

/** One of the pieces another task made. */
export const pickPart = bagKernel(
  "pickPart",
  function pickPart(index: number, parts: readonly unknown[]): unknown {
    return parts[index];
  },
);

export const firstOfPartition = bagKernel(
  "firstOfPartition",
  function firstOfPartition(n: number, items: readonly unknown[]): unknown[] {
    return items.slice(0, n);
  },
);

export const firstOfParts = bagKernel(
  "firstOfParts",
  function firstOfParts(n: number, parts: readonly (readonly unknown[])[]): unknown[] {
    return parts.flat().slice(0, n);
  },
);

/** Its own argument: several tasks' results under one key. */
export const listParts = bagKernel(
  "listParts",
  function listParts(parts: readonly unknown[]): readonly unknown[] {
    return parts;
  },
);

/** `items` in `count` runs whose lengths differ by one at most. */
export function cut<T>(items: readonly T[], count: number): T[][] {
  return Array.from({ length: count }, (_, i) =>
    items.slice(Math.floor((i * items.length) / count), Math.floor(((i + 1) * items.length) / count)),
  );
}
