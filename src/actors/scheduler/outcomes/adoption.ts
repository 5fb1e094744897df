/** Taking over what workers run or hold for tasks that are needed: nothing a live worker has is made again. */

import { tie } from "../tasks/assignment.js";
import { takeResult } from "./finish.js";
import { unsettle } from "../graphs/given.js";
import { askForInputs, letGoOfInputs } from "../tasks/inputs.js";
import type { OfferedValue } from "../state/recovery.js";
import { E, runsPerEpoch, S, type SchedulerState } from "../state/state.js";
import { step } from "../tasks/step.js";
import { bit } from "../tables/task-table.js";
import { clearFlag, forgetOldRun, hasFlag, isActive, isNeeded, setFlag } from "../tasks/task-facts.js";
import type { WorkerRecord } from "../state/worker-record.js";

const noBytes = new Uint8Array();

/** Whether the run was given out by an earlier scheduler, so that nobody else runs the task unless we said so. */
export function isEarlier(s: SchedulerState, run: number): boolean {
  return run < s.epoch * runsPerEpoch;
}

/** The released, needed task is found among the offers: as a value, or else as a run. */
export function adoptOffer(s: SchedulerState, slot: number): boolean {
  const key = s.tasks.keys[slot]!;
  const values = s.recovery.values.get(key) ?? [];
  s.recovery.values.delete(key);
  let isTaken = false;
  for (const value of values) {
    if (adoptValue(s, slot, value)) isTaken = true;
    else value.worker.frees.push(value.run);
  }
  if (isTaken) return true;
  const [run, ...others] = s.recovery.runs.get(key) ?? [];
  if (run === undefined) return false;
  s.recovery.runs.delete(key);
  for (const other of others) other.worker.cancels.push(other.run);
  if (hasFlag(s, slot, bit.given)) return false;
  return adoptRun(s, slot, run.worker, run.run, run.started);
}

/**
 * A worker holds a value of the needed task. False when it is not to be the task's value: the task has another one, or
 * it is impure and somebody else may have run it since.
 */
export function adoptValue(s: SchedulerState, slot: number, offer: OfferedValue): boolean {
  const { worker, run, nbytes, inline = noBytes, gift = false } = offer;
  if (!isNeeded(s, slot)) return false;
  const { tasks } = s;
  const trusted = !gift && isEarlier(s, run) && tasks.state[slot] !== S.processing;
  if (tasks.state[slot] === S.released || isLostGiven(s, slot)) {
    if (!trusted && !hasFlag(s, slot, bit.pure)) return false;
    if (tasks.state[slot] === S.erred) unsettle(s, slot);
    // From here on it is like any active task that gets its result.
    step(s, slot, E.WANTED);
    askForInputs(s, slot);
  }
  return takeResult(s, slot, run, worker, nbytes, inline, 0, inline.length, trusted);
}

/** A scattered value that was given up for lost: nothing can make it again, but its worker may come back with it. */
function isLostGiven(s: SchedulerState, slot: number): boolean {
  return s.tasks.state[slot] === S.erred && hasFlag(s, slot, bit.given) && s.errors.get(slot)?.lost === true;
}

/** A worker has a run of the needed task, which nobody else runs. False when the run is not to go on. */
export function adoptRun(
  s: SchedulerState,
  slot: number,
  worker: WorkerRecord,
  run: number,
  started: boolean,
): boolean {
  const { tasks } = s;
  const state = tasks.state[slot]!;
  if (!isNeeded(s, slot) || !(state === S.released || (isActive(s, slot) && state !== S.processing)))
    return false;
  if (!hasFlag(s, slot, bit.pure) && !isEarlier(s, run)) return false;
  if (started) {
    // It has its inputs; nothing is to be made or kept for it.
    if (state === S.released) step(s, slot, E.WANTED);
    else letGoOfInputs(s, slot);
    tasks.waitingFor[slot] = 0;
    setFlag(s, slot, bit.selfContained);
  } else if (state === S.released) {
    step(s, slot, E.WANTED);
    askForInputs(s, slot);
  }
  clearFlag(s, slot, bit.held | bit.reserved);
  forgetOldRun(s, slot, run);
  tasks.run[slot] = run;
  s.runs.set(run, slot);
  tie(s, slot, worker, s.nowMs);
  setFlag(s, slot, bit.sent);
  if (started) markStarted(s, slot, worker);
  step(s, slot, E.ASSIGNED);
  return true;
}

/** The run is known to be running. */
export function markStarted(s: SchedulerState, slot: number, worker: WorkerRecord): void {
  if (hasFlag(s, slot, bit.started)) return;
  setFlag(s, slot, bit.started);
  worker.started++;
}
