/** The worker's tables, and the few steps that every part of the worker takes on them. */

import { MachineError } from "../../errors.js";
import { runHash } from "../../protocol/digest.js";
import type { PeerMessage, WorkerToScheduler } from "../../protocol/messages.js";
import { compileMachine, illegal, step } from "../task/compile.js";
import { workerRunTable } from "../task/tables.js";
import type { WorkerConfig } from "./config.js";
import { Fetches } from "../transfer/fetches.js";
import { Servings } from "../transfer/servings.js";
import { MemoryCare } from "./memory-care.js";
import { ReadyQueue } from "./ready-queue.js";
import type { FunctionInfo, RunRecord } from "./run-record.js";
import type { FailedRun, Observed, WorkerInstruction } from "./stimuli.js";
import { Threads } from "./threads.js";
import { Unheard } from "./unheard.js";
import { Values } from "./values.js";
import { workerMachine } from "./worker.machine.js";

const life = compileMachine(workerMachine);
export const L = life.state;
export const LE = life.event;

export const S = workerRunTable.state;
export const E = workerRunTable.event;

/** A failure is reported once more when its report was lost; after this many others nobody asks any more. */
const failuresRemembered = 4_096;

const progressEveryMs = 100;

export class WorkerState {
  readonly config: WorkerConfig;
  readonly runs = new Map<number, RunRecord>();
  readonly values: Values;
  readonly queue = new ReadyQueue(S.ready);
  readonly threads: Threads;
  readonly fetches: Fetches;
  readonly servings: Servings;
  /** Functions by their number on the scheduler's link. */
  functions: FunctionInfo[] = [];
  scheduler: string | undefined;
  /** The highest run that was taken in: one up to it may have been here before. */
  newestRun = 0;
  /** Runs that failed lately, as they were reported. */
  readonly recentFailures = new Map<number, FailedRun>();
  heardAt = Number.NEGATIVE_INFINITY;
  /** As of when the threads were told how long they may start what they have. */
  leaseToldAt = Number.NEGATIVE_INFINITY;
  /** Since when it has known that no scheduler hears it. */
  aloneSince: number | undefined;
  nextBeatAt = 0;
  seq = 0;
  runDigest = 0;
  observed: Observed = {
    ...{ type: "observed", running: [], loopDelayMs: 0 },
    ...{ processBytes: 0, managedBytes: 0, freedBytes: 0 },
  };
  readonly care = new MemoryCare();
  /** The time of the stimulus in hand. */
  at = 0;
  /** State number of the worker's own life. */
  life = life.initial;

  /** Why it leaves, once it does. */
  leaving: string | undefined;
  /** The scheduler has let it go. */
  dismissed = false;

  readonly out: WorkerInstruction[] = [];
  /** Small results that the scheduler is not known to have heard of. */
  readonly unheard = new Unheard();
  readonly #failed: FailedRun[] = [];
  readonly #missing: [number, number, readonly string[]][] = [];
  readonly #copied: number[] = [];
  readonly #progress = new Map<number, readonly [number, number, number]>();
  /** When it may be passed on again. */
  #progressAt = Number.NEGATIVE_INFINITY;

  constructor(config: WorkerConfig) {
    this.config = config;
    this.values = new Values(config.recentRuns);
    for (const { run, key, nbytes } of config.gifts ?? [])
      this.values.add({ run, key, nbytes, listed: true, gift: true });
    this.threads = new Threads(config);
    this.fetches = new Fetches(config, this.out);
    this.servings = new Servings(config, this.values, this.out);
  }

  /** Moves a run along its statechart. */
  step(record: RunRecord, event: number): void {
    const next = step(workerRunTable, record.state, event);
    if (next === illegal) {
      const { states, events } = workerRunTable;
      const what = `run ${record.run} of "${record.key}" is ${states[record.state]} and got ${events[event]}`;
      throw new MachineError(workerRunTable.id, what);
    }
    record.state = next;
  }

  /** Moves the worker's own life along; an event that means nothing in this state changes nothing. */
  live(event: number): void {
    const next = step(life, this.life, event);
    if (next !== illegal) this.life = next;
  }

  add(record: RunRecord): void {
    this.runs.set(record.run, record);
    this.runDigest = (this.runDigest ^ runHash(record.run)) >>> 0;
    const { source, column } = record;
    for (let e = source.depStart[column]!; e < source.depStart[column + 1]!; e++)
      this.values.pin(source.dep[e]!);
  }

  /** The run is no longer this worker's business. Its value, if it made one, is in the books of values. */
  forget(record: RunRecord): void {
    if (!this.runs.delete(record.run)) return;
    this.runDigest = (this.runDigest ^ runHash(record.run)) >>> 0;
    const { source, column } = record;
    let dropped: number[] | undefined;
    for (let e = source.depStart[column]!; e < source.depStart[column + 1]!; e++)
      if (this.values.unpin(source.dep[e]!)) (dropped ??= []).push(source.dep[e]!);
    if (dropped !== undefined) this.out.push({ type: "drop", runs: dropped });
  }

  isLive(record: RunRecord): boolean {
    return this.runs.get(record.run) === record;
  }

  /** Inline inputs are nobody's but the runs' they came for. */
  dropIfUnlisted(run: number): void {
    if (this.values.get(run)?.listed !== false || this.values.isPinned(run)) return;
    this.values.delete(run);
    this.out.push({ type: "drop", runs: [run] });
  }

  send(to: string, message: PeerMessage): void {
    this.out.push({ type: "send", to, message });
  }

  /** Tells the scheduler; without one there is nobody to tell, and registering will say everything anew. */
  tell(message: WorkerToScheduler): void {
    if (this.scheduler !== undefined) this.out.push({ type: "send", to: this.scheduler, message });
  }

  failed(failure: FailedRun): void {
    this.#failed.push(failure);
    this.rememberFailure(failure);
  }

  rememberFailure(failure: FailedRun): void {
    this.recentFailures.set(failure.run, failure);
    if (this.recentFailures.size <= failuresRemembered) return;
    for (const oldest of this.recentFailures.keys()) {
      this.recentFailures.delete(oldest);
      return;
    }
  }

  /** An input cannot be had: the run goes back to the scheduler, which knows what to do. */
  reportMissing(record: RunRecord, input: number, asked: readonly string[]): void {
    this.#missing.push([record.run, input, asked]);
    if (record.occupies) this.threads.vacate(record);
    this.step(record, E.INPUT_GONE);
    this.forget(record);
    this.inputWillNotCome(record.run);
  }

  /** Successors that were sent ahead of a run which made no value go back. */
  inputWillNotCome(run: number): void {
    const doomed = [...this.values.giveUp(run)];
    for (const record of doomed) if (this.isWaiting(record)) this.reportMissing(record, run, []);
  }

  /** Whether the run is here and can do nothing before its inputs are. */
  isWaiting(record: RunRecord): boolean {
    const { state } = record;
    return this.isLive(record) && (state === S.waiting || state === S.fetching || state === S.chained);
  }

  /** Only the latest word of each run is passed on, and not at once. */
  progressed(run: number, done: number, total: number): void {
    if (this.runs.has(run)) this.#progress.set(run, [run, done, total]);
  }

  #flushProgress(): void {
    if (this.#progress.size === 0 || this.at < this.#progressAt) return;
    this.#progressAt = this.at + progressEveryMs;
    this.tell({ kind: "progressed", runs: [...this.#progress.values()] });
    this.#progress.clear();
  }

  copied(run: number): void {
    this.#copied.push(run);
  }

  /** Turns what was gathered in this turn into one message a kind. */
  flushReports(): void {
    this.#flushProgress();
    if (this.#failed.length > 0) this.tell({ kind: "failed", runs: this.#failed.splice(0) });
    if (this.#missing.length > 0) this.tell({ kind: "missing", runs: this.#missing.splice(0) });
    if (this.#copied.length > 0) {
      this.tell({
        kind: "copies",
        added: Float64Array.from(this.#copied.splice(0)),
        dropped: new Float64Array(),
      });
    }
  }
}
