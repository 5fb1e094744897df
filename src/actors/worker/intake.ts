/** Taking runs in: finding their inputs, and making them ready when the last one is here. */

import { MachineError } from "../../errors.js";
import type { Run } from "../../protocol/messages.js";
import { workerRunTable } from "../task/tables.js";
import type { Fetched } from "../transfer/fetches.js";
import { isShort } from "./memory.js";
import type { DoneBatch } from "./stimuli.js";
import { RunRecord } from "./run-record.js";
import { E, L, S, type WorkerState } from "./state.js";

type Remote = ReadonlyMap<number, { readonly nbytes: number; readonly holders: readonly string[] }>;

/** Runs arrive. One that is known already is not started a second time; one being stopped is adopted. */
export function takeRuns(state: WorkerState, message: Run): void {
  if (state.life === L.draining || state.life === L.left) return refuseRuns(state, message);
  for (const [number, wire] of message.fns) state.functions[number] = { wire, meanMs: undefined };
  const options = new Map(message.options);
  const remote: Remote = new Map(message.remote.map(([run, nbytes, holders]) => [run, { nbytes, holders }]));
  const arrived = takeInlineValues(state, message);
  for (let i = 0; i < message.run.length; i++) {
    const run = message.run[i] as number;
    const known = state.runs.get(run);
    if (known !== undefined) {
      if (known.state === S.cancelled) state.step(known, E.ADOPT);
      continue;
    }
    if (run <= state.newestRun && endedBefore(state, run)) continue;
    state.newestRun = Math.max(run, state.newestRun);
    const fn = state.functions[message.fn[i] as number];
    if (fn === undefined) {
      throw new MachineError("worker", `run ${run} names function ${message.fn[i]}, which was never sent`);
    }
    const record = new RunRecord(message, i, fn, options.get(i), state.seq++, workerRunTable.initial);
    state.add(record);
    findInputs(state, record, remote);
  }
  for (const run of arrived) state.dropIfUnlisted(run);
  if (remote.size > 0) fetchMore(state);
}

/** They were sent before it was heard that this worker leaves. */
function refuseRuns(state: WorkerState, { run }: Run): void {
  const runs = run.filter((each) => !state.runs.has(each) && !endedBefore(state, each));
  if (runs.length > 0) state.tell({ kind: "handedBack", runs, kept: new Float64Array() });
}

/**
 * A run that has ended here and is sent once more, because the report of its end was lost, is reported once more. It
 * must not begin a second time: it may have had effects.
 */
function endedBefore(state: WorkerState, run: number): boolean {
  const failure = state.recentFailures.get(run);
  const done = failure === undefined ? (state.values.recallDone(run) ?? doneAndHeld(state, run)) : undefined;
  if (failure !== undefined) state.failed(failure);
  else if (done !== undefined) state.tell({ kind: "done", ...done });
  return failure !== undefined || done !== undefined;
}

function doneAndHeld(state: WorkerState, run: number): DoneBatch | undefined {
  const value = state.values.get(run);
  if (value?.listed !== true) return undefined;
  return {
    run: Float64Array.of(run),
    nbytes: Float64Array.of(value.nbytes),
    tookMs: new Float32Array(1),
    inlineStart: new Uint32Array(2),
    inline: new Uint8Array(),
  };
}

function takeInlineValues(state: WorkerState, message: Run): readonly number[] {
  const arrived: number[] = [];
  for (let i = 0; i < message.inlineRun.length; i++) {
    const run = message.inlineRun[i] as number;
    if (state.values.has(run)) continue;
    const bytes = message.inline.subarray(message.inlineStart[i], message.inlineStart[i + 1]);
    state.out.push({ type: "putInline", run, bytes });
    valueArrived(state, run, "", bytes.length, false);
    arrived.push(run);
  }
  return arrived;
}

function findInputs(state: WorkerState, record: RunRecord, remote: Remote): void {
  const { source, column } = record;
  let nowhere: number | undefined;
  for (let e = source.depStart[column]!; e < source.depStart[column + 1]!; e++) {
    const input = source.dep[e]!;
    if (state.values.has(input) || takeRemembered(state, input)) continue;
    const where = remote.get(input);
    if (where !== undefined) state.fetches.want(input, "", where.nbytes, where.holders);
    else if (!state.runs.has(input) && !state.fetches.isWanted(input)) {
      nowhere = input;
      continue;
    }
    record.missing++;
    state.values.await(input, record);
  }
  if (nowhere !== undefined) state.reportMissing(record, nowhere, []);
  else if (record.missing === 0) makeReady(state, record);
}

/** Brings an inline result that was made here lately back into the store. */
function takeRemembered(state: WorkerState, run: number): boolean {
  const bytes = state.values.recall(run);
  if (bytes === undefined) return false;
  state.out.push({ type: "putInline", run, bytes });
  valueArrived(state, run, "", bytes.length, false);
  return true;
}

/** A value is in the store: whoever waited for it is a step further. */
export function valueArrived(
  state: WorkerState,
  run: number,
  key: string,
  nbytes: number,
  listed: boolean,
): void {
  for (const record of state.values.add({ run, key, nbytes, listed })) {
    if (!state.isLive(record)) continue;
    record.missing--;
    if (record.missing > 0 || !state.isWaiting(record)) continue;
    // Its thread has it already, and the input, too.
    if (record.state === S.chained) state.step(record, E.INPUTS_HERE);
    else makeReady(state, record);
  }
}

function makeReady(state: WorkerState, record: RunRecord): void {
  state.step(record, E.INPUTS_HERE);
  state.queue.push(record);
}

/** Asks for what is wanted as far as limits and memory allow, and gives up on what nobody has. */
export function fetchMore(state: WorkerState): void {
  for (const failed of state.fetches.pump(state.at, !isShort(state))) fetchEnded(state, failed);
}

export function fetchEnded(state: WorkerState, fetched: Fetched): void {
  if ("asked" in fetched) {
    for (const record of state.values.giveUp(fetched.run)) {
      if (state.isWaiting(record)) state.reportMissing(record, fetched.run, fetched.asked);
    }
    return;
  }
  state.copied(fetched.run);
  valueArrived(state, fetched.run, fetched.key, fetched.nbytes, true);
}
