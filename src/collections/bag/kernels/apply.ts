/** A callback over a whole partition. */

import { describe, InvalidArgumentError } from "../../../errors.js";
import { isThenable } from "../thenable.js";
import { bagKernel } from "./bag-kernel.js";

/** The callback gets a copy, so that sorting it in place disturbs nobody else who uses the partition. */
export const applyToPartition = bagKernel(
  "applyToPartition",
  function applyToPartition(
    fn: (items: unknown[]) => unknown,
    items: readonly unknown[],
  ): unknown[] | Promise<unknown[]> {
    const result = fn([...items]);
    return isThenable(result) ? Promise.resolve(result).then(toArray) : toArray(result);
  },
);

function toArray(result: unknown): unknown[] {
  if (typeof result === "object" && result !== null && Symbol.iterator in result) {
    return Array.isArray(result) ? result : Array.from(result as Iterable<unknown>);
  }
  throw new InvalidArgumentError(
    "bag.mapPartitions(fn)",
    `the function returned ${describe(result)}`,
    "It is called with a partition's elements and must return an array or another iterable of elements.",
  );
}
