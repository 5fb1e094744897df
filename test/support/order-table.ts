/** The tables of `docs/ordering.md`, made from the families. */

import { pressureOf } from "./order-checks.js";
import { mediumFamilies, smallFamilies } from "./order-families.js";
import { lowestPeak } from "./optimum.js";
import { toIndex } from "./topology.js";

/** Peaks of small graphs: the optimum, Skein's, Dask's. */
export function smallTable(): string {
  const rows = smallFamilies.map(({ name, rows, dask }) => [
    name,
    `${rows.length}`,
    `${lowestPeak(rows)}`,
    `${pressureOf(toIndex(rows)).peak}`,
    `${dask.peak}`,
  ]);
  return table(["graph", "tasks", "optimum", "Skein", "Dask"], rows);
}

/** Peaks and means of graphs of one or two thousand tasks: Skein's beside Dask's. */
export function mediumTable(): string {
  const rows = mediumFamilies.map(({ name, rows, dask }) => {
    const { peak, mean } = pressureOf(toIndex(rows));
    return [name, `${rows.length}`, `${peak}`, `${dask.peak}`, mean.toFixed(1), dask.mean.toFixed(1)];
  });
  return table(["graph", "tasks", "peak, Skein", "peak, Dask", "mean, Skein", "mean, Dask"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(width[i]!) : cell.padStart(width[i]!))).join(" | ")} |`;
  const rule = `| ${width.map((w, i) => (i === 0 ? "-".repeat(w) : `${"-".repeat(w - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
