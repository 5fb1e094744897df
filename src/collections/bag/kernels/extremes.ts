/** The least and the greatest element. */

import { EmptyBagError } from "../../../errors.js";
import { compare, isNotANumber } from "../compare.js";
import { bagKernel } from "./bag-kernel.js";

type Extreme = "min" | "max";

/** An empty array, or the extreme element alone; the first of equals. NaN wins, as with Math.min. */
export const extremeOfPartition = bagKernel(
  "extremeOfPartition",
  function extremeOfPartition(which: Extreme, items: readonly unknown[]): readonly unknown[] {
    if (items.length === 0) return [];
    const sign = which === "min" ? 1 : -1;
    const operation = `bag.${which}`;
    let best = items[0];
    for (const item of items) {
      // Compared even when NaN has won: elements without an order are an error wherever they stand.
      const better = sign * compare(item, best, operation) < 0;
      if (!isNotANumber(best) && (better || isNotANumber(item))) best = item;
    }
    return [best];
  },
);

export const extremeOfParts = bagKernel(
  "extremeOfParts",
  function extremeOfParts(which: Extreme, parts: readonly (readonly unknown[])[]): readonly unknown[] {
    return extremeOfPartition(which, parts.flat());
  },
);

/** @throws EmptyBagError */
export const finishExtreme = bagKernel(
  "finishExtreme",
  function finishExtreme(which: Extreme, parts: readonly (readonly unknown[])[]): unknown {
    const found = extremeOfParts(which, parts);
    if (found.length === 0) throw new EmptyBagError(which, "Check count() first, or filter less.");
    return found[0];
  },
);
