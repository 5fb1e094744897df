/**
 * The `threads` scheduler on two threads: independent no-ops, a tree, and the time from a call to its result on an idle
 * cluster; beside them a bare loop that hands out no-ops to two threads in batches, with nothing around it.
 *
 *     npx tsx bench/threads.ts
 */

import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import { Client, compute, Graph, LocalCluster, ref, task } from "../src/index.js";

const rounds = 5;
const independent = 100_000;
const levels = 17;
const calls = 1_000;
const threads = 2;

const noop = (): void => undefined;
const join = (a: number, b: number): number => a + b;

function flat(): Graph {
  return Graph.of(Array.from({ length: independent }, (_, i) => [`k${i}`, task(noop)] as const));
}

/** A binary tree of 2^levels - 1 tasks, summed from the leaves up. */
function tree(): Graph {
  const entries: [string, unknown][] = [];
  for (let level = levels - 1; level >= 0; level--) {
    for (let i = 0; i < 2 ** level; i++) {
      const [a, b] = [ref(`${level + 1}.${2 * i}`), ref(`${level + 1}.${2 * i + 1}`)];
      entries.push([`${level}.${i}`, level === levels - 1 ? task(join, 0, 1) : task(join, a, b)]);
    }
  }
  return Graph.of(entries);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

/** What two threads do with nothing but messages: 64 calls a message, each an object; some messages ahead. */
async function bareLoop(total: number): Promise<number> {
  const batch = 64;
  const code = `const { workerData } = require("node:worker_threads");
    const noop = () => undefined;
    workerData.on("message", (calls) => {
      workerData.postMessage(calls.map(({ id, args }) => ({ id, value: noop(...args) })));
    });`;
  const workers: Worker[] = [];
  const ports: MessagePort[] = [];
  for (let i = 0; i < threads; i++) {
    const { port1, port2 } = new MessageChannel();
    workers.push(new Worker(code, { eval: true, workerData: port2, transferList: [port2] }));
    ports.push(port1);
  }
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      let next = 0;
      let done = 0;
      const send = (port: MessagePort): void => {
        if (next >= total) return;
        const size = Math.min(batch, total - next);
        const from = next;
        port.postMessage(Array.from({ length: size }, (_, i) => ({ id: from + i, name: "noop", args: [] })));
        next += size;
      };
      for (const port of ports) {
        port.removeAllListeners("message");
        port.on("message", (results: readonly unknown[]) => {
          done += results.length;
          if (done === total) resolve();
          else send(port);
        });
        for (let ahead = 0; ahead < 8; ahead++) send(port);
      }
    });
  await once();
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) times.push(await timed(once));
  for (const port of ports) port.close();
  await Promise.all(workers.map((worker) => worker.terminate()));
  return median(times);
}

async function graphs(client: Client, graph: Graph, keys: readonly string[]): Promise<number> {
  const run = (): Promise<unknown> => compute(graph, keys, { scheduler: client, optimize: false });
  await run();
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) times.push(await timed(run));
  return median(times);
}

async function latency(client: Client): Promise<number> {
  const one = (x: number): number => x;
  for (let i = 0; i < 200; i++) await client.submit(one, i);
  const times: number[] = [];
  for (let i = 0; i < calls; i++) times.push(await timed(async () => client.submit(one, i)));
  return median(times);
}

const cluster = await LocalCluster.start({ workers: threads });
const client = await Client.connect(cluster);
const callMs = await latency(client);
const flatGraph = flat();
const flatMs = await graphs(client, flatGraph, [...flatGraph.keys()]);
const treeGraph = tree();
const treeMs = await graphs(client, treeGraph, ["0.0"]);
await cluster.close();
const bareMs = await bareLoop(independent);

const perSecond = (tasks: number, ms: number): string =>
  `${Math.round((tasks / ms) * 1000).toLocaleString("en-US")} /s`;
console.log(`| what, on ${threads} threads, median of ${rounds} | measured | budget |`);
console.log(`| --- | --- | --- |`);
console.log(
  `| ${independent.toLocaleString("en-US")} independent no-ops | ${perSecond(independent, flatMs)} | 150,000 /s |`,
);
console.log(
  `| tree of ${treeGraph.size.toLocaleString("en-US")} | ${perSecond(treeGraph.size, treeMs)} | 100,000 /s |`,
);
console.log(
  `| call to result, idle cluster, median of ${calls.toLocaleString("en-US")} | ${callMs.toFixed(3)} ms | 1 ms |`,
);
console.log(`| for comparison: a bare loop of batched messages | ${perSecond(independent, bareMs)} | |`);
