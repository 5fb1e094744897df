/**
 * Tasks in an order in which each comes after all it needs. Those on a cycle, or behind one, are left out: passes
 * leave them alone, and ordering the graph reports the cycle.
 */

import type { GraphIndex } from "../graph-index.js";

/** Linear in tasks and edges. */
export function topological(index: GraphIndex): Int32Array {
  const { size, depStart, dependentStart, dependent } = index;
  const waiting = new Int32Array(size);
  const order = new Int32Array(size);
  let end = 0;
  for (let i = 0; i < size; i++) {
    waiting[i] = depStart[i + 1]! - depStart[i]!;
    if (waiting[i] === 0) order[end++] = i;
  }
  for (let at = 0; at < end; at++) {
    const i = order[at]!;
    for (let e = dependentStart[i]!; e < dependentStart[i + 1]!; e++) {
      const waits = dependent[e]!;
      if (--waiting[waits]! === 0) order[end++] = waits;
    }
  }
  return order.subarray(0, end);
}
