/** How many results an order holds at once. */

import type { GraphIndex } from "../graph-index.js";

export interface Diagnostics {
  /** The most results ever held when a task starts. */
  readonly peak: number;
  /** Results held when each task starts, in order of run. */
  readonly curve: readonly number[];
}

/**
 * The results held when each task starts, one task running at a time in order of `rank`.
 *
 * A result is dropped when the last task that needs it as data has run. A result no task needs is never counted:
 * it is handed over or dropped at once. Control edges hold nothing. The measure is Dask's "pressure". Linear.
 */
export function diagnose(index: GraphIndex, rank: Int32Array): Diagnostics {
  const { size } = index;
  const order = new Int32Array(size);
  for (let v = 0; v < size; v++) order[rank[v]!] = v;
  const waiting = dataDependents(index);
  const curve = new Array<number>(size);
  let peak = 0;
  let held = 0;
  for (let at = 0; at < size; at++) {
    const v = order[at]!;
    curve[at] = held;
    if (held > peak) peak = held;
    if (waiting[v]! > 0) held++;
    for (let e = index.depStart[v]!; e < index.dataEnd[v]!; e++) {
      if (--waiting[index.dep[e]!]! === 0) held--;
    }
  }
  return { peak, curve };
}

/** For each task, how many others need its result. */
function dataDependents(index: GraphIndex): Int32Array {
  const { size, depStart, dataEnd, dep } = index;
  const counts = new Int32Array(size);
  for (let v = 0; v < size; v++) {
    for (let e = depStart[v]!; e < dataEnd[v]!; e++) counts[dep[e]!]!++;
  }
  return counts;
}
