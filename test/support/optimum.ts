/** The best order there is, by trying them all: for graphs small enough to be sure about. */

import type { Topology } from "./topology.js";

/**
 * The lowest possible peak of results held when a task starts, over all orders of `rows`.
 *
 * Goes through all sets of finished tasks, keeping for each the lowest peak with which it can be reached: 2^n sets,
 * so for some 16 tasks at most. Shares nothing with the orders it judges.
 */
export function lowestPeak(rows: Topology): number {
  const size = rows.length;
  const needs = rows.map((row) => row.reduce((set, d) => set | (1 << d), 0));
  const users = rows.map((_, v) => rows.reduce((set, row, w) => (row.includes(v) ? set | (1 << w) : set), 0));
  const all = 2 ** size - 1;
  const peakTo = new Float64Array(all + 1).fill(Infinity);
  peakTo[0] = 0;
  // A set's number is above that of each of its parts, so each is final when it is reached.
  for (let finished = 0; finished < all; finished++) {
    if (peakTo[finished] === Infinity) continue;
    let held = 0;
    for (let v = 0; v < size; v++) if (finished & (1 << v) && users[v]! & ~finished) held++;
    const peak = Math.max(peakTo[finished]!, held);
    for (let v = 0; v < size; v++) {
      if (finished & (1 << v) || needs[v]! & ~finished) continue;
      const then = finished | (1 << v);
      if (peak < peakTo[then]!) peakTo[then] = peak;
    }
  }
  return peakTo[all]!;
}
