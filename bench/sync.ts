/**
 * How many tasks a second `compute` runs with the `sync` scheduler, the whole call: indexing, optimisation, order
 * and running. Graphs are built before and never used twice. Medians of seven runs, after one to warm up.
 *
 *     npx tsx bench/sync.ts [runs]
 */

import Table from "cli-table3";
import { Graph, compute, ref, task } from "../src/index.js";

const runs = Number(process.argv[2] ?? 7);

const nothing = (): number => 1;
const add = (a: number, b: number): number => a + b;
const inc = (a: number): number => a + 1;
const soon = async (): Promise<number> => 1;

interface Family {
  readonly name: string;
  readonly tasks: number;
  readonly build: () => readonly [Graph, readonly string[]];
  /** Tasks a second that are asked for. */
  readonly budget?: number;
}

function independent(size: number, fn: () => unknown): readonly [Graph, readonly string[]] {
  const keys = Array.from({ length: size }, (_, i) => `t${i}`);
  return [Graph.of(keys.map((key) => [key, task(fn)] as const)), keys];
}

function tree(size: number): readonly [Graph, readonly string[]] {
  const entries: [string, unknown][] = [];
  for (let i = 0; i < size; i++) {
    const left = 2 * i + 1;
    entries.push([`t${i}`, left < size ? task(add, ref(`t${left}`), ref(`t${left + 1}`)) : task(nothing)]);
  }
  return [Graph.of(entries), ["t0"]];
}

function chain(size: number): readonly [Graph, readonly string[]] {
  const entries: [string, unknown][] = [["t0", task(nothing)]];
  for (let i = 1; i < size; i++) entries.push([`t${i}`, task(inc, ref(`t${i - 1}`))]);
  return [Graph.of(entries), [`t${size - 1}`]];
}

function lattice(side: number): readonly [Graph, readonly string[]] {
  const entries: [string, unknown][] = [];
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const up = i > 0 ? ref(`t${i - 1},${j}`) : 0;
      const left = j > 0 ? ref(`t${i},${j - 1}`) : 0;
      entries.push([`t${i},${j}`, task(add, up, left)]);
    }
  }
  return [Graph.of(entries), [`t${side - 1},${side - 1}`]];
}

const families: readonly Family[] = [
  { name: "independent", tasks: 100_000, build: () => independent(100_000, nothing), budget: 500_000 },
  { name: "independent, asynchronous", tasks: 100_000, build: () => independent(100_000, soon) },
  { name: "binary tree", tasks: 131_071, build: () => tree(131_071), budget: 300_000 },
  { name: "lattice 300 × 300", tasks: 90_000, build: () => lattice(300) },
  { name: "chain", tasks: 100_000, build: () => chain(100_000) },
  { name: "chain", tasks: 1_000_000, build: () => chain(1_000_000) },
  { name: "independent", tasks: 1_000_000, build: () => independent(1_000_000, nothing) },
];

async function once({ build }: Family, optimize: boolean): Promise<number> {
  const [graph, keys] = build();
  (globalThis as { gc?: () => void }).gc?.();
  const started = performance.now();
  await compute(graph, keys, { scheduler: "sync", optimize });
  return performance.now() - started;
}

async function median(family: Family, optimize: boolean): Promise<number> {
  const times: number[] = [];
  await once(family, optimize);
  for (let run = 0; run < runs; run++) times.push(await once(family, optimize));
  return times.toSorted((a, b) => a - b)[runs >> 1] as number;
}

const table = new Table({
  head: ["graph", "tasks", "ms", "tasks/s", "budget", "unoptimised, tasks/s"],
  colAligns: ["left", "right", "right", "right", "right", "right"],
  style: { head: [], border: [] },
});
const rate = (family: Family, ms: number): string =>
  Math.round((family.tasks * 1000) / ms).toLocaleString("en-US");
for (const family of families) {
  const ms = await median(family, true);
  const plain = await median(family, false);
  const { name, tasks, budget } = family;
  table.push([
    name,
    tasks.toLocaleString("en-US"),
    ms.toFixed(0),
    rate(family, ms),
    budget?.toLocaleString("en-US") ?? "",
    rate(family, plain),
  ]);
}
console.log(table.toString());
