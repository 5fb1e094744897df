/**
 * What ordering costs: microseconds a task by graph family, at 100,000 and 1,000,000 tasks, and how much the order
 * holds.
 *
 *     npx tsx bench/order.ts [part of a family's name]
 *
 * Medians of five runs (three at a million), after one to warm up, of `orderOf` over an index that is there. `CPU ms`
 * is the time the process itself had, which counts on a machine that is busy with other things.
 */

import Table from "cli-table3";
import { diagnose } from "../src/graph/order/diagnostics.js";
import { orderOf } from "../src/graph/order/order.js";
import * as g from "../test/support/graphs.js";
import { toIndex, type Topology } from "../test/support/topology.js";

const chosen = process.argv[2] ?? "";
const sizes = [
  { tasks: 100_000, runs: 5 },
  { tasks: 1_000_000, runs: 3 },
];

const side = (tasks: number): number => Math.round(Math.sqrt(tasks));

/** As many copies of `rows` beside each other as make up `tasks` tasks. */
function copies(rows: Topology, tasks: number): Topology {
  const out: number[][] = [];
  while (out.length + rows.length <= tasks) {
    const base = out.length;
    for (const row of rows) out.push(row.map((d) => base + d));
  }
  return out;
}

const families: Readonly<Record<string, (tasks: number) => Topology>> = {
  "independent tasks": g.independent,
  chain: g.chain,
  "binary tree": (n) => g.tree(n / 2, 2),
  "tree by 8": (n) => g.tree(Math.round((n * 7) / 8), 8),
  "one reducer of all": (n) => g.tree(n - 1, n),
  "chains of 100": (n) => copies(g.chain(100), n),
  "sections of three": (n) => copies(g.tree(2, 2), n),
  "lattice (300 × 300, 1000 × 1000)": (n) => g.lattice(side(0.9 * n), side(0.9 * n)),
  "shuffles of 100 × 100": (n) => copies(g.shuffle(100, 100), n),
  "one shuffle": (n) => g.shuffle(side(n), side(n)),
  "stencil in 1-D, 100 steps": (n) => g.stencil1d(n / 100, 100),
  "stencil in 2-D, 10 steps": (n) => g.stencil2d(side(n / 10), side(n / 10), 10),
  "sliding window of 5": (n) => g.slidingWindow(n / 2, 5),
  "anomaly, reduced": (n) => g.anomaly(Math.round(n / 3.3), 8, true),
  "5 outputs": (n) => g.multiOutput(Math.round(n / 12), 5, 4),
  "diamonds of 10": (n) => g.diamonds(Math.round(n / 11), 10),
  "splitters by 2": (n) => g.splitters(Math.round(Math.log2(n)) - 1, 2, false),
  butterfly: (n) => g.butterfly(n > 500_000 ? 16 : 13),
  "block product": (n) => g.product(Math.round(Math.cbrt(n / 2)), 2),
  "block Cholesky": (n) => g.cholesky(Math.round(Math.cbrt(6 * n))),
};

const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[times.length >> 1] as number;

for (const { tasks, runs } of sizes) {
  const table = new Table({ head: ["graph", "tasks", "edges", "ms", "µs a task", "CPU ms", "peak"] });
  for (const [name, make] of Object.entries(families)) {
    if (!name.includes(chosen)) continue;
    const index = toIndex(make(tasks));
    const times: number[] = [];
    const cpu: number[] = [];
    let rank = orderOf(index);
    for (let run = 0; run < runs; run++) {
      const start = performance.now();
      const used = process.cpuUsage();
      rank = orderOf(index);
      cpu.push(process.cpuUsage(used).user / 1000);
      times.push(performance.now() - start);
    }
    const ms = median(times);
    table.push([
      name,
      index.size,
      index.dep.length,
      ms.toFixed(1),
      ((1000 * ms) / index.size).toFixed(3),
      median(cpu).toFixed(1),
      diagnose(index, rank).peak,
    ]);
  }
  console.log(table.toString());
}
