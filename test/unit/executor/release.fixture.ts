/** Run with --expose-gc: computes graphs of large values and prints, as JSON, which of them were let go when. */

import { defaultConfig } from "../../../src/config.js";
import { syncRunner } from "../../../src/executor/sync/sync-runner.js";
import { Graph } from "../../../src/graph/graph.js";
import { ref } from "../../../src/graph/ref.js";
import { task } from "../../../src/graph/task.js";

const collect = (globalThis as { gc?: () => void }).gc;
if (collect === undefined) throw new Error("Run this with --expose-gc.");
const gc: () => void = collect;

/** Two collections with turns between, since a weak reference holds its target until the turn ends. */
async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
}

const weak = new Map<string, WeakRef<object>>();
const made = (name: string): Uint8Array => {
  const value = new Uint8Array(1 << 20);
  weak.set(name, new WeakRef(value));
  return value;
};
const alive = (): string[] => [...weak].filter(([, w]) => w.deref() !== undefined).map(([name]) => name);
const probe = async (): Promise<string[]> => {
  await collectGarbage();
  return alive();
};

async function whatIsHeldWhen(): Promise<unknown> {
  const graph = Graph.of({
    input: task(made, "input"),
    nested: task(made, "nested"),
    unused: task(made, "unused"),
    pending: task(made, "pending"),
    before: task(probe).after("input", "nested", "pending", "unused"),
    output: task(
      (x: Uint8Array, rest: Uint8Array[]) => made("output").fill(x.length + rest.length),
      ref("input"),
      [ref("nested")],
    ).after("before"),
    during: task(probe).after("output"),
    after: task((x: Uint8Array) => x.length, ref("pending")).after("during"),
    end: task(probe).after("after"),
  });
  const keys = ["before", "during", "end", "output", "after"];
  const [before, during, end] = await syncRunner.run(graph, keys, defaultConfig);
  weak.clear();
  return { before, during, end };
}

/** The most bytes of buffers alive at any probe while 300 of 1 MiB each are made and summed up one by one. */
async function peakOfReduction(): Promise<number> {
  let peak = 0;
  const watch = async (sum: number, x: Uint8Array): Promise<number> => {
    await collectGarbage();
    peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    return sum + x.length;
  };
  const entries: [string, unknown][] = [["sum-0", 0]];
  for (let i = 1; i <= 300; i++) {
    entries.push([`part-${i}`, task(() => new Uint8Array(1 << 20))]);
    entries.push([`sum-${i}`, task(watch, ref(`sum-${i - 1}`), ref(`part-${i}`))]);
  }
  await syncRunner.run(Graph.of(entries), ["sum-300"], defaultConfig);
  return peak;
}

/** A task leaves a timer behind, and with it its context. */
async function heldByWhatATaskLeftBehind(): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const leave = (): void => void (timer = setInterval(() => {}, 60_000));
  const graph = Graph.of({
    leave: task(leave),
    big: task(made, "big"),
    end: task((x: Uint8Array) => x.length, ref("big")).after("leave"),
  });
  await syncRunner.run(graph, ["big", "end"], defaultConfig);
  const held = await probe();
  clearInterval(timer);
  return held;
}

console.log(
  JSON.stringify({
    held: await whatIsHeldWhen(),
    peak: await peakOfReduction(),
    leftBehind: await heldByWhatATaskLeftBehind(),
  }),
);
