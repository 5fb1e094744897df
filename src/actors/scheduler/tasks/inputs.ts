/** A task and its inputs. */

import { S, type SchedulerState } from "../state/state.js";
import { bit } from "../tables/task-table.js";
import { clearFlag, hasFlag } from "./task-facts.js";

/**
 * The task, which has become active, needs its inputs: those that are released come to be wanted. Gives the slot of an
 * input that has failed for good, or -1.
 */
export function askForInputs(s: SchedulerState, slot: number): number {
  const { tasks, edges } = s;
  let missing = 0;
  let erred = -1;
  const start = tasks.edgeStart[slot]!;
  const end = start + tasks.edgeCount[slot]!;
  // The last one first: of what is put on a stack here the first comes up first.
  for (let e = end - 1; e >= start; e--) {
    const input = edges.to[e]!;
    tasks.needers[input]!++;
    const state = tasks.state[input]!;
    if (state === S.memory) continue;
    missing++;
    if (state === S.released) s.toActivate.push(input);
    else if (state === S.erred) erred = input;
  }
  tasks.waitingFor[slot] = missing;
  return erred;
}

/** One active task less needs its inputs: the task has ended, or is no longer wanted. */
export function letGoOfInputs(s: SchedulerState, slot: number): void {
  const { tasks, edges } = s;
  if (hasFlag(s, slot, bit.selfContained)) {
    clearFlag(s, slot, bit.selfContained);
    return;
  }
  const start = tasks.edgeStart[slot]!;
  const end = start + tasks.edgeCount[slot]!;
  for (let e = start; e < end; e++) {
    const input = edges.to[e]!;
    if (--tasks.needers[input]! === 0 && tasks.firstWant[input]! < 0) s.toRelease.push(input);
  }
}

/** An input that has failed for good, or -1. */
export function erredInput(s: SchedulerState, slot: number): number {
  const { tasks, edges } = s;
  const start = tasks.edgeStart[slot]!;
  const end = start + tasks.edgeCount[slot]!;
  for (let e = start; e < end; e++) {
    const input = edges.to[e]!;
    if (tasks.state[input] === S.erred) return input;
  }
  return -1;
}
