/**
 * One executor thread, seen from the IO thread: gives it work, hears what became of it, takes back what it has not
 * begun, stops what will not stop, and starts a new thread when this one is gone.
 *
 * The host always knows what runs (src/executor/threads/slots.ts), so a thread that ends, for whatever reason, costs
 * the runs it had begun and nothing else.
 */

import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import type { ClientNews, ClientStimulus } from "../../actors/client/stimuli.js";
import type { RunRecord } from "../../actors/worker/run-record.js";
import type { DoneBatch, FailedRun, ThreadLost } from "../../actors/worker/stimuli.js";
import type { ErrorKind, RanOnWorker, WireError, WireFunction } from "../../protocol/messages.js";
import type { FunctionSettings } from "../functions/policy.js";
import type { ValueStore } from "../values/store.js";
import type { Ended, FromThread, ThreadSetup, ToThread } from "./messages.js";
import { print } from "./printing.js";
import {
  begun,
  claim,
  makeSlots,
  queued,
  sharedNowMs,
  slotCount,
  standingClockMs,
  takenBack,
  type SharedSlots,
} from "./slots.js";
import { WorkBuilder } from "./work-builder.js";

export interface ThreadEvents {
  ready(): void;
  done(batch: DoneBatch): void;
  failed(runs: readonly FailedRun[]): void;
  /** They had not begun when it turned out that an input was not made in the thread. */
  unstarted(runs: readonly number[]): void;
  seceded(run: number): void;
  /** Inputs that could not be read back, and the runs that have not begun for want of them. */
  broken(values: readonly number[], unstarted: readonly number[]): void;
  /** @param wasReady whether it ever got as far as to take work. */
  lost(lost: Omit<ThreadLost, "type" | "thread">, wasReady: boolean): void;
  progress(run: number, done: number, total: number): void;
  log(entry: Extract<FromThread, { type: "log" }>): void;
  called(answer: RanOnWorker): void;
  /** The client of the thread's tasks has something to say. */
  clientTold(stimulus: ClientStimulus): void;
}

/** What a new thread runs. */
export interface ThreadProgram {
  readonly code: string | URL;
  readonly eval: boolean;
}

export interface ThreadOptions {
  readonly program: ThreadProgram;
  readonly worker: string;
  readonly concurrency: number;
  readonly inlineResultBytes: number;
  readonly cacheBytes: number;
  readonly cancelGraceMs: number;
  /** The thread's own heap; going beyond costs the thread, not the process. */
  readonly heapLimitMb: number | undefined;
  readonly functions: FunctionSettings;
}

/** A run that is to stop: what it then fails with, and when the thread is ended if it has not. */
interface Stopping {
  readonly error: WireError;
  readonly deadline: number;
}

/** What the thread has beyond the grace to give up an asynchronous task by itself. */
const answerMs = 200;

/** So many values to forget are told without waiting for work to tell them with. */
const manyForgotten = 1_024;

export class ThreadHost {
  readonly #options: ThreadOptions;
  readonly #events: ThreadEvents;
  readonly #store: ValueStore;
  #worker: Worker | undefined;
  #port: MessagePort | undefined;
  #slots: SharedSlots = makeSlots();
  #builder = new WorkBuilder();
  #free: number[] = [];
  readonly #records = new Map<number, RunRecord>();
  readonly #slotOf = new Map<number, number>();
  readonly #stopping = new Map<number, Stopping>();
  /** Slots whose time limit is being watched. */
  readonly #timed = new Set<number>();
  /** Runs whose values the thread is to be told to forget. */
  #forgotten: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ending: { readonly kind: ErrorKind; readonly message: string } | undefined;
  #closed = false;
  #isReady = false;

  constructor(options: ThreadOptions, store: ValueStore, events: ThreadEvents) {
    this.#options = options;
    this.#store = store;
    this.#events = events;
    this.start();
  }

  /** Starts the thread. After a loss the owner decides when. */
  start(): void {
    if (this.#closed) return;
    this.#isReady = false;
    const { port1, port2 } = new MessageChannel();
    const [lease = Infinity] = this.#slots.lease;
    this.#slots = makeSlots();
    this.#slots.lease[0] = lease;
    this.#builder = new WorkBuilder();
    this.#free = Array.from({ length: slotCount }, (_, i) => slotCount - 1 - i);
    const setup: ThreadSetup = {
      slots: this.#slots.state.buffer as SharedArrayBuffer,
      startedAt: this.#slots.startedAt.buffer as SharedArrayBuffer,
      lease: this.#slots.lease.buffer as SharedArrayBuffer,
      inlineResultBytes: this.#options.inlineResultBytes,
      concurrency: this.#options.concurrency,
      cacheBytes: this.#options.cacheBytes,
      cancelGraceMs: this.#options.cancelGraceMs,
      worker: this.#options.worker,
      functions: this.#options.functions,
    };
    const { program } = this.#options;
    const worker = new Worker(program.code, {
      eval: program.eval,
      workerData: { port: port2, setup },
      transferList: [port2],
      name: this.#options.worker,
      // Tasks see the arguments of the program they belong to.
      argv: process.argv.slice(2),
      ...(this.#options.heapLimitMb === undefined
        ? {}
        : { resourceLimits: { maxOldGenerationSizeMb: this.#options.heapLimitMb } }),
    });
    this.#worker = worker;
    this.#port = port1;
    port1.on("message", (message: FromThread) => this.#hear(message));
    let failure: Error | undefined;
    worker.on("error", (error: Error) => (failure = error));
    worker.on("exit", (code) => {
      // What was posted before the end is still read.
      setImmediate(() => this.#gone(worker, failure, code));
    });
    // An idle cluster must not keep a finished script alive; whoever waits for results holds the process.
    worker.unref();
    port1.unref();
  }

  execute(records: readonly RunRecord[]): void {
    const slots = new Uint32Array(records.length);
    for (const [i, record] of records.entries()) {
      const slot = this.#free.pop() as number;
      slots[i] = slot;
      Atomics.store(this.#slots.state, slot, queued);
      this.#records.set(slot, record);
      this.#slotOf.set(record.run, slot);
      if (record.options?.timeoutMs !== undefined) this.#timed.add(slot);
    }
    const values = this.#builder.inputs(records, (run) => this.#store.get(run));
    if (values instanceof Promise) void values.then((all) => this.#send(records, slots, all));
    else this.#send(records, slots, values);
    if (this.#timed.size > 0) this.#watch();
  }

  #send(
    records: readonly RunRecord[],
    slots: Uint32Array,
    values: ReadonlyMap<number, Uint8Array | undefined>,
  ): void {
    const broken = [...values].filter(([, bytes]) => bytes === undefined).map(([run]) => run);
    if (broken.length === 0) this.#tell(this.#builder.work(records, slots, values, this.#takeForgotten()));
    else this.#sendWhole(records, slots, values, broken);
  }

  /** Only the runs whose inputs are all there. */
  #sendWhole(
    records: readonly RunRecord[],
    slots: Uint32Array,
    values: ReadonlyMap<number, Uint8Array | undefined>,
    broken: readonly number[],
  ): void {
    const made = new Set<number>();
    const isWhole = (record: RunRecord): boolean => {
      let whole = true;
      record.eachInput((input) => (whole &&= values.get(input) !== undefined || made.has(input)));
      if (whole) made.add(record.run);
      return whole;
    };
    const whole = records.map(isWhole);
    const unstarted = records.filter((_, i) => whole[i] === false);
    for (const { run } of unstarted) this.#release(this.#slotOf.get(run) as number);
    const good = new Map([...values].filter(([, bytes]) => bytes !== undefined));
    const sent = records.filter((_, i) => whole[i] === true);
    const places = slots.filter((_, i) => whole[i] === true);
    if (sent.length > 0) this.#tell(this.#builder.work(sent, places, good, this.#takeForgotten()));
    this.#events.broken(
      broken,
      unstarted.map(({ run }) => run),
    );
  }

  /** What is in its queue is not begun later than that, until it is told another time; as of `performance.now()`. */
  mayStartUntil(atMs: number): void {
    this.#slots.lease[0] = standingClockMs() + (atMs - performance.now());
  }

  /** Takes back what the thread has not begun. */
  recall(run: number): boolean {
    const slot = this.#slotOf.get(run);
    if (slot === undefined || !claim(this.#slots, slot, takenBack)) return false;
    this.#records.delete(slot);
    this.#slotOf.delete(run);
    this.#timed.delete(slot);
    // The slot stays taken until the thread has passed over it.
    return true;
  }

  /** Tells a run to stop, and ends the thread if it has not within the grace. */
  abort(run: number, error: WireError): void {
    const slot = this.#slotOf.get(run);
    if (slot === undefined) return;
    this.#stop(slot, error);
    this.#watch();
  }

  #stop(slot: number, error: WireError): void {
    if (this.#stopping.has(slot)) return;
    this.#stopping.set(slot, { error, deadline: sharedNowMs() + this.#options.cancelGraceMs + answerMs });
    this.#tell({ type: "abort", slot, reason: error.message });
  }

  /** Passes on what the client of the thread's tasks is to know. */
  clientNews(news: ClientNews): void {
    this.#tell({ type: "news", news });
  }

  /** The thread need not keep these values any more. It is told with its next work, or when it has been some. */
  forget(runs: readonly number[]): void {
    for (const run of runs) this.#forgotten.push(run);
    if (this.#forgotten.length >= manyForgotten) this.tellForgotten();
  }

  /** Tells now, for there may not be more work for long. */
  tellForgotten(): void {
    if (this.#forgotten.length > 0) this.#tell({ type: "forget", runs: this.#takeForgotten() });
  }

  #takeForgotten(): Float64Array {
    const runs = Float64Array.from(this.#forgotten);
    this.#forgotten = [];
    return runs;
  }

  call(id: number, fn: WireFunction, args: Uint8Array): void {
    this.#tell({ type: "call", id, fn, args });
  }

  /** The runs whose functions are executing now. */
  running(): number[] {
    const runs: number[] = [];
    for (const [slot, record] of this.#records) {
      if (Atomics.load(this.#slots.state, slot) === begun) runs.push(record.run);
    }
    return runs;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#port?.close();
    await this.#worker?.terminate();
  }

  #tell(message: ToThread): void {
    this.#port?.postMessage(message);
  }

  #hear(message: FromThread): void {
    switch (message.type) {
      case "ready":
        this.#isReady = true;
        return this.#events.ready();
      case "ended":
        return this.#ended(message);
      case "seceded": {
        const record = this.#records.get(message.slot);
        if (record !== undefined) this.#events.seceded(record.run);
        return;
      }
      case "progress": {
        const record = this.#records.get(message.slot);
        if (record !== undefined) this.#events.progress(record.run, message.done, message.total);
        return;
      }
      case "log":
        return this.#events.log(message);
      case "printed":
        return print(message);
      case "client":
        return this.#events.clientTold(message.stimulus);
      case "called": {
        const { id, ok, value, error } = message;
        return this.#events.called({
          kind: "ranOnWorker",
          id,
          ok,
          ...(value === undefined ? {} : { value }),
          ...(error === undefined ? {} : { error }),
        });
      }
    }
  }

  #ended(message: Ended): void {
    this.#free.push(...message.passedOver);
    for (const [slot, bytes] of message.large) {
      const record = this.#records.get(slot);
      if (record !== undefined) this.#store.put(record.run, bytes);
    }
    const { slot: slots, nbytes, tookMs, inlineStart, inline } = message;
    const run = new Float64Array(slots.length);
    const failed: FailedRun[] = [];
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as number;
      const late = this.#stopping.get(slot)?.error;
      run[i] = this.#release(slot);
      // It did return, but after its time was up.
      if (late?.kind === "timeout") {
        failed.push({ run: run[i] as number, error: late });
        this.#store.drop(run[i] as number);
      }
    }
    for (const { slot, error, part } of message.failed) {
      const stopped = this.#stopping.get(slot)?.error;
      failed.push({
        run: this.#release(slot),
        error: stopped ?? error,
        ...(part === undefined ? {} : { part }),
      });
    }
    // Failures first: what the core has then forgotten, it passes over among the finished.
    if (failed.length > 0) this.#events.failed(failed);
    if (run.length > 0) this.#events.done({ run, nbytes, tookMs, inlineStart, inline });
    if (message.unstarted.length > 0)
      this.#events.unstarted(message.unstarted.map((slot) => this.#release(slot)));
  }

  /** The run of a slot, whose slot is free again. */
  #release(slot: number): number {
    const record = this.#records.get(slot);
    this.#stopping.delete(slot);
    this.#timed.delete(slot);
    this.#free.push(slot);
    if (record === undefined) return Number.NaN;
    this.#records.delete(slot);
    this.#slotOf.delete(record.run);
    return record.run;
  }

  /** Looks after time limits and graces, with one timer for the earliest of them. */
  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = sharedNowMs();
    let next = Number.POSITIVE_INFINITY;
    for (const slot of this.#timed) {
      const limit = this.#records.get(slot)?.options?.timeoutMs as number;
      const started = Atomics.load(this.#slots.state, slot) === begun;
      const left = started ? (this.#slots.startedAt[slot] as number) + limit - now : limit;
      if (left > 0) next = Math.min(next, left);
      else {
        this.#timed.delete(slot);
        this.#stop(slot, timedOut(limit));
      }
    }
    for (const { deadline } of this.#stopping.values()) {
      if (deadline <= now) return this.#end("cancelled", "a task did not stop when it was told to");
      next = Math.min(next, deadline - now);
    }
    if (next < Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#watch(), Math.max(1, next));
  }

  #end(kind: ErrorKind, message: string): void {
    this.#ending = { kind, message };
    void this.#worker?.terminate();
  }

  #gone(worker: Worker, failure: Error | undefined, code: number): void {
    if (worker !== this.#worker || this.#closed) return;
    this.#worker = undefined;
    this.#port?.close();
    this.#port = undefined;
    clearTimeout(this.#timer);
    const stopped = this.#takeStopped();
    const lost = this.#account(failure, code);
    this.#records.clear();
    this.#slotOf.clear();
    this.#timed.clear();
    this.#ending = undefined;
    if (stopped.length > 0) this.#events.failed(stopped);
    this.#events.lost(lost, this.#isReady);
  }

  /** Runs that were told to stop end with what they were told, however the thread ended. */
  #takeStopped(): FailedRun[] {
    const stopped: FailedRun[] = [];
    for (const [slot, { error }] of this.#stopping) {
      const record = this.#records.get(slot);
      if (record === undefined) continue;
      stopped.push({ run: record.run, error });
      this.#records.delete(slot);
    }
    this.#stopping.clear();
    return stopped;
  }

  #account(failure: Error | undefined, code: number): Omit<ThreadLost, "type" | "thread"> {
    const guilty: number[] = [];
    const bystanders: number[] = [];
    const notBegun: number[] = [];
    for (const [slot, record] of this.#records) {
      const state = Atomics.load(this.#slots.state, slot);
      if (state === queued) notBegun.push(record.run);
      else if (state === begun && this.#ending === undefined) guilty.push(record.run);
      else bystanders.push(record.run);
    }
    return { ...(this.#ending ?? describeEnd(failure, code)), guilty, bystanders, notBegun };
  }
}

function timedOut(timeoutMs: number): WireError {
  const message = `it ran longer than its timeoutMs of ${timeoutMs} ms`;
  return {
    kind: "timeout",
    name: "TaskTimeoutError",
    code: "ERR_TASK_TIMEOUT",
    message,
    details: { timeoutMs },
  };
}

function describeEnd(
  failure: Error | undefined,
  code: number,
): { readonly kind: ErrorKind; readonly message: string } {
  if ((failure as { code?: string } | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return { kind: "oom", message: "the thread ran out of heap" };
  }
  if (failure !== undefined)
    return { kind: "killed", message: `the thread was brought down by ${String(failure)}` };
  return { kind: "killed", message: `the thread ended with exit code ${code}` };
}
