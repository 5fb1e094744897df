/**
 * A worker says everything about itself: what it runs and what it holds. It is the truth about the worker; what the
 * scheduler believed otherwise is put right, and what the worker should not have is taken from it.
 */

import type { Register } from "../../protocol/messages.js";
import { adoptRun, adoptValue, markStarted } from "./adoption.js";
import { keepOldRun } from "./assignment.js";
import { isCurrent } from "./failure.js";
import { takeResult } from "./finish.js";
import { loseCopy } from "./lineage.js";
import { addHolder, isHeldBy } from "./locations.js";
import { unpark } from "./placement.js";
import { S, type SchedulerState } from "./state.js";
import { bit } from "./tables/task-table.js";
import { clearFlag, hasFlag, isInline, isNeeded } from "./task-facts.js";
import { recount, removeWorker, slotsOf } from "./workers.js";
import type { WorkerRecord } from "./worker-record.js";

const noBytes = new Uint8Array();

export function takeRegister(s: SchedulerState, worker: WorkerRecord, message: Register): void {
  const isNew = !worker.registered;
  replaceOld(s, worker, message);
  worker.describeItself(message);
  worker.registered = true;
  worker.mismatches = 0;
  worker.sentSinceBeat = true;
  countResources(s, worker);
  recount(s);
  s.recovery.withdraw(worker);
  // Values first: a result whose message was lost is no reason to run the task again.
  takeValues(s, worker, message);
  takeRuns(s, worker, message);
  if (isNew) s.events.tell("worker.joined", { worker: worker.name, slots: worker.slots });
  unpark(s);
  s.dealAll = true;
}

/** Whoever started it knows how the one before it ended: there is no need to wait for its silence to tell. */
function replaceOld(s: SchedulerState, worker: WorkerRecord, { replaces }: Register): void {
  if (replaces === undefined) return;
  const old = s.workerOf.get(replaces.peer);
  if (old === undefined || old === worker || old.name !== worker.name) return;
  removeWorker(s, old, replaces.how);
  s.out.push({ type: "forget", peer: replaces.peer, why: replaces.how });
}

function countResources(s: SchedulerState, worker: WorkerRecord): void {
  worker.available = new Map(Object.entries(worker.resources));
  for (const slot of slotsOf(s, worker)) {
    for (const [name, amount] of s.constraints[s.tasks.constraint[slot]!]!.resources) {
      worker.available.set(name, (worker.available.get(name) ?? 0) - amount);
    }
  }
}

function takeValues(s: SchedulerState, worker: WorkerRecord, message: Register): void {
  const { values, valueKeys, valueBytes } = message;
  const said = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    const run = values[i]!;
    said.add(run);
    if (!keepValue(s, worker, run, valueKeys[i] ?? "", valueBytes[i]!)) worker.frees.push(run);
  }
  const { tasks } = s;
  let unheard = worker.values;
  for (const run of said) {
    const slot = s.runs.get(run);
    if (slot >= 0 && tasks.run[slot] === run && isHeldBy(s, slot, worker)) unheard--;
  }
  for (let slot = 0; slot < tasks.size && unheard > 0; slot++) {
    if (tasks.state[slot] !== S.memory || said.has(tasks.run[slot]!) || !isHeldBy(s, slot, worker)) continue;
    unheard--;
    loseCopy(s, slot, worker, "it says that it does not have it");
  }
}

/** Whether the worker is to keep the value. */
function keepValue(
  s: SchedulerState,
  worker: WorkerRecord,
  run: number,
  key: string,
  nbytes: number,
): boolean {
  const byRun = s.runs.get(run);
  if (byRun >= 0) {
    if (s.tasks.state[byRun] === S.memory && s.tasks.run[byRun] === run) {
      if (isInline(s, byRun)) return false;
      addHolder(s, byRun, worker);
      return true;
    }
    return takeResult(s, byRun, run, worker, nbytes, noBytes, 0, 0);
  }
  if (s.reservations.has(run)) return true;
  const slot = s.slotOf(key);
  if (slot >= 0 && isNeeded(s, slot)) return adoptValue(s, slot, worker, run, nbytes);
  if (!s.life.recovering || (slot >= 0 && s.tasks.state[slot] !== S.released)) return false;
  s.recovery.offerValue(key, { worker, run, nbytes });
  return true;
}

function takeRuns(s: SchedulerState, worker: WorkerRecord, message: Register): void {
  const { runs, started, runKeys } = message;
  const said = new Set<number>();
  for (let i = 0; i < runs.length; i++) {
    said.add(runs[i]!);
    if (!keepRun(s, worker, runs[i]!, runKeys[i] ?? "", started[i] === 1)) worker.cancels.push(runs[i]!);
  }
  for (const slot of slotsOf(s, worker)) {
    if (!hasFlag(s, slot, bit.sent) || said.has(s.tasks.run[slot]!)) continue;
    // It never got there: the same run is sent once more.
    if (hasFlag(s, slot, bit.started)) worker.started--;
    clearFlag(s, slot, bit.sent | bit.started);
    worker.outbox.push(slot);
  }
  for (const [slot, twin] of s.twins) {
    if (twin.worker !== worker || said.has(twin.run) || worker.twinOutbox.includes(slot)) continue;
    worker.twinOutbox.push(slot);
  }
}

/** Whether the worker is to go on with the run. */
function keepRun(
  s: SchedulerState,
  worker: WorkerRecord,
  run: number,
  key: string,
  started: boolean,
): boolean {
  const byRun = s.runs.get(run);
  if (byRun >= 0) {
    if (isCurrent(s, byRun, run, worker)) {
      if (started) markStarted(s, byRun, worker);
      return true;
    }
    if (s.twins.get(byRun)?.run === run) return true;
    return adoptRun(s, byRun, worker, run, started);
  }
  const slot = s.slotOf(key);
  if (slot >= 0 && isNeeded(s, slot)) {
    if (adoptRun(s, slot, worker, run, started)) return true;
    if (!hasFlag(s, slot, bit.pure) || s.tasks.state[slot] === S.memory) return false;
    // It is stopped, but if it ends all the same its value is as good as any.
    s.runs.set(run, slot);
    keepOldRun(s, slot, run);
    return false;
  }
  if (!s.life.recovering || (slot >= 0 && s.tasks.state[slot] !== S.released)) return false;
  s.recovery.offerRun(key, { worker, run, started });
  return true;
}
