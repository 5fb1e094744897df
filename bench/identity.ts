/**
 * What it costs to know a value or a graph: tokens, the free-variable check, the JSON form, and DOT.
 *
 *   npx tsx bench/identity.ts
 *
 * Each figure is the median of five runs.
 */

import { evaluateSource } from "../src/graph/free-variables/evaluate-source.js";
import { functionSource } from "../src/graph/free-variables/function-source.js";
import { toDot } from "../src/graph/draw/dot.js";
import { Graph } from "../src/graph/graph.js";
import type { GraphJson } from "../src/graph/json.js";
import { ref } from "../src/graph/ref.js";
import { task } from "../src/graph/task.js";
import { tokenize } from "../src/graph/tokenize/tokenize.js";

function medianMs(run: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return times.toSorted((a, b) => a - b)[2] as number;
}

function repeated(times: number, run: (at: number) => unknown): () => void {
  return () => {
    for (let at = 0; at < times; at++) run(at);
  };
}

const million = 1_000_000;
const inc = (x: number): number => x + 1;
const bytes = new Uint8Array(100 * million).fill(7);
const numbers = Array.from({ length: million }, (_, at) => at * 1.1);
const records = Array.from({ length: 100_000 }, (_, at) => ({ id: at, name: `n${at}`, ok: true }));
let deep: unknown = 1;
for (let i = 0; i < million; i++) deep = [deep];
const ring = Array.from({ length: 100_000 }, (_, at) => ({ at, next: {} as object }));
ring.forEach((node, at) => (node.next = ring[(at + 1) % ring.length] as object));
const chain = Graph.of(
  Array.from(
    { length: million },
    (_, at) => [`k${at}`, at === 0 ? 0 : task(inc, ref(`k${at - 1}`))] as const,
  ),
);
chain.index();
const json = JSON.parse(JSON.stringify(chain)) as GraphJson;
let made = 0;

const rows: readonly (readonly [what: string, run: () => unknown])[] = [
  ["token of a function and a number, 100 k times", repeated(100_000, (at) => tokenize(inc, at))],
  ["token of 100 MB of bytes", () => tokenize(bytes)],
  ["token of 1 M numbers in an array", () => tokenize(numbers)],
  ["token of 100 k records", () => tokenize(records)],
  ["token of a list nested 1 M deep", () => tokenize(deep)],
  ["token of a ring of 100 k objects", () => tokenize(ring)],
  // A text that was not seen before, as for every function of a program.
  [
    "free variables of 1 k different functions",
    repeated(1000, () => functionSource(evaluateSource(`(x) => x + ${made++}`))),
  ],
  ["chain of 1 M links to JSON", () => chain.toJSON()],
  ["chain of 1 M links from JSON", () => Graph.fromJSON(json)],
  ["chain of 1 M links as DOT", () => toDot(chain)],
];

console.table(rows.map(([what, run]) => ({ what, ms: Number(medianMs(run).toFixed(1)) })));
