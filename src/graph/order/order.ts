/** A total order of a graph's tasks that keeps few results held at once. `docs/ordering.md` tells the whole story. */

import type { GraphIndex } from "../graph-index.js";
import { Contest } from "./contest.js";
import { cycleError } from "./cycle.js";
import { Parts } from "./parts.js";
import { topological } from "./topological.js";

/**
 * The rank of each task by its number: 0 runs first, every task after all it needs.
 *
 * Follows the shape of the graph alone: keys play no part, and the order of insertion only decides between equals.
 * Parts without an edge between them follow each other, the deepest first. Near-linear in tasks and edges; never
 * recurses.
 *
 * @throws CycleError
 */
export function orderOf(index: GraphIndex): Int32Array {
  const { size } = index;
  const rank = new Int32Array(size);
  if (index.dep.length === 0) {
    for (let v = 0; v < size; v++) rank[v] = v;
    return rank;
  }
  const sorted = topological(index);
  if (sorted.length < size) throw cycleError(index, sorted);
  const parts = new Parts(index);
  const contest = new Contest(index, sorted, parts);
  let next = 0;
  for (const part of deepestFirst(parts, contest)) {
    const order = contest.order(parts.members(part));
    for (let i = 0; i < order.length; i++) rank[order[i]!] = next++;
  }
  return rank;
}

/** The parts by their longest path, the longest first; equals in order of insertion. */
function deepestFirst(parts: Parts, contest: Contest): Float64Array {
  const { count } = parts;
  const place = new Float64Array(count);
  let deepest = 0;
  for (let part = 0; part < count; part++) {
    let height = 0;
    const members = parts.members(part);
    for (let i = 0; i < members.length; i++) height = Math.max(height, contest.height(members[i]!));
    place[part] = height;
    if (height > deepest) deepest = height;
  }
  // One number for both: the depth still wanting to the deepest, then the part. Sorts without a comparison function.
  for (let part = 0; part < count; part++) place[part] = (deepest - place[part]!) * count + part;
  place.sort();
  for (let i = 0; i < count; i++) place[i] = place[i]! % count;
  return place;
}
