/**
 * The threads of a simulated worker: they take virtual time. They batch what ends, give back what has not begun, stop what
 * is aborted, and are lost when they do not stop.
 */

import type { RunRecord } from "../../actors/worker/run-record.js";
import type { FailedRun, ThreadLost, WorkerStimulus } from "../../actors/worker/stimuli.js";
import type { Clock } from "../../actors/runtime/clock.js";
import type { WireError } from "../../protocol/messages.js";
import type { ByteStore } from "./byte-store.js";
import type { Dice } from "./dice.js";
import { batchOf } from "./done-batch.js";
import { count, InvariantBroken, type Ledger } from "./ledger.js";
import type { Oracle } from "./oracle.js";
import { encodeNumber, type SimulatedTask } from "./simulated-task.js";

export interface ThreadsOptions {
  readonly worker: string;
  readonly threads: number;
  readonly concurrency: number;
  readonly inlineResultBytes: number;
  readonly clock: Clock;
  readonly dice: Dice;
  readonly oracle: Oracle;
  readonly ledger: Ledger;
  readonly tell: (stimulus: WorkerStimulus) => void;
}

interface Job {
  readonly record: RunRecord;
  readonly task: SimulatedTask;
  readonly thread: Thread;
  readonly inputRuns: readonly number[];
  /** As far as they were there when the thread was given the run; the others it makes itself, before. */
  readonly inputs: readonly (Uint8Array | undefined)[];
  begun: boolean;
  value: number;
  aborted: boolean;
  over: boolean;
}

interface Thread {
  readonly index: number;
  isUp: boolean;
  readonly queue: Job[];
  readonly running: Set<Job>;
  readonly ended: { readonly job: Job; readonly failure?: FailedRun }[];
  /** Runs that could not begin for want of what was to be made before them. */
  unstarted: number[];
  /** What its tasks have made. */
  readonly made: Map<number, Uint8Array>;
  isFlushing: boolean;
}

const startMs = 5;
const graceMs = 40;

export class SimulatedThreads {
  readonly #options: ThreadsOptions;
  readonly #store: ByteStore;
  readonly #threads: readonly Thread[];
  readonly #jobs = new Map<number, Job>();

  constructor(options: ThreadsOptions, store: ByteStore) {
    this.#options = options;
    this.#store = store;
    this.#threads = Array.from({ length: options.threads }, (_, index) => ({
      index,
      isUp: false,
      queue: [],
      running: new Set<Job>(),
      ended: [],
      unstarted: [],
      made: new Map(),
      isFlushing: false,
    }));
  }

  start(): void {
    for (const thread of this.#threads) this.#startThread(thread);
  }

  /** Runs that have begun and not ended. */
  running(): number[] {
    return [...this.#jobs.values()].filter((job) => job.begun && !job.over).map((job) => job.record.run);
  }

  /** A thread ends under what it runs. False when there is none that runs something. */
  lose(kind: "killed" | "oom"): boolean {
    const busy = this.#threads.filter((thread) => thread.isUp && thread.running.size > 0);
    if (busy.length === 0) return false;
    this.#endThread(this.#options.dice.pick(busy), kind, undefined);
    return true;
  }

  #startThread(thread: Thread): void {
    this.#later(startMs, () => {
      thread.isUp = true;
      this.#options.tell({ type: "threadReady", thread: thread.index });
    });
  }

  execute(index: number, records: readonly RunRecord[]): void {
    const thread = this.#threads[index] as Thread;
    for (const record of records) {
      const { run, key } = record;
      const task = this.#options.oracle.tasks.get(key);
      if (task === undefined)
        throw new InvariantBroken("I2", `a worker is to run ${key}, which nobody defined`, key);
      if (!thread.isUp)
        throw new InvariantBroken("I4", `run ${run} of ${key} is given to a thread that is down`, key);
      // A thread is given the inputs together with the run.
      const inputRuns: number[] = [];
      record.eachInput((input) => inputRuns.push(input));
      const earlier = new Set(record.follows ? records.map((each) => each.run) : []);
      const inputs = inputRuns.map((input, i) =>
        earlier.has(input) ? undefined : this.#inputOf(task, i, input),
      );
      const job: Job = {
        record,
        task,
        thread,
        inputRuns,
        inputs,
        begun: false,
        value: 0,
        aborted: false,
        over: false,
      };
      this.#jobs.set(run, job);
      thread.queue.push(job);
    }
    // A thread begins in a turn of its own.
    this.#later(0, () => this.#next(thread));
  }

  #inputOf(task: SimulatedTask, i: number, run: number): Uint8Array {
    const bytes = this.#store.get(run);
    if (bytes !== undefined) return bytes;
    const { worker } = this.#options;
    throw new InvariantBroken(
      "I4",
      `${task.key} starts on ${worker} without its input ${task.inputs[i]}`,
      task.key,
    );
  }

  #next(thread: Thread): void {
    while (thread.isUp && thread.running.size < this.#options.concurrency) {
      const job = thread.queue.shift();
      if (job === undefined) return;
      this.#begin(job);
    }
  }

  #begin(job: Job): void {
    const { record, task, thread, inputRuns } = job;
    const { ledger, worker } = this.#options;
    const inputs = job.inputs.map((bytes, i) => bytes ?? thread.made.get(inputRuns[i]!));
    if (!isComplete(inputs)) return this.#leaveOut(job);
    job.begun = true;
    thread.running.add(job);
    this.#checkArguments(job);
    job.value = ledger.begin(record.run, task, inputRuns, inputs, worker);
    if (task.secedes) this.#later(task.durationMs / 2, () => this.#secede(job));
    this.#later(task.durationMs, () => this.#end(job));
  }

  /** What it needs was not made here. */
  #leaveOut(job: Job): void {
    const { thread, record } = job;
    this.#jobs.delete(record.run);
    thread.unstarted.push(record.run);
    this.#flushLater(thread);
  }

  /** A task that gives up its slot lets others begin. */
  #secede(job: Job): void {
    if (job.over || job.aborted) return;
    job.thread.running.delete(job);
    this.#options.tell({ type: "seceded", run: job.record.run });
    this.#next(job.thread);
  }

  #checkArguments({ record, task }: Job): void {
    const { source, column, fn } = record;
    const args = source.args.subarray(source.argStart[column], source.argStart[column + 1]);
    const expected = task.argsAreRefs ? new Uint8Array() : encodeNumber(task.salt, 8);
    const isSame = args.length === expected.length && args.every((byte, i) => byte === expected[i]);
    if (!isSame || fn.wire.name !== task.fn)
      throw new InvariantBroken(
        "I2",
        `${task.key} is run with another task's function or arguments`,
        task.key,
      );
  }

  #end(job: Job): void {
    if (job.over) return;
    const { task, record } = job;
    const { ledger } = this.#options;
    if (task.failures > (ledger.failures.get(task.key) ?? 0)) {
      count(ledger.failures, task.key);
      this.#ended(job, {
        run: record.run,
        error: { kind: "user", name: "Error", message: `${task.key} fails` },
      });
      return;
    }
    this.#ended(job);
  }

  #ended(job: Job, failure?: FailedRun): void {
    const { thread } = job;
    job.over = true;
    thread.running.delete(job);
    thread.ended.push(failure === undefined ? { job } : { job, failure });
    if (failure === undefined) thread.made.set(job.record.run, encodeNumber(job.value, job.task.nbytes));
    this.#flushLater(thread);
    this.#next(thread);
  }

  #flushLater(thread: Thread): void {
    if (thread.isFlushing) return;
    thread.isFlushing = true;
    this.#later(this.#options.dice.next() * 2, () => this.#flush(thread));
  }

  /** What has ended since the last time goes to the core in one batch. */
  #flush(thread: Thread): void {
    thread.isFlushing = false;
    const ended = thread.ended.splice(0);
    const { tell, inlineResultBytes } = this.#options;
    for (const { job } of ended) this.#jobs.delete(job.record.run);
    const done = ended
      .filter(({ failure }) => failure === undefined)
      .map(({ job: { record, task, value } }) => {
        return { run: record.run, tookMs: task.durationMs, bytes: encodeNumber(value, task.nbytes) };
      });
    for (const { run, bytes } of done) if (bytes.length > inlineResultBytes) this.#store.put(run, bytes);
    if (done.length > 0)
      tell({ type: "done", thread: thread.index, batch: batchOf(done, inlineResultBytes) });
    const failed = ended.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    if (failed.length > 0) tell({ type: "failed", thread: thread.index, runs: failed });
    const unstarted = thread.unstarted.splice(0);
    if (unstarted.length > 0) tell({ type: "unstarted", runs: unstarted });
  }

  // ---- taking back and stopping -------------------------------------------------------------------------------

  recall(runs: readonly number[]): void {
    const back: number[] = [];
    const kept: number[] = [];
    for (const run of runs) (this.#takeOut(run) ? back : kept).push(run);
    this.#options.tell({ type: "recalled", runs: back, kept });
  }

  /** Takes a run that has not begun out of its thread's queue. */
  #takeOut(run: number): boolean {
    const job = this.#jobs.get(run);
    if (job === undefined || job.begun) return false;
    job.thread.queue.splice(job.thread.queue.indexOf(job), 1);
    this.#jobs.delete(run);
    return true;
  }

  abort(run: number): void {
    if (this.#takeOut(run)) return this.#options.tell({ type: "recalled", runs: [run], kept: [] });
    const job = this.#jobs.get(run);
    if (job === undefined || job.over || job.aborted) return;
    job.aborted = true;
    const error: WireError = { kind: "cancelled", name: "CancelledError", message: "told to stop" };
    if (!job.task.isDeaf) {
      this.#later(this.#options.dice.next() * 10, () => job.over || this.#ended(job, { run, error }));
      return;
    }
    this.#later(graceMs, () => {
      if (!job.over && job.thread.isUp) this.#endThread(job.thread, "cancelled", job);
    });
  }

  #endThread(thread: Thread, kind: ThreadLost["kind"], culprit: Job | undefined): void {
    // What had ended is told first: the host has it already.
    if (thread.ended.length + thread.unstarted.length > 0) this.#flush(thread);
    const jobs = [...this.#jobs.values()].filter((job) => job.thread === thread && !job.over);
    const begun = jobs.filter((job) => job.begun);
    const guilty = culprit === undefined ? begun.slice(0, 1) : [culprit];
    const bystanders = begun.filter((job) => !guilty.includes(job));
    const notBegun = jobs.filter((job) => !job.begun);
    for (const job of jobs) {
      job.over = true;
      this.#jobs.delete(job.record.run);
    }
    thread.isUp = false;
    thread.queue.length = 0;
    thread.running.clear();
    thread.made.clear();
    if (kind !== "cancelled") for (const job of guilty) count(this.#options.ledger.deaths, job.task.key);
    const runsOf = (some: readonly Job[]): number[] => some.map((job) => job.record.run);
    this.#options.tell({
      type: "threadLost",
      thread: thread.index,
      kind,
      message: "the thread ended",
      guilty: runsOf(guilty),
      bystanders: runsOf(bystanders),
      notBegun: runsOf(notBegun),
    });
    this.#startThread(thread);
  }

  #later(ms: number, run: () => void): void {
    const { clock } = this.#options;
    clock.setTimer(clock.now() + ms, run);
  }
}

function isComplete(inputs: readonly (Uint8Array | undefined)[]): inputs is readonly Uint8Array[] {
  return inputs.every((bytes) => bytes !== undefined);
}
