/**
 * Which ready run goes to which thread, and how many. A thread is given as much as keeps it busy for
 * `threadQueueMs`, by the durations seen so far, and only its slots' worth of runs whose duration is unknown or
 * long: those are better kept here, where another worker may still take them.
 */

import type { WorkerConfig } from "./config.js";
import type { ReadyQueue } from "./ready-queue.js";
import type { RunRecord } from "./run-record.js";

interface ThreadState {
  ready: boolean;
  /** Runs handed over that occupy a slot. */
  count: number;
  /** What they are expected to take. */
  loadMs: number;
}

/** Assumed of a function that has never run, so that one slow batch cannot hide behind it. */
const unknownMs = 1_000;

export class Threads {
  readonly #config: WorkerConfig;
  readonly #threads: ThreadState[];
  readonly #free: Map<string, number>;
  /** The run that must not have company, while it runs. */
  #alone: RunRecord | undefined;

  constructor(config: WorkerConfig) {
    this.#config = config;
    this.#threads = Array.from({ length: config.threads }, () => ({ ready: false, count: 0, loadMs: 0 }));
    this.#free = new Map(Object.entries(config.resources));
  }

  get occupied(): number {
    let sum = 0;
    for (const thread of this.#threads) sum += thread.count;
    return sum;
  }

  ready(thread: number): void {
    this.#threads[thread] = { ready: true, count: 0, loadMs: 0 };
  }

  lost(thread: number): void {
    (this.#threads[thread] as ThreadState).ready = false;
  }

  /** Takes runs off the queue for as long as there is room; `start` says whether a run may really start. */
  fill(queue: ReadyQueue, start: (record: RunRecord) => boolean): Map<number, RunRecord[]> {
    const batches = new Map<number, RunRecord[]>();
    const heldBack: RunRecord[] = [];
    while (heldBack.length < 64) {
      const record = queue.peek();
      if (record === undefined) break;
      const thread = this.#room(record);
      if (thread === undefined) break;
      queue.pop();
      if (!this.#resourcesFree(record)) {
        heldBack.push(record);
        continue;
      }
      if (!start(record)) continue;
      this.#occupy(record, thread);
      const batch = batches.get(thread);
      if (batch === undefined) batches.set(thread, [record]);
      else batch.push(record);
    }
    for (const record of heldBack) queue.push(record);
    return batches;
  }

  /** A run has ended, or given up its slot. */
  vacate(record: RunRecord): void {
    if (!record.occupies) return;
    record.occupies = false;
    const thread = this.#threads[record.thread] as ThreadState;
    thread.count--;
    thread.loadMs = thread.count === 0 ? 0 : Math.max(0, thread.loadMs - (record.fn.meanMs ?? unknownMs));
    if (this.#alone === record) this.#alone = undefined;
    for (const [name, amount] of Object.entries(record.options?.resources ?? {})) {
      this.#free.set(name, (this.#free.get(name) ?? 0) + amount);
    }
  }

  #room(record: RunRecord): number | undefined {
    const total = this.occupied;
    if (this.#alone !== undefined || (record.options?.alone === true && total > 0)) return undefined;
    let best: number | undefined;
    for (const [i, thread] of this.#threads.entries()) {
      if (!thread.ready) continue;
      const least = best === undefined ? undefined : (this.#threads[best] as ThreadState);
      if (least === undefined || thread.loadMs < least.loadMs) best = i;
    }
    if (best === undefined) return undefined;
    const { count, loadMs } = this.#threads[best] as ThreadState;
    const { concurrency, threadQueueMs, threadQueueRuns } = this.#config;
    if (count < concurrency) return best;
    const estimate = record.fn.meanMs ?? unknownMs;
    return count < threadQueueRuns && loadMs + estimate <= threadQueueMs * concurrency ? best : undefined;
  }

  #resourcesFree(record: RunRecord): boolean {
    for (const [name, amount] of Object.entries(record.options?.resources ?? {})) {
      if ((this.#free.get(name) ?? 0) < amount) return false;
    }
    return true;
  }

  #occupy(record: RunRecord, thread: number): void {
    const state = this.#threads[thread] as ThreadState;
    state.count++;
    state.loadMs += record.fn.meanMs ?? unknownMs;
    record.thread = thread;
    record.occupies = true;
    if (record.options?.alone === true) this.#alone = record;
    for (const [name, amount] of Object.entries(record.options?.resources ?? {})) {
      this.#free.set(name, (this.#free.get(name) ?? 0) - amount);
    }
  }
}
