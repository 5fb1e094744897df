/** Counts, sums and means. Sums add left to right within a partition, then the partitions' sums in order. */

import { describe, EmptyBagError, InvalidArgumentError } from "../../../errors.js";
import { bagKernel } from "./bag-kernel.js";

export const countPartition = bagKernel(
  "countPartition",
  function countPartition(items: readonly unknown[]): number {
    return items.length;
  },
);

export const sumPartition = bagKernel(
  "sumPartition",
  function sumPartition(operation: string, items: readonly unknown[]): number {
    let sum = 0;
    for (const item of items) {
      if (typeof item !== "number") throw notNumber(operation, item);
      sum += item;
    }
    return sum;
  },
);

/** The sum and the count. */
export const meanPartition = bagKernel(
  "meanPartition",
  function meanPartition(items: readonly unknown[]): readonly [number, number] {
    return [sumPartition("bag.mean", items), items.length];
  },
);

export const addNumbers = bagKernel("addNumbers", function addNumbers(parts: readonly number[]): number {
  let sum = 0;
  for (const part of parts) sum += part;
  return sum;
});

export const addMeans = bagKernel(
  "addMeans",
  function addMeans(parts: readonly (readonly [number, number])[]): readonly [number, number] {
    let sum = 0;
    let count = 0;
    for (const part of parts) {
      sum += part[0];
      count += part[1];
    }
    return [sum, count];
  },
);

/** @throws EmptyBagError */
export const finishMean = bagKernel(
  "finishMean",
  function finishMean(parts: readonly (readonly [number, number])[]): number {
    const [sum, count] = addMeans(parts);
    if (count === 0) throw new EmptyBagError("mean", "Check count() first, or filter less.");
    return sum / count;
  },
);

function notNumber(operation: string, item: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    operation,
    `an element is ${describe(item)}`,
    "Only numbers add up: map the elements to numbers first.",
  );
}
