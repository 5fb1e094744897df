/** Finding one cycle to show. Only called when there is one, so it may take its time, but never recurses. */

import { CycleError } from "../../errors.js";
import type { GraphIndex } from "../graph-index.js";

/**
 * The error that names one cycle of the graph, each key needing the next.
 *
 * `done` holds every task that a topological sort could place. A task outside needs another one outside, so that
 * walking along such needs must come back to where it has been.
 */
export function cycleError(index: GraphIndex, done: Int32Array): CycleError {
  const { size, depStart, dep, keys } = index;
  const placed = new Uint8Array(size);
  for (const v of done) placed[v] = 1;
  let v = placed.indexOf(0);
  const seenAt = new Map<number, number>();
  const path: number[] = [];
  while (!seenAt.has(v)) {
    seenAt.set(v, path.length);
    path.push(v);
    let e = depStart[v]!;
    while (placed[dep[e]!] === 1) e++;
    v = dep[e]!;
  }
  const cycle = path.slice(seenAt.get(v)).map((id) => keys[id]!);
  return new CycleError([...cycle, cycle[0]!]);
}
