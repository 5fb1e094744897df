/**
 * Serving workers that have room from the queues, in order of priority. Of several workers with room each gets an equal
 * share, so that the last tasks of a graph are not all on one of them; siblings that meet in one reducer are set aside
 * for the worker that got the first.
 */

import { extendTails, sendAhead } from "../tasks/ahead.js";
import { assign } from "../tasks/assignment.js";
import { hasRoomFor } from "../tasks/costs.js";
import type { Constraint } from "../state/constraint.js";
import { mayRun } from "../tasks/eligibility.js";
import { S, type SchedulerState } from "../state/state.js";
import { isSuspect } from "../state/trouble.js";
import { bit } from "../tables/task-table.js";
import { clearFlag, hasFlag, isActive, isSuspicious, setFlag, troubleIfAny } from "../tasks/task-facts.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** The taken part of what is set aside is cut off when it is this long. */
const manyTaken = 1_024;

export function deal(s: SchedulerState): void {
  if (!s.life.recovering && s.workerList.length > 0) {
    if (s.suspects.length > 0) {
      if (!dealSuspects(s)) reopen(s);
    }
    const open = (s.dealAll ? s.workerList : s.touched).filter((worker) => worker.usable);
    if (open.length > 1) open.sort((a, b) => a.occupancyMs / a.slots - b.occupancyMs / b.slots);
    if (s.isHybrid) serveHome(s, open);
    for (let i = 0; i < open.length; i++)
      serve(s, open[i]!, Math.ceil(s.counts[S.queued]! / (open.length - i)));
    // What the others had no room for goes to those that have had their share and could take more.
    for (let i = 0; i < open.length - 1 && s.counts[S.queued]! > 0; i++)
      serve(s, open[i]!, s.counts[S.queued]!);
  }
  s.dealAll = false;
  for (const worker of s.touched) worker.touched = false;
  s.touched.length = 0;
}

/** What is done at home sooner than it would get across the bus is done at home. */
function serveHome(s: SchedulerState, open: readonly WorkerRecord[]): void {
  let isServed = true;
  while (isServed) {
    isServed = false;
    for (const worker of open) {
      if (!worker.isHome || worker.occupancyMs / worker.slots >= s.config.latencyMs) continue;
      isServed = giveNext(s, worker) || isServed;
    }
  }
}

function serve(s: SchedulerState, worker: WorkerRecord, share: number): void {
  if (worker.tails.length > 0) extendTails(s, worker);
  for (let given = 0; given < share; given++) if (!giveNext(s, worker)) return;
}

/** Whether there was a task for the worker, and room for it. */
function giveNext(s: SchedulerState, worker: WorkerRecord): boolean {
  const slot = takeNext(s, worker);
  if (slot < 0) return false;
  assign(s, slot, worker);
  if (s.tasks.dependents[slot] === 0) return true;
  reserveSiblings(s, slot, worker);
  sendAhead(s, slot, worker);
  return true;
}

/** Takes the queued task that the worker should get next, if it has room for it; else -1. */
function takeNext(s: SchedulerState, worker: WorkerRecord): number {
  let source: Constraint | undefined = s.constraints[0]!;
  let slot = source.queue.peek();
  if (s.constraintOf.size > 0) {
    for (const constraint of s.constraintOf.values()) {
      if (constraint.queue.entries === 0) continue;
      const first = constraint.queue.peek();
      if (first < 0 || (slot >= 0 && startsBefore(s, slot, first))) continue;
      if (!mayRun(s, constraint, worker) || !constraint.fitsNow(worker)) continue;
      source = constraint;
      slot = first;
    }
  }
  if (worker.reserved.length > 0) {
    const own = firstReserved(s, worker);
    if (own >= 0 && (slot < 0 || startsBefore(s, own, slot))) {
      source = undefined;
      slot = own;
    }
  }
  if (slot < 0) return takeReservedElsewhere(s, worker);
  if (!hasRoomFor(s, worker, slot)) return -1;
  if (source === undefined) takeReserved(s, worker);
  else source.queue.pop();
  return slot;
}

function startsBefore(s: SchedulerState, a: number, b: number): boolean {
  const { user, priority } = s.tasks;
  return user[a] === user[b] ? priority[a]! < priority[b]! : user[a]! < user[b]!;
}

// ---- siblings -------------------------------------------------------------------------------------------------

/** Sets queued siblings of the task, which the same reducer will need, aside for its worker. */
function reserveSiblings(s: SchedulerState, slot: number, worker: WorkerRecord): void {
  const { tasks, edges } = s;
  const reducer = edges.of[tasks.firstDependent[slot]!]!;
  const count = tasks.edgeCount[reducer]!;
  if (count < 2 || count > 2 * s.config.fanLimit || !isActive(s, reducer)) return;
  const start = tasks.edgeStart[reducer]!;
  for (let e = start; e < start + count; e++) {
    const sibling = edges.to[e]!;
    if (tasks.state[sibling] !== S.queued || tasks.constraint[sibling] !== 0) continue;
    if (hasFlag(s, sibling, bit.reserved) || isSuspicious(s, sibling)) continue;
    setFlag(s, sibling, bit.reserved);
    worker.reserved.push(sibling);
    worker.reserved.push(tasks.stamp[sibling]!);
  }
}

/** The first task that is set aside for the worker and still queued, or -1. */
function firstReserved(s: SchedulerState, worker: WorkerRecord): number {
  const { reserved } = worker;
  while (worker.reservedAt < reserved.length) {
    const slot = reserved.items[worker.reservedAt]!;
    const stamp = reserved.items[worker.reservedAt + 1]! >>> 0;
    if (s.isSame(slot, stamp) && s.tasks.state[slot] === S.queued && hasFlag(s, slot, bit.reserved))
      return slot;
    worker.reservedAt += 2;
  }
  reserved.clear();
  worker.reservedAt = 0;
  return -1;
}

function takeReserved(s: SchedulerState, worker: WorkerRecord): void {
  clearFlag(s, worker.reserved.items[worker.reservedAt]!, bit.reserved);
  worker.reservedAt += 2;
  if (worker.reservedAt < manyTaken) return;
  worker.reserved.dropFirst(worker.reservedAt);
  worker.reservedAt = 0;
}

/** Nothing else is queued: rather than be idle the worker takes what is set aside for another. */
function takeReservedElsewhere(s: SchedulerState, worker: WorkerRecord): number {
  if (s.counts[S.queued] === 0) return -1;
  for (const other of s.workerList) {
    if (other === worker || other.reserved.length === 0) continue;
    const slot = firstReserved(s, other);
    if (slot < 0) continue;
    if (!hasRoomFor(s, worker, slot)) return -1;
    takeReserved(s, other);
    return slot;
  }
  return -1;
}

/** What was set aside for a worker goes back into the queue. */
export function returnReserved(s: SchedulerState, worker: WorkerRecord): void {
  for (let slot = firstReserved(s, worker); slot >= 0; slot = firstReserved(s, worker)) {
    takeReserved(s, worker);
    s.queue.push(slot);
  }
  s.dealAll = true;
}

// ---- suspects -------------------------------------------------------------------------------------------------

/**
 * Tasks under which workers died, or may have. At first they run apart, one to a worker, so that a guilty one meets no innocent a
 * second time; after more deaths with nothing beside them, and a worker is emptied for them if none is idle.
 *
 * Returns whether one still waits for a worker to be emptied.
 */
function dealSuspects(s: SchedulerState): boolean {
  const { suspects, tasks } = s;
  const occupied = workersOfSuspects(s);
  let kept = 0;
  let waits = false;
  for (let i = 0; i < suspects.length; i += 2) {
    const slot = suspects.items[i]!;
    const stamp = suspects.items[i + 1]!;
    if (!s.isSame(slot, stamp >>> 0) || tasks.state[slot] !== S.queued) continue;
    const isApart = (troubleIfAny(s, slot)?.deaths.length ?? 0) < s.config.aloneAfterFailures;
    if (isApart ? dealApart(s, slot, occupied) : dealAlone(s, slot)) continue;
    waits ||= !isApart;
    suspects.items[kept++] = slot;
    suspects.items[kept++] = stamp;
  }
  suspects.length = kept;
  return waits;
}

/** To a worker with room that has no other suspect. */
function dealApart(s: SchedulerState, slot: number, occupied: Set<number>): boolean {
  const constraint = s.constraints[s.tasks.constraint[slot]!]!;
  const free = s.workerList.filter(
    (worker) =>
      worker.usable &&
      !occupied.has(worker.index) &&
      mayRun(s, constraint, worker) &&
      constraint.fitsNow(worker) &&
      hasRoomFor(s, worker, slot),
  );
  if (free.length === 0) return false;
  const worker = leastBusy(free);
  assign(s, slot, worker);
  occupied.add(worker.index);
  return true;
}

/** To a worker that has nothing to do, or one is emptied. */
function dealAlone(s: SchedulerState, slot: number): boolean {
  const constraint = s.constraints[s.tasks.constraint[slot]!]!;
  const may = s.workerList.filter(
    (worker) => (worker.usable || worker.closing) && mayRun(s, constraint, worker),
  );
  const idle = may.find((worker) => worker.processing === 0 && constraint.fitsNow(worker));
  if (idle === undefined) {
    if (may.length > 0 && !may.some((worker) => worker.closing)) leastBusy(may).closing = true;
    return false;
  }
  idle.closing = false;
  assign(s, slot, idle);
  idle.alone = true;
  return true;
}

/** The workers that process a task under which another may have died. */
function workersOfSuspects(s: SchedulerState): Set<number> {
  const occupied = new Set<number>();
  for (const [slot, trouble] of s.troubles)
    if (isSuspect(trouble) && s.tasks.state[slot] === S.processing) occupied.add(s.tasks.worker[slot]!);
  return occupied;
}

/** No suspect waits any more: workers that were being emptied for one get work again. */
function reopen(s: SchedulerState): void {
  for (const worker of s.workerList) {
    if (!worker.closing) continue;
    worker.closing = false;
    s.dealAll = true;
  }
}

function leastBusy(workers: readonly WorkerRecord[]): WorkerRecord {
  return workers.reduce((least, worker) => (worker.processing < least.processing ? worker : least));
}
