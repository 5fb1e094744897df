/**
 * A worker says everything about itself: what it runs and what it holds. It is the truth about the worker; what the
 * scheduler believed otherwise is put right, and what the worker should not have is taken from it.
 */

import type { Register } from "../../../protocol/messages.js";
import { adoptRun, adoptValue, isEarlier, markStarted } from "../outcomes/adoption.js";
import { keepOldRun } from "../tasks/assignment.js";
import { isCurrent } from "../outcomes/failure.js";
import { joinPages } from "./register-pages.js";
import { loseCopy } from "../outcomes/lineage.js";
import { addHolder, isHeldBy } from "../tasks/locations.js";
import { unpark } from "../placing/placement.js";
import type { OfferedValue } from "../state/recovery.js";
import { S, type SchedulerState } from "../state/state.js";
import { bit } from "../tables/task-table.js";
import { clearFlag, hasFlag, isInline, isNeeded } from "../tasks/task-facts.js";
import { recount, removeWorker, slotsOf } from "./workers.js";
import type { WorkerRecord } from "../state/worker-record.js";

export function takeRegister(s: SchedulerState, worker: WorkerRecord, page: Register): void {
  const pages = [...worker.pages, page];
  worker.pages = page.more === true ? pages : [];
  if (page.more === undefined) takeWhole(s, worker, pages.length === 1 ? page : joinPages(pages));
}

function takeWhole(s: SchedulerState, worker: WorkerRecord, message: Register): void {
  const isNew = !worker.registered;
  const gifts = new Set(message.gifts);
  replaceOld(s, worker, message, gifts);
  worker.describeItself(message);
  worker.registered = true;
  worker.mismatches = 0;
  worker.sentSinceBeat = true;
  countResources(s, worker);
  recount(s);
  s.recovery.withdraw(worker);
  // Values first: a result whose message was lost is no reason to run the task again.
  const giftsTaken = takeValues(s, worker, message, gifts);
  takeRuns(s, worker, message);
  if (isNew) {
    s.events.tell("worker.joined", { worker: worker.name, slots: worker.slots });
    noteNamesake(s, worker);
  }
  if (isNew && gifts.size > 0)
    s.events.tell("worker.gifts", { worker: worker.name, offered: gifts.size, taken: giftsTaken });
  unpark(s);
  s.dealAll = true;
}

/** Mostly it is dead, and this one was started in its place. */
function noteNamesake(s: SchedulerState, worker: WorkerRecord): void {
  const other = s.workerList.find((each) => each !== worker && each.staying && each.name === worker.name);
  if (other !== undefined) other.namesake = worker.peer;
}

/** Whoever started it knows how the one before it ended: there is no need to wait for its silence to tell. */
function replaceOld(
  s: SchedulerState,
  worker: WorkerRecord,
  { replaces }: Register,
  gifts: ReadonlySet<number>,
): void {
  if (replaces === undefined) return;
  const old = s.workerOf.get(replaces.peer);
  if (old === undefined || old === worker || old.name !== worker.name) return;
  // What the two have in common only changes hands: nothing is lost of it, not even for a moment.
  for (const run of gifts) {
    const slot = s.runs.get(run);
    if (slot >= 0 && s.tasks.run[slot] === run && isHeldBy(s, slot, old)) addHolder(s, slot, worker);
  }
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

/** Gives how many of the gifts it is to keep. */
function takeValues(
  s: SchedulerState,
  worker: WorkerRecord,
  message: Register,
  gifts: ReadonlySet<number>,
): number {
  const { values, valueKeys, valueBytes } = message;
  const said = new Set<number>();
  let giftsTaken = 0;
  for (let i = 0; i < values.length; i++) {
    const run = values[i]!;
    const gift = gifts.has(run);
    said.add(run);
    if (!keepValue(s, valueKeys[i] ?? "", { worker, run, nbytes: valueBytes[i]!, gift }))
      worker.frees.push(run);
    else if (gift) giftsTaken++;
  }
  s.giftsTaken += giftsTaken;
  loseUnheard(s, worker, said);
  return giftsTaken;
}

/** What it was believed to hold, and does not speak of, it does not hold. */
function loseUnheard(s: SchedulerState, worker: WorkerRecord, said: ReadonlySet<number>): void {
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

/**
 * Whether an unknown run may be one of the task that has its key now. One of this term is not: it was of a task that is
 * forgotten, and what has the key since may be defined otherwise.
 */
function mayBeOf(s: SchedulerState, slot: number, run: number): boolean {
  return isEarlier(s, run) || hasFlag(s, slot, bit.given);
}

/** Whether the worker is to keep the value. */
function keepValue(s: SchedulerState, key: string, offer: OfferedValue): boolean {
  const { worker, run } = offer;
  const byRun = s.runs.get(run);
  if (byRun >= 0) {
    if (s.tasks.state[byRun] !== S.memory || s.tasks.run[byRun] !== run) return adoptValue(s, byRun, offer);
    if (isInline(s, byRun)) return false;
    addHolder(s, byRun, worker);
    return true;
  }
  if (s.reservations.has(run)) return true;
  const slot = s.slotOf(key);
  if (slot >= 0 && isNeeded(s, slot)) return mayBeOf(s, slot, run) && adoptValue(s, slot, offer);
  if (!s.life.recovering || (slot >= 0 && s.tasks.state[slot] !== S.released)) return false;
  s.recovery.offerValue(key, offer);
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
    if (!mayBeOf(s, slot, run)) return false;
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
