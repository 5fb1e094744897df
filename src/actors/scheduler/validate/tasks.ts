/** S1, S5, S8, S10, S13: tasks by themselves. */

import { S, type SchedulerState } from "../state/state.js";
import { bit } from "../tables/task-table.js";
import { hasFlag, isActive, isNeeded } from "../tasks/task-facts.js";
import { broken, checkFreeSlots, liveSlots } from "./broken.js";

export function validateTasks(s: SchedulerState): void {
  const { tasks } = s;
  checkFreeSlots(s);
  const counts = new Int32Array(s.counts.length);
  const inBatch = new Map<number, number>();
  const withConstraint = new Map<number, number>();
  let live = 0;
  for (const slot of liveSlots(s)) {
    live++;
    counts[tasks.state[slot]!]!++;
    if (s.keys.get(tasks.keys[slot]!) !== slot) broken(s, `S1 slot ${slot} is not that of its key`, slot);
    checkNeed(s, slot);
    checkSideTables(s, slot);
    count(inBatch, tasks.batch[slot]!);
    count(withConstraint, tasks.constraint[slot]!);
  }
  if (live !== tasks.live || live !== s.keys.size) broken(s, `S1 ${live} tasks, ${s.keys.size} keys`);
  counts.forEach((number, state) => {
    if (state !== S.forgotten && number !== s.counts[state]) broken(s, `S1 state ${state} is counted wrong`);
  });
  for (const [number, batch] of s.batches.entries()) {
    if (batch !== undefined && batch.live !== (inBatch.get(number) ?? 0))
      broken(s, `S13 batch ${number} is counted wrong`);
  }
  for (const constraint of s.constraintOf.values()) {
    if (constraint.uses !== (withConstraint.get(constraint.index) ?? 0)) {
      broken(s, `S13 constraint ${constraint.identity} is counted wrong`);
    }
  }
  const lists = [s.toActivate, s.toPlace, s.toRelease, s.toForget, s.toSettle, s.roots, s.chain];
  if (lists.some((list) => list.length > 0)) broken(s, "S13 a work list is not empty");
  for (const [slot, twin] of s.twins) {
    if (tasks.state[slot] !== S.processing || !hasFlag(s, slot, bit.twin))
      broken(s, "S13 a second run of nothing", slot);
    if (s.runs.get(twin.run) !== slot) broken(s, "S8 a second run does not lead to its task", slot);
    if (s.workers[twin.worker.index] !== twin.worker)
      broken(s, "S13 a second run on a worker that is gone", slot);
  }
  for (const [run, { slot }] of s.thefts) {
    if (tasks.run[slot] !== run || !hasFlag(s, slot, bit.stealing))
      broken(s, "S13 a theft of another run", slot);
  }
}

function count(map: Map<number, number>, number: number): void {
  map.set(number, (map.get(number) ?? 0) + 1);
}

function checkNeed(s: SchedulerState, slot: number): void {
  const state = s.tasks.state[slot]!;
  const needed = isNeeded(s, slot);
  if (needed && state === S.released) broken(s, "S5 it is needed and released", slot);
  if (!needed && (isActive(s, slot) || state === S.memory)) broken(s, "S5 nobody needs it", slot);
  if (!needed && s.tasks.dependents[slot] === 0) broken(s, "S5 it should be forgotten", slot);
}

function checkSideTables(s: SchedulerState, slot: number): void {
  const { tasks } = s;
  const state = tasks.state[slot]!;
  if ((state === S.erred) !== s.errors.has(slot))
    broken(s, "S10 erred without error, or the other way round", slot);
  if (hasFlag(s, slot, bit.trouble) !== s.troubles.has(slot))
    broken(s, "S13 its trouble is not marked", slot);
  if (hasFlag(s, slot, bit.options) !== s.options.has(slot))
    broken(s, "S13 its options are not marked", slot);
  if (hasFlag(s, slot, bit.twin) !== s.twins.has(slot)) broken(s, "S13 its second run is not marked", slot);
  if (state === S.processing || state === S.memory) {
    if (s.runs.get(tasks.run[slot]!) !== slot) broken(s, "S8 its run does not lead to it", slot);
  }
  for (const run of s.troubles.get(slot)?.oldRuns ?? []) {
    if (s.runs.get(run) !== slot) broken(s, `S8 its old run ${run} does not lead to it`, slot);
  }
  const onlyProcessing =
    bit.sent | bit.started | bit.ahead | bit.twin | bit.stealing | bit.selfContained | bit.seceded;
  if (state !== S.processing && hasFlag(s, slot, onlyProcessing))
    broken(s, "S6 it is marked as processing", slot);
  if (state !== S.queued && hasFlag(s, slot, bit.reserved))
    broken(s, "S11 it is set aside and not queued", slot);
  if (state !== S.waiting && hasFlag(s, slot, bit.held)) broken(s, "S11 it is held and not waiting", slot);
}
