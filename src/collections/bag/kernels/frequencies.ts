/** How often each element occurs, in order of first appearance. */

import { identityOf } from "../identity.js";
import { bagKernel } from "./bag-kernel.js";

type Counts = [value: unknown, count: number][];

export const countValues = bagKernel("countValues", function countValues(items: readonly unknown[]): Counts {
  const places = new Map<unknown, number>();
  const counts: Counts = [];
  for (const item of items) add(places, counts, item, 1);
  return counts;
});

export const mergeCounts = bagKernel(
  "mergeCounts",
  function mergeCounts(parts: readonly (readonly (readonly [unknown, number])[])[]): Counts {
    const places = new Map<unknown, number>();
    const counts: Counts = [];
    for (const part of parts) for (const [value, count] of part) add(places, counts, value, count);
    return counts;
  },
);

function add(places: Map<unknown, number>, counts: Counts, value: unknown, count: number): void {
  const identity = identityOf(value);
  const place = places.get(identity);
  if (place === undefined) {
    places.set(identity, counts.length);
    counts.push([value, count]);
  } else (counts[place] as [unknown, number])[1] += count;
}
