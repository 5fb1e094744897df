/**
 * The hands of a simulated worker: threads that take virtual time, and a store of bytes. It does what the real host
 * does, from the core's point of view: batches what ends, gives back what has not begun, stops what is aborted, loses
 * a thread that does not stop.
 */

import type { Gift } from "../../actors/worker/gift.js";
import type { RunRecord } from "../../actors/worker/run-record.js";
import type {
  FailedRun,
  Observed,
  ThreadLost,
  WorkerInstruction,
  WorkerStimulus,
} from "../../actors/worker/stimuli.js";
import type { RuntimeInstruction } from "../../actors/runtime/core.js";
import type { Clock } from "../../actors/runtime/clock.js";
import type { Message, WireError } from "../../protocol/messages.js";
import { ByteStore } from "./byte-store.js";
import type { Dice } from "./dice.js";
import { batchOf } from "./done-batch.js";
import { count, InvariantBroken, type Ledger } from "./ledger.js";
import type { Oracle } from "./oracle.js";
import { encodeNumber, type SimulatedTask } from "./simulated-task.js";

type HostInstruction = Exclude<WorkerInstruction, RuntimeInstruction>;

export interface ExecutorOptions {
  readonly worker: string;
  readonly threads: number;
  readonly concurrency: number;
  readonly inlineResultBytes: number;
  readonly memoryLimitBytes: number;
  /** What the incarnation before it has left. */
  readonly store?: ByteStore;
  readonly clock: Clock;
  readonly dice: Dice;
  readonly oracle: Oracle;
  readonly ledger: Ledger;
  readonly tell: (stimulus: WorkerStimulus) => void;
  readonly send: (to: string, message: Message) => void;
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

export class Executor {
  /** Short of memory, as the system says. */
  isShort = false;
  readonly #options: ExecutorOptions;
  readonly #threads: Thread[];
  readonly #jobs = new Map<number, Job>();
  readonly store: ByteStore;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.store = options.store ?? new ByteStore();
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

  observe(): Observed {
    const { memoryLimitBytes } = this.#options;
    const managedBytes = this.store.nbytes;
    return {
      type: "observed",
      running: this.running(),
      processBytes: this.isShort ? memoryLimitBytes : managedBytes,
      managedBytes,
      freedBytes: 0,
      loopDelayMs: 0,
    };
  }

  running(): number[] {
    return [...this.#jobs.values()].filter((job) => job.begun && !job.over).map((job) => job.record.run);
  }

  perform(instruction: HostInstruction): void {
    switch (instruction.type) {
      case "execute":
        return this.#execute(this.#threads[instruction.thread] as Thread, instruction.records);
      case "abort":
        return this.#abort(instruction.run);
      case "recall":
        return this.#recall(instruction.runs);
      case "putInline":
        return this.store.put(instruction.run, instruction.bytes);
      case "storeChunk": {
        const { run, offset, total, bytes } = instruction;
        return this.store.putChunk(run, offset, total, bytes);
      }
      case "drop":
        for (const run of instruction.runs) this.store.drop(run);
        return;
      case "sendChunk":
        return this.#sendChunk(instruction);
      case "runHere":
        this.#options.tell({
          type: "ranHere",
          answer: { kind: "ranOnWorker", id: instruction.id, ok: true, value: new Uint8Array(4) },
        });
        return;
      case "mayStart":
      case "spill":
      case "collect":
      // Its process sees for itself when it is to go, or to begin anew.
      case "left":
      case "startAgain":
        return;
    }
  }

  /** What the next incarnation is to offer. */
  leave(gifts: readonly Gift[]): ByteStore {
    for (const { run, bytes } of gifts) if (bytes !== undefined) this.store.put(run, bytes);
    return this.store.handOver(gifts.map(({ run }) => run));
  }

  /** A thread ends under what it runs. False when there is none that runs something. */
  loseThread(kind: "killed" | "oom"): boolean {
    const busy = this.#threads.filter((thread) => thread.isUp && thread.running.size > 0);
    if (busy.length === 0) return false;
    this.#endThread(this.#options.dice.pick(busy), kind, undefined);
    return true;
  }

  // ---- threads ------------------------------------------------------------------------------------------------

  #startThread(thread: Thread): void {
    this.#later(startMs, () => {
      thread.isUp = true;
      this.#options.tell({ type: "threadReady", thread: thread.index });
    });
  }

  #execute(thread: Thread, records: readonly RunRecord[]): void {
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
    const bytes = this.store.get(run);
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
    for (const { run, bytes } of done) if (bytes.length > inlineResultBytes) this.store.put(run, bytes);
    if (done.length > 0)
      tell({ type: "done", thread: thread.index, batch: batchOf(done, inlineResultBytes) });
    const failed = ended.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
    if (failed.length > 0) tell({ type: "failed", thread: thread.index, runs: failed });
    const unstarted = thread.unstarted.splice(0);
    if (unstarted.length > 0) tell({ type: "unstarted", runs: unstarted });
  }

  // ---- taking back and stopping -------------------------------------------------------------------------------

  #recall(runs: readonly number[]): void {
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

  #abort(run: number): void {
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

  // ---- values -------------------------------------------------------------------------------------------------

  #sendChunk(part: Extract<HostInstruction, { type: "sendChunk" }>): void {
    const { to, id, run, key, offset, length, total } = part;
    const { send } = this.#options;
    const bytes = this.store.get(run);
    if (bytes === undefined) send(to, { kind: "gone", id, runs: Float64Array.of(run) });
    else {
      const named = key === undefined ? {} : { key };
      send(to, {
        kind: "chunk",
        id,
        run,
        ...named,
        offset,
        total,
        bytes: bytes.slice(offset, offset + length),
      });
    }
  }

  #later(ms: number, run: () => void): void {
    const { clock } = this.#options;
    clock.setTimer(clock.now() + ms, run);
  }
}

function isComplete(inputs: readonly (Uint8Array | undefined)[]): inputs is readonly Uint8Array[] {
  return inputs.every((bytes) => bytes !== undefined);
}
