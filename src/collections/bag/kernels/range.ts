/** Whole numbers. */

import { bagKernel } from "./bag-kernel.js";

export const rangePartition = bagKernel(
  "rangePartition",
  function rangePartition(start: number, end: number): number[] {
    return Array.from({ length: end - start }, (_, i) => start + i);
  },
);
