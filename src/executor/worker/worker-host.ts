/**
 * The hands of a worker: does what its core asks for with threads, bytes and files, and tells the core what came of
 * it. Messages to other actors are the actor shell's business and do not pass through here.
 */

import { join } from "node:path";
import { memoryUsage } from "node:process";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ClientNews, ClientStimulus } from "../../actors/client/stimuli.js";
import type { WorkerConfig } from "../../actors/worker/config.js";
import type { Gift } from "../../actors/worker/gift.js";
import type { Observed, WorkerInstruction, WorkerStimulus } from "../../actors/worker/stimuli.js";
import type { RuntimeInstruction } from "../../actors/runtime/core.js";
import type { Message } from "../../protocol/messages.js";
import { GarbageCollector } from "../garbage.js";
import type { ThreadOptions } from "../threads/start-thread.js";
import { ThreadHost } from "../threads/thread-host.js";
import { ValueStore } from "../values/store.js";

/** What of a worker's instructions is about threads and values; its life is its owner's business. */
export type HostInstruction = Exclude<
  WorkerInstruction,
  RuntimeInstruction | { readonly type: "left" | "startAgain" }
>;

export interface WorkerHostOptions {
  readonly config: WorkerConfig;
  readonly threads: Omit<ThreadOptions, "worker" | "concurrency">;
  /** This worker's part of the process it shares with others. Without it, only the values it holds are counted. */
  readonly processShare?: number;
  /** Where values are spilled to; this worker makes a folder of its own in it. */
  readonly spillDirectory: string;
  /** What the incarnation before it has left. */
  readonly store?: ValueStore;
  /** Stimuli for the core, one by one; the core is to be drained once a turn. */
  readonly tell: (stimulus: WorkerStimulus) => void;
  /** Messages that only a host can make, because they carry a value's bytes. */
  readonly send: (to: string, message: Message) => void;
  /** Told of each part of a value that has been stored: the memory in which it came is free. */
  readonly giveBack?: (bytes: Uint8Array) => void;
  /** Makes the actor of a thread's client, whose news go to `hear`. */
  readonly openClient: (hear: (news: ClientNews) => void) => HostedClient;
  /** Threads end before they are ready, again and again: nothing will ever run here. */
  readonly onBroken?: (error: unknown) => void;
  readonly onLog?: (key: string, level: string, message: string, fields: unknown) => void;
}

export interface HostedClient {
  tell(stimulus: ClientStimulus): void;
  stop(): void;
}

/** So many starts in a row may fail before the host gives up. */
const failedStarts = 3;
/** After this many ends of one thread within `lossWindowMs`, the next start waits, longer each time. */
const lossesFree = 5;
const lossWindowMs = 30_000;
const backOffMs = 200;

export class WorkerHost {
  readonly store: ValueStore;
  readonly #options: WorkerHostOptions;
  readonly #threads: ThreadHost[];
  readonly #losses: number[][];
  readonly #clients = new Map<number, HostedClient>();
  readonly #delay = monitorEventLoopDelay({ resolution: 20 });
  /** Until a part was read and sent, by whom it is for: parts are sent in order, and read one at a time. */
  readonly #sending = new Map<string, Promise<void>>();
  readonly #garbage = new GarbageCollector();
  /** What had come and gone when it was last measured. */
  #observedBytes = 0;
  #closed = false;

  constructor(options: WorkerHostOptions) {
    const { config } = options;
    this.#options = options;
    this.store = options.store ?? new ValueStore(join(options.spillDirectory, config.name));
    this.#losses = Array.from({ length: config.threads }, () => []);
    this.#threads = Array.from({ length: config.threads }, (_, i) => this.#makeThread(i));
    this.#delay.enable();
  }

  /** Carries out one instruction of the core. */
  perform(instruction: HostInstruction): void {
    switch (instruction.type) {
      case "execute":
        return this.#threads[instruction.thread]?.execute(instruction.records);
      case "abort":
        return this.#abort(instruction);
      case "recall":
        return this.#recall(instruction.runs);
      case "mayStart":
        for (const thread of this.#threads) thread.mayStartUntil(instruction.untilMs);
        return;
      case "putInline":
        return this.store.put(instruction.run, instruction.bytes);
      case "storeChunk": {
        const { run, offset, total, bytes } = instruction;
        this.store.putChunk(run, offset, total, bytes);
        this.#options.giveBack?.(bytes);
        return this.#observeIfMuch();
      }
      case "drop":
        for (const run of instruction.runs) this.store.drop(run);
        for (const thread of this.#threads) thread.forget(instruction.runs);
        return this.#observeIfMuch();
      case "sendChunk":
        return this.#sendChunk(instruction);
      case "spill":
        this.store.spill(instruction.toBytes);
        return this.#observeIfMuch();
      case "collect":
        for (const thread of this.#threads) thread.collect(instruction.urgent);
        return this.#garbage.collect(instruction.urgent);
      case "runHere":
        return (this.#threads[0] as ThreadHost).call(instruction.id, instruction.fn, instruction.args);
    }
  }

  /** What the core wants to know before a tick. */
  observe(): Observed {
    for (const thread of this.#threads) thread.tellForgotten();
    const observed = this.#measure();
    this.#delay.reset();
    return observed;
  }

  #measure(): Observed {
    const { processShare } = this.#options;
    const { memoryBytes, storedBytes, freedBytes } = this.store;
    this.#observedBytes = storedBytes + freedBytes;
    const loopDelayMs = this.#delay.max / 1e6;
    return {
      type: "observed",
      running: this.#threads.flatMap((thread) => thread.running()),
      processBytes: processShare === undefined ? memoryBytes : memoryUsage.rss() * processShare,
      managedBytes: memoryBytes,
      freedBytes,
      loopDelayMs: Number.isFinite(loopDelayMs) ? loopDelayMs : 0,
    };
  }

  /** Hands over what the next incarnation is to offer. From now on nothing is kept here. */
  leave(gifts: readonly Gift[]): ValueStore {
    for (const { run, bytes } of gifts) if (bytes !== undefined) this.store.put(run, bytes);
    return this.store.handOver(gifts.map(({ run }) => run));
  }

  /** Ends the threads and removes what was spilled. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#delay.disable();
    this.#garbage.close();
    for (const client of this.#clients.values()) client.stop();
    await Promise.all(this.#threads.map((thread) => thread.close()));
    this.store.close();
  }

  #makeThread(thread: number): ThreadHost {
    const { config, threads, tell } = this.#options;
    let startsFailed = 0;
    return new ThreadHost({ ...threads, worker: config.name, concurrency: config.concurrency }, this.store, {
      ready: () => {
        startsFailed = 0;
        tell({ type: "threadReady", thread });
      },
      done: (batch) => {
        tell({ type: "done", thread, batch });
        this.#observeIfMuch();
      },
      failed: (runs) => tell({ type: "failed", thread, runs }),
      broken: (runs, unstarted) => tell({ type: "valuesBroken", runs, unstarted }),
      unstarted: (runs) => tell({ type: "unstarted", runs }),
      seceded: (run) => tell({ type: "seceded", run }),
      lost: (lost, wasReady) => {
        // What the thread's tasks have launched nobody waits for any more.
        this.#clients.get(thread)?.stop();
        this.#clients.delete(thread);
        // Nothing else will tell of it: no task was running to fail.
        if (lost.guilty.length === 0 && lost.kind !== "cancelled")
          process.stderr.write(`warn ${config.name}: ${lost.message}; it is started again\n`);
        tell({ type: "threadLost", thread, ...lost });
        if (!wasReady && ++startsFailed >= failedStarts)
          this.#options.onBroken?.(new Error(`a thread cannot start: ${lost.message}`));
        else this.#startAgain(thread);
      },
      progress: (run, finished, total) => tell({ type: "progressed", run, done: finished, total }),
      log: ({ key, level, message, fields }) => this.#options.onLog?.(key, level, message, fields),
      called: (answer) => tell({ type: "ranHere", answer }),
      clientTold: (stimulus) => {
        let client = this.#clients.get(thread);
        if (client === undefined) {
          client = this.#options.openClient((news) => this.#threads[thread]?.clientNews(news));
          this.#clients.set(thread, client);
        }
        client.tell(stimulus);
      },
    });
  }

  /** Between two ticks values may come and go faster than memory allows. */
  #observeIfMuch(): void {
    const { storedBytes, freedBytes } = this.store;
    const { memoryLimitBytes, collectFraction } = this.#options.config;
    if (storedBytes + freedBytes - this.#observedBytes > collectFraction * memoryLimitBytes)
      this.#options.tell(this.#measure());
  }

  /** At once, unless threads have been ending again and again. */
  #startAgain(thread: number): void {
    const now = performance.now();
    const recent = (this.#losses[thread] as number[]).filter((at) => now - at < lossWindowMs);
    recent.push(now);
    this.#losses[thread] = recent;
    const excess = recent.length - lossesFree;
    const wait = excess <= 0 ? 0 : backOffMs * 2 ** Math.min(excess, 7);
    const start = (): void => {
      if (!this.#closed) (this.#threads[thread] as ThreadHost).start();
    };
    if (wait === 0) start();
    else setTimeout(start, wait).unref();
  }

  #abort({ thread, run, reason }: Extract<HostInstruction, { type: "abort" }>): void {
    const host = this.#threads[thread];
    if (host?.recall(run) === true) return this.#options.tell({ type: "recalled", runs: [run], kept: [] });
    host?.abort(run, { kind: "cancelled", name: "CancelledError", message: reason });
  }

  #recall(runs: readonly number[]): void {
    const back: number[] = [];
    const kept: number[] = [];
    for (const run of runs) {
      const isBack = this.#threads.some((thread) => thread.recall(run));
      (isBack ? back : kept).push(run);
    }
    this.#options.tell({ type: "recalled", runs: back, kept });
  }

  #sendChunk(part: Extract<HostInstruction, { type: "sendChunk" }>): void {
    const { to, id, run, key, offset, length, total } = part;
    const named = key === undefined ? {} : { key };
    const send = (bytes: Uint8Array | undefined): void => {
      if (bytes === undefined) {
        this.#options.tell({ type: "valuesBroken", runs: [run], unstarted: [] });
        return this.#options.send(to, { kind: "gone", id, runs: Float64Array.of(run) });
      }
      this.#options.send(to, { kind: "chunk", id, run, ...named, offset, total, bytes });
    };
    const before = this.#sending.get(to);
    const read = (): ReturnType<ValueStore["part"]> => this.store.part(run, offset, length);
    const bytes = before === undefined ? read() : before.then(read);
    if (!(bytes instanceof Promise)) return send(bytes);
    const sending = bytes.then(send).then(() => {
      if (this.#sending.get(to) === sending) this.#sending.delete(to);
    });
    this.#sending.set(to, sending);
  }
}
