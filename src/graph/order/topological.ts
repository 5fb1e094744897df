/**
 * Topological order by counting what is still needed (Kahn, 1962). Iterative; an order shorter than the graph
 * means that there is a cycle among the tasks left out.
 */

import type { GraphIndex } from "../graph-index.js";

/** Tasks after all they need, roots first; shorter than `index.size` if, and only if, there is a cycle. */
export function topological(index: GraphIndex): Int32Array {
  const { size, depStart, dependentStart, dependent } = index;
  const needed = new Int32Array(size);
  const order = new Int32Array(size);
  let end = 0;
  for (let v = 0; v < size; v++) {
    const count = depStart[v + 1]! - depStart[v]!;
    needed[v] = count;
    if (count === 0) order[end++] = v;
  }
  for (let at = 0; at < end; at++) {
    const v = order[at]!;
    for (let e = dependentStart[v]!; e < dependentStart[v + 1]!; e++) {
      const w = dependent[e]!;
      if (--needed[w]! === 0) order[end++] = w;
    }
  }
  return end === size ? order : order.subarray(0, end);
}
