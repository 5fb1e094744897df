/**
 * What the passes cost: microseconds a task for each pass, by graph family, at 100,000 and 1,000,000 tasks.
 *
 *   npx tsx bench/passes.ts [largest size]
 *
 * Each figure is the median of several runs over graphs whose index has been built, which `index` shows apart:
 * schedulers need it in any case. `together` is cull, order and fuse of a graph as it comes, index included.
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Graph } from "../src/graph/graph.js";
import { buildIndex } from "../src/graph/graph-index.js";
import { orderOf } from "../src/graph/order/order.js";
import { cull } from "../src/graph/passes/cull.js";
import { dedupe } from "../src/graph/passes/dedupe.js";
import { fuse } from "../src/graph/passes/fuse.js";
import { inline } from "../src/graph/passes/inline.js";
import { optimize } from "../src/graph/passes/optimize.js";
import { simplify } from "../src/graph/passes/simplify.js";
import { ref } from "../src/graph/ref.js";
import { task, type Task } from "../src/graph/task.js";
import { chain, independent, lattice, shuffle, tree } from "../test/support/graphs.js";
import { beside, type Topology } from "../test/support/topology.js";

interface Family {
  readonly name: string;
  /** About `size` tasks. */
  topology(size: number): Topology;
}

const repeated = (rows: Topology, times: number): Topology[] =>
  Array.from({ length: Math.round(times) }, () => rows);
const side = (size: number): number => Math.round(Math.sqrt(size));

const families: readonly Family[] = [
  { name: "independent", topology: independent },
  { name: "chain", topology: chain },
  { name: "binary tree", topology: (size) => tree(Math.ceil(size / 2), 2) },
  // 300 × 300 at 90,000 tasks.
  { name: "lattice", topology: (size) => lattice(side(size * 0.9), side(size * 0.9)) },
  // 100 × 100 at 10,200 tasks: as many of these beside each other as make up the size.
  { name: "shuffle", topology: (size) => beside(...repeated(shuffle(100, 100), size / 10_200)) },
];

const call = (...args: readonly unknown[]): number => args.length;

function graphOf(rows: Topology, finish: (task: Task) => Task): Graph {
  const keys = rows.map((_, i) => `task-${i}`);
  return Graph.of(
    rows.map((row, i) => [keys[i]!, finish(task(call, ...row.map((d) => ref(keys[d]!)), i))] as const),
  );
}

/** Keys that no other task needs. */
function leaves(graph: Graph): string[] {
  const { size, keys, dependentStart } = graph.index();
  const out: string[] = [];
  for (let i = 0; i < size; i++) if (dependentStart[i] === dependentStart[i + 1]) out.push(keys[i] as string);
  return out;
}

// Each figure pays for its own garbage only.
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function median(runs: number, body: () => unknown): number {
  collectGarbage();
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    body();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[runs >> 1] as number;
}

const same = (task: Task): Task => task;

function measure(family: Family, size: number): Record<string, number> {
  const runs = size > 200_000 ? 3 : 7;
  const each = (graph: Graph, body: () => unknown): number => (median(runs, body) * 1000) / graph.size;
  const purely = (): number => {
    const graph = graphOf(family.topology(size), (task) => task.with({ pure: true }));
    const outputs = leaves(graph);
    return each(graph, () => dedupe(graph, outputs));
  };
  const graph = graphOf(family.topology(size), same);
  const outputs = leaves(graph);
  const nodes = new Map(graph.entries());
  return {
    tasks: graph.size,
    index: each(graph, () => buildIndex(nodes)),
    cull: each(graph, () => cull(graph, outputs)),
    simplify: each(graph, () => simplify(graph, outputs)),
    dedupe: each(graph, () => dedupe(graph, outputs)),
    inline: each(graph, () => inline(graph, outputs)),
    fuse: each(graph, () => fuse(graph, outputs)),
    "fuse, wide": each(graph, () => fuse(graph, outputs, { aveWidth: 4 })),
    optimize: each(graph, () => optimize(graph, outputs)),
    order: each(graph, () => orderOf(graph.index())),
    "together, ms": median(runs, () => {
      const culled = cull(Graph.fromNodes(nodes), outputs);
      orderOf(culled.index());
      fuse(culled, outputs);
    }),
    "dedupe, pure": purely(),
  };
}

const largest = Number(process.argv[2] ?? 1_000_000);
for (const size of [100_000, 1_000_000].filter((size) => size <= largest)) {
  const table: Record<string, Record<string, string>> = {};
  for (const family of families) {
    const row = measure(family, size);
    table[family.name] = Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        name === "tasks" ? String(value) : value.toFixed(name.endsWith("ms") ? 0 : 3),
      ]),
    );
  }
  console.log(`${size.toLocaleString("en")} tasks, µs a task`);
  console.table(table);
}
