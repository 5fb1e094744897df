/**
 * What bags cost per element, on the `sync` scheduler, beside the same done by hand over one array; and how fast files are
 * read. Run: npx tsx bench/bags.ts
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Table from "cli-table3";
import { Bag, delayed, type Lazy } from "../src/index.js";

const elements = 1_000_000;
const repetitions = 5;
const style = { head: [], border: [], compact: true };
const sync = { scheduler: "sync" } as const;

async function median(run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[repetitions >> 1] as number;
}

const numbers = Array.from({ length: elements }, (_, i) => (i * 7919) % 10_007);
const words = numbers.map((n) => `word ${n}`);
const rows = numbers.map((n, i) => ({ id: i, key: n, pair: [n % 100, n % 7] }));
const bag = Bag.of(numbers);
const wordBag = Bag.of(words);
const rowBag = Bag.of(rows);

const operations: readonly (readonly [string, () => Promise<unknown>, (() => unknown)?])[] = [
  [
    "map.filter.sum",
    () =>
      bag
        .map((x) => x * 2)
        .filter((x) => x % 3 === 0)
        .sum()
        .compute(sync),
    () =>
      numbers
        .map((x) => x * 2)
        .filter((x) => x % 3 === 0)
        .reduce((a, b) => a + b, 0),
  ],
  ["frequencies of 10,007 strings", () => wordBag.frequencies().compute(sync), () => counts(words)],
  ["distinct of 700 arrays", () => rowBag.pluck("pair").distinct().compute(sync)],
  ["topK(10, name)", () => rowBag.topK(10, "key").compute(sync)],
  [
    "foldBy into 10,007",
    () =>
      rowBag
        .foldBy(
          "key",
          (n: number) => n + 1,
          (a, b) => a + b,
          0,
        )
        .compute(sync),
  ],
  ["groupBy into 10,007", () => rowBag.groupBy("key").compute(sync), () => groups()],
  ["join with 10,007 pairs", () => rowBag.join([...counts(numbers)], "key", 0).compute(sync)],
  ["zip of two partitionings", () => bag.zip(Bag.range(elements, { partitions: 37 })).compute(sync)],
];

function counts<T>(items: readonly T[]): Map<T, number> {
  const out = new Map<T, number>();
  for (const item of items) out.set(item, (out.get(item) ?? 0) + 1);
  return out;
}

function groups(): Map<number, unknown[]> {
  const out = new Map<number, unknown[]>();
  for (const row of rows) {
    const group = out.get(row.key);
    if (group === undefined) out.set(row.key, [row]);
    else group.push(row);
  }
  return out;
}

const table = new Table({
  head: [`${elements / 1e6} M elements, 100 partitions`, "bag ns each", "array ns each"],
});
for (const [name, ofBag, ofArray] of operations) {
  const perElement = (ms: number): string => ((ms * 1e6) / elements).toFixed(0);
  table.push([
    name,
    perElement(await median(ofBag)),
    ofArray === undefined ? "" : perElement(await median(ofArray)),
  ]);
}
console.log(table.toString());

const directory = mkdtempSync(join(tmpdir(), "skein-bench-"));
try {
  const text = rows.map((row) => JSON.stringify(row)).join("\n");
  const megabytes = text.length / 1e6;
  writeFileSync(join(directory, "rows.ndjson"), text);
  writeFileSync(join(directory, "rows.ndjson.gz"), gzipSync(text, { level: 1 }));
  const files = new Table({ style, head: [`${megabytes.toFixed(0)} MB, ${elements / 1e6} M lines`, "MB/s"] });
  const speed = async (name: string, run: () => Promise<unknown>): Promise<void> => {
    files.push([name, ((megabytes * 1000) / (await median(run))).toFixed(0)]);
  };
  const blockBytes = 4_000_000;
  await speed("fromText", () => Bag.fromText(`${directory}/*.ndjson`, { blockBytes }).count().compute(sync));
  await speed("fromNdjson", () =>
    Bag.fromNdjson(`${directory}/*.ndjson`, { blockBytes }).count().compute(sync),
  );
  await speed("fromText, gzip", () => Bag.fromText(`${directory}/*.gz`).count().compute(sync));
  await speed("JSON.parse alone", () =>
    Promise.resolve(text.split("\n").map((line) => JSON.parse(line) as unknown)),
  );
  await speed("toNdjson", () => rowBag.toNdjson(join(directory, "out")).compute(sync));
  console.log(files.toString());
} finally {
  rmSync(directory, { recursive: true });
}

const calls = new Table({ style, head: ["building lazy values", "µs a call"] });
const build = async (name: string, length: number, options: { pure?: boolean }): Promise<void> => {
  const inc = delayed((x: number) => x + 1, options);
  const ms = await median(() => {
    let lazy: Lazy<number> = inc(0);
    for (let i = 1; i < length; i++) lazy = inc(lazy);
    return lazy.graph.size;
  });
  calls.push([name, ((ms * 1000) / length).toFixed(2)]);
};
await build("chain of 100,000, with its graph", 100_000, {});
await build("chain of 1,000,000, with its graph", 1_000_000, {});
await build("chain of 100,000 pure calls, with its graph", 100_000, { pure: true });
console.log(calls.toString());
