/** Properties of elements. */

import { bagKernel } from "./bag-kernel.js";

type Name = string | number;

/** `fallback` is an empty array, or holds the value that stands for a missing property. */
export const pluckPartition = bagKernel(
  "pluckPartition",
  function pluckPartition(
    name: Name | readonly Name[],
    fallback: readonly unknown[],
    items: readonly unknown[],
  ): unknown[] {
    if (typeof name === "object") {
      return items.map((item) => name.map((one) => property(item, one, fallback)));
    }
    return items.map((item) => property(item, name, fallback));
  },
);

function property(item: unknown, name: Name, fallback: readonly unknown[]): unknown {
  const value = (item as Record<Name, unknown>)[name];
  return value === undefined && fallback.length > 0 ? fallback[0] : value;
}
