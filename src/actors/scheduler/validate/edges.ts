/** S2, S3, S4: edges and what is counted along them. */

import { S, type SchedulerState } from "../state/state.js";
import { bit } from "../tables/task-table.js";
import { hasFlag, isActive, isInline } from "../tasks/task-facts.js";
import { broken, liveSlots } from "./broken.js";

export function validateEdges(s: SchedulerState): void {
  const { tasks, edges } = s;
  const dependents = new Int32Array(tasks.size);
  const needers = new Int32Array(tasks.size);
  for (const slot of liveSlots(s)) {
    const asks = isActive(s, slot) && !hasFlag(s, slot, bit.selfContained);
    let missing = 0;
    const start = tasks.edgeStart[slot]!;
    for (let e = start; e < start + tasks.edgeCount[slot]!; e++) {
      const input = edges.to[e]!;
      if (edges.of[e] !== slot) broken(s, `S2 edge ${e} belongs to another`, slot);
      if (tasks.state[input] === S.forgotten) broken(s, "S2 it names a forgotten task", slot);
      dependents[input]!++;
      if (asks) needers[input]!++;
      if (tasks.state[input] !== S.memory) missing++;
    }
    const expected = asks ? missing : 0;
    if (tasks.waitingFor[slot] !== expected) {
      broken(s, `S4 it waits for ${expected}, and counts ${tasks.waitingFor[slot]}`, slot);
    }
    checkLocated(s, slot, missing);
  }
  for (const slot of liveSlots(s)) {
    if (tasks.dependents[slot] !== dependents[slot]) broken(s, "S2 its dependents are counted wrong", slot);
    if (tasks.needers[slot] !== needers[slot]) {
      broken(s, `S3 ${needers[slot]} need it, and it counts ${tasks.needers[slot]}`, slot);
    }
    checkList(s, slot);
  }
}

/** The list of edges to a task has as many members as there are, linked both ways. */
function checkList(s: SchedulerState, slot: number): void {
  const { tasks, edges } = s;
  let length = 0;
  let previous = -1;
  for (let e = tasks.firstDependent[slot]!; e >= 0; e = edges.next[e]!) {
    if (edges.to[e] !== slot || edges.previous[e] !== previous)
      broken(s, "S2 its list of dependents is broken", slot);
    previous = e;
    if (++length > tasks.dependents[slot]!) broken(s, "S2 its list of dependents does not end", slot);
  }
  if (length !== tasks.dependents[slot]) broken(s, "S2 its list of dependents is too short", slot);
}

function checkLocated(s: SchedulerState, slot: number, missing: number): void {
  const { tasks, edges } = s;
  const state = tasks.state[slot]!;
  if ((state === S.queued || state === S.noWorker) && missing > 0)
    broken(s, "S4 it is ready without inputs", slot);
  if (!hasFlag(s, slot, bit.ahead)) return;
  if (missing === 0) broken(s, "S4 it is ahead of nothing", slot);
  const start = tasks.edgeStart[slot]!;
  for (let e = start; e < start + tasks.edgeCount[slot]!; e++) {
    const input = edges.to[e]!;
    if (tasks.state[input] === S.memory) {
      if (!isInline(s, input) && tasks.holder[input]! < 0) broken(s, "S4 an input has no place", slot);
    } else if (tasks.state[input] !== S.processing || tasks.worker[input] !== tasks.worker[slot]) {
      broken(s, `S4 it was sent ahead of ${tasks.keys[input]}, which is not being made there`, slot);
    }
  }
}
