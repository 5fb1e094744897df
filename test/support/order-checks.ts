/** Ways to look at an order in tests. */

import type { GraphIndex } from "../../src/graph/graph-index.js";
import { diagnose } from "../../src/graph/order/diagnostics.js";
import { orderOf } from "../../src/graph/order/order.js";
import { toIndex, type Topology } from "./topology.js";

/** The peak of the order Skein gives a topology. */
export const peakOf = (rows: Topology): number => pressureOf(toIndex(rows)).peak;

export function pressureOf(
  index: GraphIndex,
  rank = orderOf(index),
): { readonly peak: number; readonly mean: number } {
  const { peak, curve } = diagnose(index, rank);
  return { peak, mean: curve.reduce((sum, held) => sum + held, 0) / Math.max(1, curve.length) };
}

/** What is wrong with `rank` as an order of `index`; undefined when nothing is. */
export function flawOf(index: GraphIndex, rank: Int32Array): string | undefined {
  if (rank.length !== index.size) return `${rank.length} ranks for ${index.size} tasks`;
  const given = new Uint8Array(index.size);
  for (let v = 0; v < index.size; v++) {
    const r = rank[v]!;
    if (given[r] !== 0) return `rank ${r} is ${r in given ? "given twice" : "out of range"}`;
    given[r] = 1;
    for (let e = index.depStart[v]!; e < index.depStart[v + 1]!; e++) {
      const d = index.dep[e]!;
      if (rank[d]! >= r)
        return `${index.keys[v]} (${r}) runs before ${index.keys[d]} (${rank[d]}), which it needs`;
    }
  }
  return undefined;
}

/** Depth first in the order of writing, by recursion: the order anyone would think of first. Ranks by task. */
export function plainDepthFirst(rows: Topology): Int32Array {
  const rank = new Int32Array(rows.length).fill(-1);
  const used = new Set(rows.flat());
  let next = 0;
  const visit = (v: number): void => {
    if (rank[v] !== -1) return;
    for (const d of rows[v]!) visit(d);
    rank[v] = next++;
  };
  rows.forEach((_, v) => {
    if (!used.has(v)) visit(v);
  });
  return rank;
}

/** A graph by names, `{ sum: "a b", a: "", b: "" }`, in one of the ways it may be written down. */
export interface Written {
  /** How it is written, for messages. */
  readonly how: string;
  readonly peak: number;
  /** When the task called `name` runs, counted from 0. */
  at(name: string): number;
}

/**
 * The orders of one graph written in four ways: keys as named and with all names swapped first for last, inserted
 * in the order given and backwards. What holds for all four does not come from names or from luck.
 */
export function written(spec: Readonly<Record<string, string>>): Written[] {
  const names = Object.keys(spec);
  const sorted = [...names].sort();
  const swapped = new Map(sorted.map((name, i) => [name, sorted[sorted.length - 1 - i] as string]));
  return [false, true].flatMap((backwards) =>
    [false, true].map((swap) => {
      const inserted = backwards ? [...names].reverse() : names;
      const place = new Map(inserted.map((name, i) => [name, i]));
      const rows = inserted.map((name) => (spec[name] as string).split(" ").filter(Boolean));
      const index = toIndex(
        rows.map((row) => row.map((d) => place.get(d) as number)),
        { name: (i) => (swap ? (swapped.get(inserted[i] as string) as string) : (inserted[i] as string)) },
      );
      const rank = orderOf(index);
      const flaw = flawOf(index, rank);
      if (flaw !== undefined) throw new Error(flaw);
      return {
        how: `names ${swap ? "swapped" : "as given"}, inserted ${backwards ? "backwards" : "forwards"}`,
        peak: diagnose(index, rank).peak,
        at: (name) => rank[place.get(name) as number] as number,
      };
    }),
  );
}
