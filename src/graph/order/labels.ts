/**
 * What the shape alone says about each task: the Sethi–Ullman number of its tree of needs, its height, and the
 * order in which its needs are best met.
 *
 * R. Sethi and J. D. Ullman, "The generation of optimal code for arithmetic expressions", J. ACM 17 (1970);
 * J. W. H. Liu, "An application of generalized tree pebbling to sparse matrix factorization" (1987). The number is
 * exact for trees: meeting the dearest need first holds the fewest results. For shared needs it is an estimate
 * that counts them once per use.
 */

import type { GraphIndex } from "../graph-index.js";

export interface Labels {
  /** Results held, at the most, while a task's needs are met from nothing; at least 1. */
  readonly label: Int32Array;
  /** Tasks on the longest path that ends here, without the task itself. */
  readonly height: Int32Array;
  /** The rows of needs: control edges first (they hold nothing), then data, in each the dearest first. */
  readonly rows: Int32Array;
}

export function labelsOf(index: GraphIndex, order: Int32Array): Labels {
  const { size, depStart, dataEnd, dep } = index;
  const label = new Int32Array(size);
  const height = new Int32Array(size);
  const rows = new Int32Array(dep.length);
  const dearer = (a: number, b: number): number => label[b]! - label[a]! || height[b]! - height[a]! || a - b;

  for (let at = 0; at < size; at++) {
    const v = order[at]!;
    const start = depStart[v]!;
    const end = depStart[v + 1]!;
    const data = start + end - dataEnd[v]!;
    let write = start;
    for (let e = dataEnd[v]!; e < end; e++) rows[write++] = dep[e]!;
    for (let e = start; e < dataEnd[v]!; e++) rows[write++] = dep[e]!;
    sortRow(rows, start, data, dearer);
    sortRow(rows, data, end, dearer);

    let most = 1;
    let tallest = 0;
    for (let e = start; e < end; e++) {
      const d = rows[e]!;
      const heldBefore = e < data ? 0 : e - data;
      if (label[d]! + heldBefore > most) most = label[d]! + heldBefore;
      if (height[d]! >= tallest) tallest = height[d]! + 1;
    }
    label[v] = most;
    height[v] = tallest;
  }
  return { label, height, rows };
}

const shortRow = 16;

/** Sorts `rows[start … end-1]`; short rows, the usual ones, in place. */
function sortRow(
  rows: Int32Array,
  start: number,
  end: number,
  compare: (a: number, b: number) => number,
): void {
  if (end - start > shortRow) {
    for (let i = start + 1; i < end; i++) {
      if (compare(rows[i - 1]!, rows[i]!) > 0) {
        rows.subarray(start, end).sort(compare);
        return;
      }
    }
    return;
  }
  for (let i = start + 1; i < end; i++) {
    const v = rows[i]!;
    let j = i - 1;
    while (j >= start && compare(rows[j]!, v) > 0) {
      rows[j + 1] = rows[j]!;
      j--;
    }
    rows[j + 1] = v;
  }
}
