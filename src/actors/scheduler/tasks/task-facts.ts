/** Small questions about one task, asked everywhere. */

import { schedulerTaskTable } from "../../task/tables.js";
import type { SchedulerState } from "../state/state.js";
import { bit } from "../tables/task-table.js";
import { newTrouble, type Trouble, isSuspect } from "../state/trouble.js";

const { state, states } = schedulerTaskTable;

const activeStates = new Uint8Array(states.length);
for (const active of [state.waiting, state.queued, state.noWorker, state.processing])
  activeStates[active] = 1;

/** Whether a state is one of waiting, queued, noWorker, processing. */
export function isActiveState(number: number): boolean {
  return activeStates[number] === 1;
}

export function isActive(s: SchedulerState, slot: number): boolean {
  return activeStates[s.tasks.state[slot]!] === 1;
}

/** Wanted by a client or a name, or an input of an active task. */
export function isNeeded(s: SchedulerState, slot: number): boolean {
  return s.tasks.firstWant[slot]! >= 0 || s.tasks.needers[slot]! > 0;
}

/** Whether the value is here at the scheduler, and so can never be lost. */
export function isInline(s: SchedulerState, slot: number): boolean {
  return s.tasks.inline[slot]! >= 0 || (s.tasks.flags[slot]! & bit.literal) !== 0;
}

export function hasFlag(s: SchedulerState, slot: number, flag: number): boolean {
  return (s.tasks.flags[slot]! & flag) !== 0;
}

export function setFlag(s: SchedulerState, slot: number, flag: number): void {
  s.tasks.flags[slot]! |= flag;
}

export function clearFlag(s: SchedulerState, slot: number, flag: number): void {
  s.tasks.flags[slot]! &= ~flag;
}

/** The record of what went wrong with a task, made when it is the first time. */
export function troubleOf(s: SchedulerState, slot: number): Trouble {
  let trouble = s.troubles.get(slot);
  if (trouble === undefined) {
    trouble = newTrouble();
    s.troubles.set(slot, trouble);
    setFlag(s, slot, bit.trouble);
  }
  return trouble;
}

/** The same, for those who only look. */
export function troubleIfAny(s: SchedulerState, slot: number): Trouble | undefined {
  return hasFlag(s, slot, bit.trouble) ? s.troubles.get(slot) : undefined;
}

/** Whether workers have died, or run out of memory, under the task, as far as is known. */
export function isSuspicious(s: SchedulerState, slot: number): boolean {
  const trouble = troubleIfAny(s, slot);
  return isSuspect(trouble) || (trouble?.ooms ?? 0) > 0;
}

/** An old run of the task is not waited for any more; what it names is up to the caller. */
export function forgetOldRun(s: SchedulerState, slot: number, run: number): boolean {
  const oldRuns = troubleIfAny(s, slot)?.oldRuns;
  const at = oldRuns?.indexOf(run) ?? -1;
  if (at < 0) return false;
  oldRuns!.splice(at, 1);
  return true;
}
