/**
 * One executor thread, seen from the IO thread: gives it work, hears what became of it, takes back what it has not
 * begun, stops what will not stop, and starts a new thread when this one is gone.
 *
 * The host always knows what runs (thread-runs.ts), so a thread that ends, for whatever reason, costs the runs it had
 * begun and nothing else. What must end by when is kept by deadlines.ts.
 */

import type { MessagePort, Worker } from "node:worker_threads";
import type { ClientNews, ClientStimulus } from "../../actors/client/stimuli.js";
import type { RunRecord } from "../../actors/worker/run-record.js";
import type { DoneBatch, FailedRun, ThreadLost } from "../../actors/worker/stimuli.js";
import type { RanOnWorker, WireError, WireFunction } from "../../protocol/messages.js";
import type { ValueStore } from "../values/store.js";
import { Deadlines } from "./deadlines.js";
import type { Ended, FromThread, ToThread } from "./messages.js";
import { print } from "./printing.js";
import { standingClockMs } from "./slots.js";
import { startThread, type ThreadEnd, type ThreadOptions } from "./start-thread.js";
import { ThreadRuns } from "./thread-runs.js";
import { wholeRows } from "./whole-rows.js";
import { WorkBuilder, type Inputs } from "./work-builder.js";

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

/** So many values to forget are told without waiting for work to tell them with. */
const manyForgotten = 1_024;

export class ThreadHost {
  readonly #options: ThreadOptions;
  readonly #events: ThreadEvents;
  readonly #store: ValueStore;
  #worker: Worker | undefined;
  #port: MessagePort | undefined;
  #runs = new ThreadRuns(Infinity);
  readonly #deadlines: Deadlines;
  #builder = new WorkBuilder();
  /** Runs whose values the thread is to be told to forget. */
  #forgotten: number[] = [];
  /** Why it is being ended, if it is. */
  #ending: ThreadEnd | undefined;
  #closed = false;
  #isReady = false;

  constructor(options: ThreadOptions, store: ValueStore, events: ThreadEvents) {
    this.#options = options;
    this.#store = store;
    this.#events = events;
    this.#deadlines = new Deadlines(options.cancelGraceMs, {
      tellToStop: (slot, reason) => this.#tell({ type: "abort", slot, reason }),
      hasNotStopped: () =>
        this.#end({ kind: "cancelled", message: "a task did not stop when it was told to" }),
    });
    this.start();
  }

  /** Starts the thread. After a loss the owner decides when. */
  start(): void {
    if (this.#closed) return;
    this.#isReady = false;
    this.#builder = new WorkBuilder();
    const { worker, port } = startThread(
      this.#options,
      this.#runs.slots,
      (message) => this.#hear(message),
      (gone, end) => this.#gone(gone, end),
    );
    this.#worker = worker;
    this.#port = port;
  }

  execute(records: readonly RunRecord[]): void {
    const slots = this.#runs.add(records);
    const inputs = this.#builder.inputs(records, this.#store);
    if (inputs instanceof Promise) void inputs.then((all) => this.#send(records, slots, all));
    else this.#send(records, slots, inputs);
    this.#deadlines.added(this.#runs, slots);
  }

  #send(records: readonly RunRecord[], slots: Uint32Array, inputs: Inputs): void {
    const broken: number[] = [];
    for (const [run, bytes] of inputs) if (bytes === undefined) broken.push(run);
    if (broken.length === 0) return this.#tellWork(records, slots, inputs);
    const whole = wholeRows(records, slots, inputs);
    if (whole.sent.length > 0) this.#tellWork(whole.sent, whole.slots, whole.inputs);
    this.#events.broken(
      broken,
      Array.from(whole.unsent, (slot) => this.#release(slot)),
    );
  }

  #tellWork(records: readonly RunRecord[], slots: Uint32Array, inputs: Inputs): void {
    this.#tell(this.#builder.work(records, slots, inputs, this.#takeForgotten()));
  }

  /** What is in its queue is not begun later than that, until it is told another time; as of `performance.now()`. */
  mayStartUntil(atMs: number): void {
    this.#runs.slots.lease[0] = standingClockMs() + (atMs - performance.now());
  }

  /** Takes back what the thread has not begun. */
  recall(run: number): boolean {
    const slot = this.#runs.slotOf(run);
    if (slot === undefined || !this.#runs.takeBack(slot)) return false;
    this.#deadlines.takenBack(slot);
    return true;
  }

  /** Tells a run to stop, and ends the thread if it has not within the grace. */
  abort(run: number, error: WireError): void {
    const slot = this.#runs.slotOf(run);
    if (slot === undefined) return;
    this.#deadlines.stop(slot, error);
    this.#deadlines.watch(this.#runs);
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

  /** What it has been told to forget goes with the garbage. */
  collect(urgent: boolean): void {
    this.tellForgotten();
    this.#tell({ type: "collect", urgent });
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
    return this.#runs.running();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#deadlines.clear();
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
        const run = this.#runs.at(message.slot)?.run;
        if (run !== undefined) this.#events.seceded(run);
        return;
      }
      case "progress": {
        const run = this.#runs.at(message.slot)?.run;
        if (run !== undefined) this.#events.progress(run, message.done, message.total);
        return;
      }
      case "log":
        return this.#events.log(message);
      case "printed":
        return print(message);
      case "client":
        return this.#events.clientTold(message.stimulus);
      case "called": {
        const { type: _, ...answer } = message;
        return this.#events.called({ kind: "ranOnWorker", ...answer });
      }
    }
  }

  #ended({ slot: slots, nbytes, tookMs, inlineStart, inline, ...others }: Ended): void {
    this.#runs.passedOver(others.passedOver);
    for (const [slot, bytes] of others.large) {
      const record = this.#runs.at(slot);
      if (record !== undefined) this.#store.put(record.run, bytes);
    }
    const run = new Float64Array(slots.length);
    const failed: FailedRun[] = [];
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as number;
      const late = this.#deadlines.whyStopped(slot);
      run[i] = this.#release(slot);
      // It did return, but after its time was up.
      if (late?.kind === "timeout") {
        failed.push({ run: run[i] as number, error: late });
        this.#store.drop(run[i] as number);
      }
    }
    for (const { slot, error, ...part } of others.failed) {
      const stopped = this.#deadlines.whyStopped(slot);
      failed.push({ run: this.#release(slot), error: stopped ?? error, ...part });
    }
    // Failures first: what the core has then forgotten, it passes over among the finished.
    if (failed.length > 0) this.#events.failed(failed);
    if (run.length > 0) this.#events.done({ run, nbytes, tookMs, inlineStart, inline });
    if (others.unstarted.length > 0)
      this.#events.unstarted(others.unstarted.map((slot) => this.#release(slot)));
  }

  /** The run of a slot, whose slot is free again. */
  #release(slot: number): number {
    this.#deadlines.ended(slot);
    return this.#runs.release(slot);
  }

  #end(ending: ThreadEnd): void {
    this.#ending = ending;
    void this.#worker?.terminate();
  }

  #gone(worker: Worker, end: ThreadEnd): void {
    if (worker !== this.#worker || this.#closed) return;
    this.#worker = undefined;
    this.#port?.close();
    this.#port = undefined;
    const stopped = this.#takeStopped();
    // Whoever was ended by the host is not to blame for it.
    const lost = { ...(this.#ending ?? end), ...this.#runs.account(this.#ending === undefined) };
    this.#runs = new ThreadRuns(this.#runs.slots.lease[0] ?? Infinity);
    this.#ending = undefined;
    if (stopped.length > 0) this.#events.failed(stopped);
    this.#events.lost(lost, this.#isReady);
  }

  /** Runs that were told to stop end with what they were told, however the thread ended. */
  #takeStopped(): FailedRun[] {
    const stopped: FailedRun[] = [];
    for (const [slot, error] of this.#deadlines.clear()) {
      const run = this.#runs.at(slot)?.run;
      if (run === undefined) continue;
      stopped.push({ run, error });
      this.#runs.drop(slot);
    }
    return stopped;
  }
}
