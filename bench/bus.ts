/**
 * A cluster of processes over a broker: a scheduler, two workers of one thread each, and this client. Independent no-ops,
 * a tree, a chain that is not fused, and the time from a call to its result; in the same rounds the bare loop over the
 * same broker, so that the ratio is that of one machine at one time.
 *
 *     npx tsx bench/bus.ts [nats|amqp]
 *
 * Needs the broker's program on this machine (nats-server, rabbitmq-server), or NATS_URL / AMQP_URL. Runs the compiled
 * command: `npm run build` first.
 */

import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Client, compute } from "../src/index.js";
import { sharedNats } from "../test/support/brokers/nats-server.js";
import { sharedRabbit } from "../test/support/brokers/rabbitmq-server.js";
import { stopShared } from "../test/support/brokers/shared.js";
import { BareLoop } from "./bus/bare-loop.js";
import { chain, independent, tree } from "./bus/graphs.js";

const rounds = 5;
const calls = 1_000;
const broker = process.argv[2] === "amqp" ? "amqp" : "nats";

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

function startCluster(bus: string, cluster: string): ChildProcess {
  const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
  const args = [main, "cluster", "--bus", bus, "--cluster", cluster, "--workers", "2", "--threads", "1"];
  return spawn(process.execPath, [...args, "--allow-inline", "--log-level", "warn"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
}

async function haveWorkers(client: Client, count: number): Promise<void> {
  while ((await client.workers()).length < count) await new Promise((resolve) => setTimeout(resolve, 50));
}

const { url } = await (broker === "amqp" ? sharedRabbit() : sharedNats());
const cluster = `bench-${process.pid}`;
const processes = startCluster(url, cluster);
const client = await Client.connect({ bus: url, cluster });
await haveWorkers(client, 2);
const bare = await BareLoop.start(url);

const one = (x: number): number => x;
for (let i = 0; i < 200; i++) await client.submit(one, i);
const latencies: number[] = [];
for (let i = 0; i < calls; i++) latencies.push(await timed(async () => client.submit(one, i + 1_000)));

const cases = [
  { name: "100,000 independent", size: 100_000, ...independent(100_000), budget: "0.4 × the bare loop" },
  { name: "tree of 131,071", size: 131_071, ...tree(17), budget: "0.2 × the bare loop" },
  { name: "chain of 10,000, unfused", size: 10_000, ...chain(10_000), budget: "10,000 /s" },
];
console.log(
  `| what, over ${broker}, 2 workers of a thread, median of ${rounds} | tasks/s | × bare | budget |`,
);
console.log("| --- | --- | --- | --- |");
const bareRates: number[] = [];
for (const { name, size, graph, keys, budget } of cases) {
  const rates: number[] = [];
  const ratios: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const bareMs = await bare.run(100_000);
    const ms = await timed(() => compute(graph, keys, { scheduler: client, optimize: false }));
    if (round < 0) continue;
    const bareRate = 100_000 / bareMs;
    bareRates.push(bareRate * 1_000);
    rates.push((size / ms) * 1_000);
    ratios.push(size / ms / bareRate);
  }
  const rate = Math.round(median(rates)).toLocaleString("en-US");
  console.log(`| ${name} | ${rate} | ${median(ratios).toFixed(2)} | ${budget} |`);
}
console.log(
  `| the bare loop, 64 a message | ${Math.round(median(bareRates)).toLocaleString("en-US")} | 1.00 | |`,
);
console.log(`| call to result, idle, median of ${calls} | ${median(latencies).toFixed(2)} ms | | 4 ms |`);

await bare.close();
await client.close();
processes.kill("SIGTERM");
await new Promise((resolve) => processes.once("exit", resolve));
await stopShared();
