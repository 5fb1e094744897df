/** How deep and how wide a graph is: what decides which way it is drawn, and whether box by box. */

import type { GraphIndex } from "../graph-index.js";
import type { Direction } from "./options.js";

/** What a box and its distance to the next take up, in points, along the arrows and across them. */
const [boxWidth, boxHeight] = [90, 30];
const [alongGap, acrossGap] = [34, 14];

/**
 * Downwards, unless the picture would be smaller in its longer side when drawn to the right: text is wider than it
 * is high, so wide graphs are drawn to the right.
 */
export function directionOf(graph: GraphIndex): Direction {
  const { deepest, widest } = measure(graph);
  const down = Math.max(widest * (boxWidth + acrossGap), deepest * (boxHeight + alongGap));
  const right = Math.max(widest * (boxHeight + acrossGap), deepest * (boxWidth + alongGap));
  return right < down / 1.5 ? "LR" : "TB";
}

interface Measures {
  /** The number of tasks on the longest path. */
  readonly deepest: number;
  /** The largest number of tasks at one distance from the roots. */
  readonly widest: number;
  /** The lengths of all edges, in levels: what a layout's cost grows with. */
  readonly span: number;
}

export function measure(graph: GraphIndex): Measures {
  const { size, depStart, dependent, dependentStart } = graph;
  const level = new Int32Array(size);
  const missing = new Int32Array(size);
  const ready = new Int32Array(size);
  let count = 0;
  for (let i = 0; i < size; i++) {
    missing[i] = depStart[i + 1]! - depStart[i]!;
    if (missing[i] === 0) ready[count++] = i;
  }
  const widths: number[] = [];
  // Tasks on a cycle never get ready: they count for nothing here.
  for (let at = 0; at < count; at++) {
    const i = ready[at]!;
    widths[level[i]!] = (widths[level[i]!] ?? 0) + 1;
    for (let e = dependentStart[i]!; e < dependentStart[i + 1]!; e++) {
      const to = dependent[e]!;
      level[to] = Math.max(level[to]!, level[i]! + 1);
      if (--missing[to]! === 0) ready[count++] = to;
    }
  }
  let span = 0;
  for (let i = 0; i < size; i++) {
    for (let e = dependentStart[i]!; e < dependentStart[i + 1]!; e++) {
      span += Math.max(1, level[dependent[e]!]! - level[i]!);
    }
  }
  return { span, deepest: widths.length, widest: widths.reduce((a, b) => Math.max(a, b), 0) };
}
