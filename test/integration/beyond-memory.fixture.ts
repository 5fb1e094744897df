/** A job whose values take more than its cluster may. Says what came of it. Run as `skein run … <folder for values>`. */

import { readdirSync } from "node:fs";
import { memoryUsage } from "node:process";
import { Client, LocalCluster, wait } from "skein";

const [spillDirectory = ""] = process.argv.slice(2);

const make = (i: number): Uint8Array => new Uint8Array(10_000_000).fill(i);
/** Of bytes from all over the value, each of which must be the same. */
const sample = (value: Uint8Array): number => {
  let sum = 0;
  for (let at = 0; at < value.length; at += 1_000) sum += value[at] as number;
  return sum;
};
const files = (): number =>
  readdirSync(spillDirectory, { recursive: true }).filter((name) => String(name).endsWith(".value")).length;

await using cluster = await LocalCluster.start({ workers: 2, memoryLimit: "400MB", spillDirectory });
await using client = await Client.connect(cluster);
await client.gather(
  cluster.workers.map((name) => client.submit(sample, new Uint8Array(), { workers: [name] })),
);
const before = memoryUsage.rss();
let peak = before;
const watch = setInterval(() => (peak = Math.max(peak, memoryUsage.rss())), 10);
const made = client.map(
  make,
  Array.from({ length: 150 }, (_, i) => i),
);
await wait(made);
const spilled = files();
const sums = await client.gather(client.map(sample, made));
clearInterval(watch);
for (const each of made) each.release();
while (files() > 0) await new Promise((resolve) => setTimeout(resolve, 50));
process.stdout.write(`${JSON.stringify({ sums, spilled, grewBytes: peak - before })}\n`);
