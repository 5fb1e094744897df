/** Forgetting a task: its slot, and all that stands anywhere under it, is free for another. */

import { E, type SchedulerState } from "../state/state.js";
import { step } from "./step.js";
import { bit } from "../tables/task-table.js";
import { isNeeded } from "./task-facts.js";

/** The task is released or erred, and nobody needs it or names it. */
export function forget(s: SchedulerState, slot: number): void {
  const { tasks } = s;
  const flags = tasks.flags[slot]!;
  step(s, slot, E.FORGOTTEN);
  unlinkInputs(s, slot);
  s.keys.delete(slot);
  if (tasks.fn[slot]! >= 0) s.functions.drop(tasks.fn[slot]!);
  s.prefixes.drop(tasks.prefix[slot]!);
  dropFromBatch(s, tasks.batch[slot]!);
  if (tasks.constraint[slot]! > 0) dropConstraint(s, tasks.constraint[slot]!);
  if ((flags & bit.options) !== 0) s.options.delete(slot);
  if ((flags & bit.trouble) !== 0) {
    for (const run of s.troubles.get(slot)?.oldRuns ?? []) s.runs.delete(run);
    s.troubles.delete(slot);
  }
  if (s.errors.size > 0) s.errors.delete(slot);
  tasks.remove(slot);
}

function unlinkInputs(s: SchedulerState, slot: number): void {
  const { tasks, edges } = s;
  const start = tasks.edgeStart[slot]!;
  const count = tasks.edgeCount[slot]!;
  for (let e = start; e < start + count; e++) {
    const input = edges.to[e]!;
    const previous = edges.previous[e]!;
    const next = edges.next[e]!;
    if (previous < 0) tasks.firstDependent[input] = next;
    else edges.next[previous] = next;
    if (next >= 0) edges.previous[next] = previous;
    if (--tasks.dependents[input]! === 0 && !isNeeded(s, input)) s.toForget.push(input);
  }
  edges.removeRow(start, count);
}

function dropFromBatch(s: SchedulerState, number: number): void {
  const batch = s.batches[number];
  if (batch === undefined || --batch.live > 0) return;
  s.batches[number] = undefined;
  s.freeBatches.push(number);
}

function dropConstraint(s: SchedulerState, number: number): void {
  const constraint = s.constraints[number]!;
  if (--constraint.uses > 0) return;
  s.constraints[number] = undefined;
  s.constraintOf.delete(constraint.identity);
}
