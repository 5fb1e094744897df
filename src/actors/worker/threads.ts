/**
 * Which ready run goes to which thread, and how many. A thread is given as much as keeps it busy for
 * `threadQueueMs`, by the durations seen so far, and only its slots' worth of runs whose duration is unknown or
 * long: those are better kept here, where another worker may still take them.
 */

import type { WorkerConfig } from "./config.js";
import type { ReadyQueue } from "./ready-queue.js";
import { startsBefore, type RunRecord } from "./run-record.js";

interface ThreadState {
  ready: boolean;
  /** Runs handed over that occupy a slot. */
  count: number;
  /** What they are expected to take. */
  loadMs: number;
}

export interface Starting {
  /** Whether a run may really start; it has then. */
  readonly start: (record: RunRecord) => boolean;
  /** Runs that lack only the value of this one. */
  readonly followers: (record: RunRecord) => readonly RunRecord[];
  /** It is handed over behind the run that makes its input. */
  readonly chain: (record: RunRecord) => void;
}

interface Following extends Omit<Starting, "start"> {
  readonly queue: ReadyQueue;
  readonly batch: RunRecord[];
}

const noResources: readonly (readonly [string, number])[] = [];

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

  /** Takes runs off the queue for as long as there is room, and with them those that follow upon them. */
  fill(queue: ReadyQueue, { start, followers, chain }: Starting): Map<number, RunRecord[]> {
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
      // A thread that runs one task after the other has a run's value before it begins the next.
      if (this.#config.concurrency === 1)
        this.#follow(record, thread, { queue, followers, chain, batch: batches.get(thread) as RunRecord[] });
    }
    for (const record of heldBack) queue.push(record);
    return batches;
  }

  /** Runs that lack only what the thread is about to make go to it in the same breath, unless others come first. */
  #follow(first: RunRecord, thread: number, { queue, followers, chain, batch }: Following): void {
    const made = [first];
    for (let next = made.pop(); next !== undefined; next = made.pop()) {
      for (const record of followers(next)) {
        const other = queue.peek();
        if (!this.#hasRoom(record, thread) || (other !== undefined && !startsBefore(record, other))) continue;
        chain(record);
        record.follows = true;
        this.#occupy(record, thread);
        batch.push(record);
        made.push(record);
      }
    }
  }

  /** A run has ended, or given up its slot. */
  vacate(record: RunRecord): void {
    if (!record.occupies) return;
    record.occupies = false;
    const thread = this.#threads[record.thread] as ThreadState;
    thread.count--;
    thread.loadMs = thread.count === 0 ? 0 : Math.max(0, thread.loadMs - (record.fn.meanMs ?? unknownMs));
    if (this.#alone === record) this.#alone = undefined;
    for (const [name, amount] of resourcesOf(record)) {
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
    const { count } = this.#threads[best] as ThreadState;
    return count < this.#config.concurrency || this.#hasRoom(record, best) ? best : undefined;
  }

  /** Whether the thread may have it waiting in its queue. */
  #hasRoom(record: RunRecord, thread: number): boolean {
    const { count, loadMs } = this.#threads[thread] as ThreadState;
    const { concurrency, threadQueueMs, threadQueueRuns } = this.#config;
    const estimate = record.fn.meanMs ?? unknownMs;
    return count < threadQueueRuns && loadMs + estimate <= threadQueueMs * concurrency;
  }

  #resourcesFree(record: RunRecord): boolean {
    for (const [name, amount] of resourcesOf(record)) {
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
    for (const [name, amount] of resourcesOf(record)) {
      this.#free.set(name, (this.#free.get(name) ?? 0) - amount);
    }
  }
}

function resourcesOf({ options }: RunRecord): readonly (readonly [string, number])[] {
  return options?.resources === undefined ? noResources : Object.entries(options.resources);
}
