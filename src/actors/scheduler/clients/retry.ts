/** `retry()`: the tasks that failed themselves run again, and all that failed with them waits for them again. */

import type { Retry } from "../../../protocol/messages.js";
import type { ClientRecord } from "../state/client-record.js";
import { tellLost } from "../tasks/unknown.js";
import { E, S, type SchedulerState } from "../state/state.js";
import { step } from "../tasks/step.js";
import { bit } from "../tables/task-table.js";
import { clearFlag, hasFlag, isNeeded } from "../tasks/task-facts.js";
import { addWant, tellAgain, untell } from "../tasks/wants.js";

export function takeRetry(s: SchedulerState, client: ClientRecord, message: Retry): void {
  if (!client.takes(message)) return;
  for (const key of message.keys) {
    const slot = s.slotOf(key);
    if (slot < 0) {
      tellLost(client, key);
      continue;
    }
    for (const root of erredRoots(s, slot)) reviveFrom(s, root);
    // A future that was cancelled may be retried as well: it is wanted again.
    addWant(s, slot, client.index);
    // What it was told before it does not heed.
    tellAgain(s, slot, client.index);
  }
}

/** The erred tasks at or above `slot` none of whose own inputs are erred. */
function erredRoots(s: SchedulerState, slot: number): readonly number[] {
  const { tasks, edges } = s;
  if (tasks.state[slot] !== S.erred) return [];
  const mark = ++s.messageMark;
  const roots: number[] = [];
  const pending = [slot];
  tasks.mark[slot] = mark;
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    let isRoot = true;
    const start = tasks.edgeStart[at]!;
    for (let e = start; e < start + tasks.edgeCount[at]!; e++) {
      const input = edges.to[e]!;
      if (tasks.state[input] !== S.erred) continue;
      isRoot = false;
      if (tasks.mark[input] === mark) continue;
      tasks.mark[input] = mark;
      pending.push(input);
    }
    if (isRoot) roots.push(at);
  }
  return roots;
}

/** The root, and what failed with it, begins anew with a clean record. */
function reviveFrom(s: SchedulerState, root: number): void {
  const { tasks, edges } = s;
  const pending = [root];
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    if (tasks.state[slot] !== S.erred) continue;
    step(s, slot, E.RETRIED);
    s.errors.delete(slot);
    // A scattered value is not made again: it comes back with a worker that had it, or not at all.
    if (!hasFlag(s, slot, bit.given)) forgetTrouble(s, slot);
    untell(s, slot);
    if (isNeeded(s, slot)) s.toActivate.push(slot);
    else s.toForget.push(slot);
    for (let e = tasks.firstDependent[slot]!; e >= 0; e = edges.next[e]!) pending.push(edges.of[e]!);
  }
}

function forgetTrouble(s: SchedulerState, slot: number): void {
  const trouble = s.troubles.get(slot);
  if (trouble === undefined) return;
  for (const run of trouble.oldRuns) s.runs.delete(run);
  s.troubles.delete(slot);
  clearFlag(s, slot, bit.trouble);
}
