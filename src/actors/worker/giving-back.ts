/** Runs and values leaving the worker before their time: cancelled, stolen, freed, or handed back on leaving. */

import { E, L, LE, S, type WorkerState } from "./state.js";

/** Stops a run if it runs, and forgets it if it has not begun. */
export function cancelRun(state: WorkerState, run: number, reason: string): void {
  const record = state.runs.get(run);
  if (record === undefined || record.state === S.cancelled) return;
  const { thread } = record;
  const before = record.state;
  state.step(record, E.CANCEL);
  if (before === S.running || before === S.longRunning || before === S.chained) {
    state.out.push({ type: "abort", thread, run, reason });
    return;
  }
  if (before === S.ready) state.queue.removed();
  state.forget(record);
  state.inputWillNotCome(run);
}

/** Gives back those that have not begun. Runs handed to a thread are asked of the thread first. */
export function giveBack(state: WorkerState, runs: Iterable<number>): void {
  const given: number[] = [];
  const kept: number[] = [];
  const inThread: number[] = [];
  for (const run of runs) {
    const record = state.runs.get(run);
    if (record === undefined || record.state === S.longRunning || record.state === S.cancelled)
      kept.push(run);
    else if (record.state === S.running || record.state === S.chained) inThread.push(run);
    else {
      if (record.state === S.ready) state.queue.removed();
      handOver(state, run, given);
    }
  }
  if (inThread.length > 0) state.out.push({ type: "recall", runs: inThread });
  tellHandedBack(state, given, kept);
}

/** A thread has answered: these had not begun, those had. */
export function recalled(state: WorkerState, runs: readonly number[], kept: readonly number[]): void {
  const given: number[] = [];
  for (const run of runs) {
    const record = state.runs.get(run);
    if (record === undefined) continue;
    state.threads.vacate(record);
    const wasCancelled = record.state === S.cancelled;
    handOver(state, run, wasCancelled ? [] : given);
  }
  tellHandedBack(state, given, kept);
}

function handOver(state: WorkerState, run: number, given: number[]): void {
  const record = state.runs.get(run);
  if (record === undefined) return;
  state.step(record, E.HAND_BACK);
  state.forget(record);
  given.push(run);
  state.inputWillNotCome(run);
}

function tellHandedBack(state: WorkerState, given: readonly number[], kept: readonly number[]): void {
  if (given.length + kept.length === 0) return;
  state.tell({ kind: "handedBack", runs: Float64Array.from(given), kept: Float64Array.from(kept) });
}

/** Drops a value, unless a run here still counts on it: that run's end drops it then. */
export function freeValue(state: WorkerState, run: number): void {
  if (state.values.isPinned(run)) {
    state.values.unlist(run);
    return;
  }
  state.fetches.unwant(run);
  if (state.values.delete(run)) state.out.push({ type: "drop", runs: [run] });
}

/** Starts nothing any more, and gives back what has not begun. */
export function drainWorker(state: WorkerState, reason: string): void {
  if (state.life === L.draining) return;
  state.live(LE.DRAIN);
  state.leaving = reason;
  giveBack(state, [...state.runs.keys()]);
  sayLeaving(state);
}

/** Also to a scheduler that was met later, or may not have heard it. */
export function sayLeaving(state: WorkerState): void {
  if (state.leaving !== undefined) state.tell({ kind: "leave", reason: state.leaving });
}
