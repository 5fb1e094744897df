/** The k greatest elements, greatest first; of equals, those that come first. */

import { compare } from "../compare.js";
import { keyFinder, type KeySpec } from "../key-of.js";
import { bagKernel } from "./bag-kernel.js";

/** How many elements beyond k are gathered before the least are dropped: sorting less often costs less. */
const slack = 1_024;

export const topOfPartition = bagKernel(
  "topOfPartition",
  function topOfPartition(k: number, by: KeySpec | undefined, items: readonly unknown[]): unknown[] {
    const keyOf = by === undefined ? undefined : keyFinder(by, "bag.topK(k, by)");
    let best: { readonly key: unknown; readonly item: unknown }[] = [];
    const keepBest = (): void => {
      // Sorting is stable, and those kept from before stand before the new ones: of equals the first stay.
      best.sort((a, b) => compare(b.key, a.key, "bag.topK"));
      best = best.slice(0, k);
    };
    const room = 2 * k + slack;
    for (const item of items) {
      best.push({ key: keyOf === undefined ? item : keyOf(item), item });
      if (best.length >= room) keepBest();
    }
    keepBest();
    return best.map(({ item }) => item);
  },
);

export const topOfParts = bagKernel(
  "topOfParts",
  function topOfParts(k: number, by: KeySpec | undefined, parts: readonly (readonly unknown[])[]): unknown[] {
    return topOfPartition(k, by, parts.flat());
  },
);
