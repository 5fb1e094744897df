/** The first of all elements that are the same. */

import { identityOf } from "../identity.js";
import { keyFinder, type KeySpec } from "../key-of.js";
import { bagKernel } from "./bag-kernel.js";

export const distinctPartition = bagKernel(
  "distinctPartition",
  function distinctPartition(by: KeySpec | undefined, items: readonly unknown[]): unknown[] {
    const keyOf = by === undefined ? undefined : keyFinder(by, "bag.distinct(by)");
    const seen = new Set<unknown>();
    return items.filter((item) => {
      const before = seen.size;
      return seen.add(identityOf(keyOf === undefined ? item : keyOf(item))).size > before;
    });
  },
);

export const distinctParts = bagKernel(
  "distinctParts",
  function distinctParts(by: KeySpec | undefined, parts: readonly (readonly unknown[])[]): unknown[] {
    return distinctPartition(by, parts.flat());
  },
);
