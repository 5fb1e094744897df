/**
 * Pairing elements by position. Bags whose partitions have different lengths are lined up first: a plan made of
 * all lengths says which elements of the other bags stand beside each partition of the first.
 */

import { bagKernel } from "./bag-kernel.js";

interface ZipPlan {
  /** Where each partition begins, by bag; and, last, where the bag ends. */
  readonly starts: readonly (readonly number[])[];
  /** How many tuples there will be: the length of the shortest bag. */
  readonly total: number;
}

/** For partitions that lie side by side. */
export const zipPartitions = bagKernel(
  "zipPartitions",
  function zipPartitions(sides: readonly (readonly unknown[])[]): unknown[][] {
    const length = Math.min(...sides.map((side) => side.length));
    return Array.from({ length }, (_, i) => sides.map((side) => side[i]));
  },
);

export const planZip = bagKernel(
  "planZip",
  function planZip(lengths: readonly (readonly number[])[]): ZipPlan {
    const starts = lengths.map((ofBag) => {
      const out = [0];
      for (const length of ofBag) out.push((out.at(-1) as number) + length);
      return out;
    });
    return { starts, total: Math.min(...starts.map((ofBag) => ofBag.at(-1) as number)) };
  },
);

/** What of partition `from` of bag `bag` stands beside partition `to` of the first bag. */
export const sliceForZip = bagKernel(
  "sliceForZip",
  function sliceForZip(
    bag: number,
    from: number,
    to: number,
    items: readonly unknown[],
    plan: ZipPlan,
  ): unknown[] {
    const own = plan.starts[bag] as readonly number[];
    const first = plan.starts[0] as readonly number[];
    const offset = own[from] as number;
    const begin = Math.max(first[to] as number, offset);
    const end = Math.min(first[to + 1] as number, own[from + 1] as number, plan.total);
    return items.slice(begin - offset, Math.max(begin, end) - offset);
  },
);

/** The first bag's partition beside the pieces of each other bag. */
export const zipPieces = bagKernel(
  "zipPieces",
  function zipPieces(
    items: readonly unknown[],
    others: readonly (readonly (readonly unknown[])[])[],
  ): unknown[][] {
    return zipPartitions([items, ...others.map((pieces) => pieces.flat())]);
  },
);
