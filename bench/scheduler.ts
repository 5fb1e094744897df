/**
 * The scheduler core by itself: no-op tasks from submission to release, without any input or output. Workers are
 * synthetic: they answer each `run` message with a `done` message of small inline results. Only the time inside the
 * core (handle and drain) counts.
 *
 *   npx tsx bench/scheduler.ts [--quick]
 *
 * Budget: 4 µs and 1 kB a task at a million tasks, and at most 1.2 times the time a task takes in a graph of ten thousand.
 */

import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SchedulerCore } from "../src/actors/scheduler/scheduler.core.js";
import type { SchedulerStimulus } from "../src/actors/scheduler/stimuli.js";
import type { Done, Message, Run, Submit } from "../src/protocol/messages.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

interface Shape {
  readonly name: string;
  /** A graph of about `n` tasks. */
  graph(n: number): Graph;
}

interface Graph {
  readonly size: number;
  /** The tasks that task `i` needs, which come before it. */
  needs(i: number): readonly number[];
  /** Tasks that the client wants. */
  readonly wants: Uint32Array;
  readonly prefix: string;
}

const nothing: readonly number[] = [];

const shapes: readonly Shape[] = [
  {
    name: "independent",
    graph: (n) => ({
      size: n,
      needs: () => nothing,
      wants: Uint32Array.from({ length: n }, (_, i) => i),
      prefix: "noop",
    }),
  },
  {
    name: "tree",
    // Numbered depth first, as the static order has it: each inner task right after its two sub-trees.
    graph: (n) => depthFirstTree(n),
  },
  {
    name: "lattice",
    graph: (n) => {
      const side = Math.round(Math.sqrt(n));
      return {
        size: side * side,
        needs: (i) => {
          const above = i >= side ? [i - side] : [];
          return i % side > 0 ? [...above, i - 1] : above;
        },
        wants: Uint32Array.of(side * side - 1),
        prefix: "cell",
      };
    },
  },
];

function depthFirstTree(n: number): Graph {
  const depth = Math.max(1, Math.round(Math.log2(n)));
  const size = 2 ** depth - 1;
  const inputs: (readonly number[])[] = [];
  const waiting: { readonly height: number; readonly at: number }[] = [];
  while (inputs.length < size) {
    const [a, b] = [waiting.at(-2), waiting.at(-1)];
    if (a !== undefined && b !== undefined && a.height === b.height) {
      waiting.length -= 2;
      waiting.push({ height: a.height + 1, at: inputs.push([a.at, b.at]) - 1 });
    } else waiting.push({ height: 0, at: inputs.push(nothing) - 1 });
  }
  return { size, needs: (i) => inputs[i]!, wants: Uint32Array.of(size - 1), prefix: "node" };
}

function submission(graph: Graph, name: string): Submit {
  const n = graph.size;
  const depStart = new Uint32Array(n + 1);
  const dep: number[] = [];
  const keys: string[] = [];
  for (let i = 0; i < n; i++) {
    keys.push(keyOf(graph, name, i));
    for (const input of graph.needs(i)) dep.push(input);
    depStart[i + 1] = dep.length;
  }
  return {
    kind: "submit",
    graphId: name,
    tasks: {
      from: 0,
      total: n,
      keys,
      fn: new Uint32Array(n),
      fns: [{ kind: "module", module: "bench", name: "noop" }],
      flags: new Uint8Array(n).fill(4),
      depStart,
      dataEnd: depStart.slice(1),
      dep: Uint32Array.from(dep),
      externals: [],
      argStart: Uint32Array.from({ length: n + 1 }, (_, i) => 4 * i),
      args: new Uint8Array(4 * n),
      rank: Int32Array.from({ length: n }, (_, i) => i),
      options: [],
    },
    wants: graph.wants,
    priority: 0,
    retries: 0,
  };
}

function keyOf(graph: Graph, name: string, i: number): string {
  return Buffer.from(`${graph.prefix}-${name}-${i}`).toString("latin1");
}

/** A core with its synthetic workers and one client, and the time spent inside it. */
class Bench {
  readonly core = new SchedulerCore({ seed: 1 });
  readonly workers: readonly string[];
  insideMs = 0;
  #now = 0;
  settled = 0;

  constructor(workers: number) {
    this.workers = Array.from({ length: workers }, (_, i) => `worker:w${i}:1`);
    this.#feed({ type: "peerUp", peer: "client:c:1", hello: hello("client", "c") });
    for (const peer of this.workers) {
      this.#feed({ type: "peerUp", peer, hello: hello("worker", peer) });
      this.#feed({
        type: "message",
        from: peer,
        message: {
          kind: "register",
          name: peer,
          threads: 1,
          concurrency: 1,
          memoryLimitBytes: 1e9,
          resources: {},
          runs: new Float64Array(),
          started: new Uint8Array(),
          runKeys: [],
          values: new Float64Array(),
          valueKeys: [],
          valueBytes: new Float64Array(),
        },
      });
    }
  }

  #feed(stimulus: SchedulerStimulus): void {
    this.#now += 0.05;
    const begin = performance.now();
    this.core.handle(stimulus, this.#now);
    this.insideMs += performance.now() - begin;
  }

  fromClient(message: Extract<SchedulerStimulus, { type: "message" }>["message"]): void {
    this.#feed({ type: "message", from: "client:c:1", message });
    this.settle();
  }

  /** Lets the workers answer until nothing happens any more. */
  settle(): void {
    for (;;) {
      const begin = performance.now();
      const instructions = this.core.drain();
      this.insideMs += performance.now() - begin;
      const answers: [string, Done][] = [];
      for (const instruction of instructions) {
        if (instruction.type !== "send") continue;
        const message: Message = instruction.message;
        if (message.kind === "run") answers.push([instruction.to, done(message)]);
        else if (message.kind === "status") this.settled += message.keys.length;
      }
      if (answers.length === 0) return;
      for (const [from, message] of answers) this.#feed({ type: "message", from, message });
    }
  }
}

function hello(
  role: "client" | "worker",
  name: string,
): Extract<SchedulerStimulus, { type: "peerUp" }>["hello"] {
  return { kind: "hello", role, name, versions: [1, 1] };
}

function done({ run }: Run): Done {
  const n = run.length;
  return {
    kind: "done",
    run,
    nbytes: new Float64Array(n).fill(1),
    tookMs: new Float32Array(n).fill(0.002),
    inlineStart: Uint32Array.from({ length: n + 1 }, (_, i) => i),
    inline: new Uint8Array(n),
  };
}

interface Result {
  /** The first graph, for which the tables have yet to grow, and the later ones. */
  readonly first: number;
  readonly later: number;
  readonly bytes: number;
}

/** `rounds` graphs of `n` tasks one after the other on one core: the time of a task, and its memory when all have run. */
async function measure(shape: Shape, n: number, rounds: number): Promise<Result> {
  const bench = new Bench(2);
  const times: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const before = await used();
    const graph = shape.graph(n);
    let submit: Submit | undefined = submission(graph, `g${round}`);
    const { size } = graph;
    bench.insideMs = 0;
    bench.fromClient(submit);
    submit = undefined;
    if (round === 0) bytes = ((await used()) - before) / size;
    // As they come from a client: other strings with the same text.
    const keys = Array.from(graph.wants, (i) => keyOf(graph, `g${round}`, i));
    bench.fromClient({ kind: "release", keys, nth: round + 1 });
    times.push((bench.insideMs * 1000) / size);
    const { tasks: left } = bench.core.stats();
    if (left !== 0) throw new Error(`${left} tasks are left of ${shape.name}`);
  }
  return { first: times[0]!, later: median(times.slice(1)), bytes };
}

/** What is in use when the garbage is gone; buffers are given back a moment after those that held them. */
async function used(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await setTimeout(20);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const quick = process.argv.includes("--quick");
const large = quick ? 200_000 : 1_000_000;
const repeats = quick ? 1 : 3;

async function repeated(shape: Shape, n: number, rounds: number): Promise<Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < repeats; i++) results.push(await measure(shape, n, rounds));
  return results;
}

for (const shape of shapes) await measure(shape, 10_000, 10);
const rows: Record<string, unknown>[] = [];
for (const shape of shapes) {
  const small = await repeated(shape, 10_000, 20);
  const big = await repeated(shape, large, 3);
  const few = median(small.map(({ later }) => later));
  const many = median(big.map(({ later }) => later));
  rows.push({
    graph: shape.name,
    "µs a task at 10 k": few.toFixed(2),
    [`at ${large / 1000} k`]: many.toFixed(2),
    ratio: (many / few).toFixed(2),
    "the first one": median(big.map(({ first }) => first)).toFixed(2),
    "bytes a task": Math.round(median(big.map(({ bytes }) => bytes))),
  });
}
console.table(rows);
