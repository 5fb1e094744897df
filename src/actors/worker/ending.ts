/** Starting runs, and what follows when they finish, fail, or lose their thread. */

import type { WireError } from "../../protocol/messages.js";
import { valueArrived } from "./intake.js";
import type { RunRecord } from "./run-record.js";
import { E, L, LE, S, type WorkerState } from "./state.js";
import type { DoneBatch, FailedRun, ThreadLost } from "./stimuli.js";

/** Threads are told of a longer lease only when it is longer by this. */
const leaseStepMs = 250;

/**
 * The scheduler has heard this worker at `sinceMs` or later, and will not give it up before it has missed it for
 * longer than the lease. What the scheduler has said is no such proof: after a standstill of this process, all that
 * was said meanwhile is still there to be read, the work since given away included.
 */
export function confirmed(state: WorkerState, sinceMs: number): void {
  const { startLeaseMs } = state.config;
  state.heardAt = Math.max(state.heardAt, sinceMs);
  state.unheard.heard(state.heardAt);
  if (state.at - state.heardAt > startLeaseMs) return;
  state.live(LE.SCHEDULER_HEARD);
  if (state.heardAt < state.leaseToldAt + leaseStepMs) return;
  state.leaseToldAt = state.heardAt;
  state.out.push({ type: "mayStart", untilMs: state.heardAt + startLeaseMs });
}

/** Hands ready runs to threads that have room. */
export function startRuns(state: WorkerState): void {
  if (state.queue.size === 0) return;
  // A worker whose scheduler does not hear it may have been given up: it finishes, and starts nothing.
  if (state.at - state.heardAt > state.config.startLeaseMs) state.live(LE.SCHEDULER_SILENT);
  if (state.life !== L.running) return;
  const batches = state.threads.fill(state.queue, {
    start: (record) => mayStart(state, record),
    followers: (record) => followersOf(state, record),
    chain: (record) => state.step(record, E.CHAIN),
  });
  for (const [thread, records] of batches) state.out.push({ type: "execute", thread, records });
}

function mayStart(state: WorkerState, record: RunRecord): boolean {
  const lost = firstLost(state, record);
  if (lost === undefined) {
    state.step(record, E.START);
    return true;
  }
  state.step(record, E.INPUT_GONE);
  state.reportMissing(record, lost, []);
  return false;
}

function firstLost({ values }: WorkerState, { source, column }: RunRecord): number | undefined {
  for (let e = source.depStart[column]!; e < source.depStart[column + 1]!; e++)
    if (!values.has(source.dep[e]!)) return source.dep[e];
  return undefined;
}

/**
 * Runs that lack nothing but the value of this one. Runs with wishes of their own are no part of chains: a time limit,
 * for one, ends what would follow, too.
 */
function followersOf(state: WorkerState, record: RunRecord): readonly RunRecord[] {
  if (record.options !== undefined) return [];
  const waiters = state.values.waiters(record.run);
  if (waiters.length === 0) return waiters;
  return waiters.filter(
    (each) => each.state === S.waiting && each.missing === 1 && each.options === undefined,
  );
}

export function runsDone(state: WorkerState, batch: DoneBatch): void {
  const known = onlyKnown(state, batch);
  const records: RunRecord[] = [];
  for (let i = 0; i < known.run.length; i++) {
    const run = known.run[i] as number;
    const record = state.runs.get(run) as RunRecord;
    const { fn } = record;
    records.push(record);
    const tookMs = known.tookMs[i] as number;
    state.threads.vacate(record);
    fn.meanMs = fn.meanMs === undefined ? tookMs : (fn.meanMs + tookMs) / 2;
    state.step(record, E.FINISH);
    state.forget(record);
    const start = known.inlineStart[i] as number;
    const end = known.inlineStart[i + 1] as number;
    if (end === start) valueArrived(state, run, record.key, known.nbytes[i] as number, true);
    else if (state.values.isPinned(run)) {
      state.out.push({ type: "putInline", run, bytes: known.inline.subarray(start, end) });
      valueArrived(state, run, record.key, end - start, false);
    }
  }
  if (known.run.length === 0) return;
  state.values.remember(known);
  if (known.inline.length > 0) state.unheard.add({ at: state.at, batch: known, records });
  state.tell({ kind: "done", ...known });
}

function areAllKnown({ runs }: WorkerState, batch: Float64Array): boolean {
  for (let i = 0; i < batch.length; i++) if (!runs.has(batch[i]!)) return false;
  return true;
}

/** The batch as it is, or without runs that were given up here already. */
function onlyKnown(state: WorkerState, batch: DoneBatch): DoneBatch {
  if (areAllKnown(state, batch.run)) return batch;
  const keep = [...batch.run.keys()].filter((i) => state.runs.has(batch.run[i] as number));
  const rows = keep.map((i) => batch.inline.subarray(batch.inlineStart[i], batch.inlineStart[i + 1]));
  const inlineStart = new Uint32Array(keep.length + 1);
  for (const [i, row] of rows.entries()) inlineStart[i + 1] = (inlineStart[i] as number) + row.length;
  const inline = new Uint8Array(inlineStart[keep.length] as number);
  for (const [i, row] of rows.entries()) inline.set(row, inlineStart[i]);
  return {
    run: Float64Array.from(keep, (i) => batch.run[i] as number),
    nbytes: Float64Array.from(keep, (i) => batch.nbytes[i] as number),
    tookMs: Float32Array.from(keep, (i) => batch.tookMs[i] as number),
    inlineStart,
    inline,
  };
}

/** Told when a run that was stopped is asked for once more: the task needs another run. */
const stopped: WireError = {
  kind: "lost",
  name: "RunStopped",
  message: "it was stopped before it had ended",
};

/** A run has failed, or has stopped because it was told to, which is nobody's news. */
export function runEnded(state: WorkerState, failure: FailedRun): void {
  const record = state.runs.get(failure.run);
  if (record === undefined) return;
  state.threads.vacate(record);
  if (record.state !== S.cancelled) state.failed(failure);
  else state.rememberFailure({ run: record.run, error: stopped });
  state.step(record, E.FAIL);
  state.forget(record);
  state.inputWillNotCome(record.run);
}

export function runSeceded(state: WorkerState, run: number): void {
  const record = state.runs.get(run);
  if (record?.state !== S.running) return;
  state.threads.vacate(record);
  state.step(record, E.SECEDE);
  state.tell({ kind: "seceded", runs: Float64Array.of(run) });
}

/** A thread is gone: who brought it down fails, who ran beside is lost, who had not begun starts elsewhere. */
export function threadLost(state: WorkerState, lost: ThreadLost): void {
  state.threads.lost(lost.thread);
  const error = { kind: lost.kind, name: "ThreadLostError", message: lost.message };
  for (const run of lost.guilty) runEnded(state, { run, error });
  for (const run of lost.bystanders) {
    runEnded(state, { run, error: { ...error, kind: "lost", message: `its thread ended: ${lost.message}` } });
  }
  for (const run of lost.notBegun) unstart(state, run);
}

export function runsUnstarted(state: WorkerState, runs: readonly number[]): void {
  for (const run of runs) unstart(state, run);
}

/** It was in a thread's queue, and has not begun: it waits for another turn. */
function unstart(state: WorkerState, run: number): void {
  const record = state.runs.get(run);
  if (record === undefined) return;
  state.threads.vacate(record);
  if (record.state === S.cancelled) {
    state.step(record, E.HAND_BACK);
    state.forget(record);
    state.inputWillNotCome(run);
  } else {
    record.follows = false;
    state.step(record, E.UNSTARTED);
    if (record.state === S.ready) state.queue.push(record);
  }
}

/** Values turned out to be broken where they lay: they are as good as lost, and `unstarted` runs needed them. */
export function valuesBroken(
  state: WorkerState,
  runs: readonly number[],
  unstarted: readonly number[],
): void {
  const dropped = runs.filter((run) => state.values.delete(run));
  if (dropped.length > 0) {
    state.out.push({ type: "drop", runs: dropped });
    state.tell({ kind: "copies", added: new Float64Array(), dropped: Float64Array.from(dropped) });
  }
  for (const run of unstarted) unstart(state, run);
}
