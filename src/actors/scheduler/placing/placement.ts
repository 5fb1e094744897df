/**
 * Where a ready task goes: to the worker where it is likely to end first, when its inputs tie it to some; else into
 * the queue, from which workers are served as they have room. What nobody may run waits for somebody who may.
 */

import { assign } from "../tasks/assignment.js";
import { inputBytes, transferMs } from "../tasks/costs.js";
import type { Constraint } from "../state/constraint.js";
import { sendAhead } from "../tasks/ahead.js";
import { failTooLarge } from "../outcomes/failure.js";
import { anybodyMayRun, mayRun } from "../tasks/eligibility.js";
import { holdersOf } from "../tasks/locations.js";
import { E, S, type SchedulerState } from "../state/state.js";
import { isSuspect } from "../state/trouble.js";
import { step } from "../tasks/step.js";
import { bit } from "../tables/task-table.js";
import { clearFlag, hasFlag, isInline, troubleIfAny } from "../tasks/task-facts.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** More workers than this are not all looked at for the least occupied one. */
const lookedAt = 64;

/** A waiting task with all its inputs is sent to a worker, queued, or set aside. */
export function place(s: SchedulerState, slot: number): void {
  const { tasks } = s;
  if (tasks.state[slot] !== S.waiting || tasks.waitingFor[slot] !== 0 || hasFlag(s, slot, bit.held)) return;
  if (s.life.recovering) {
    s.roots.push(slot);
    return;
  }
  const constraint = s.constraints[tasks.constraint[slot]!]!;
  if (!anybodyMayRun(s, constraint)) {
    park(s, slot, constraint);
    return;
  }
  const trouble = troubleIfAny(s, slot);
  if (isSuspect(trouble)) {
    step(s, slot, E.ENQUEUED);
    s.suspects.push(slot);
    s.suspects.push(tasks.stamp[slot]!);
    return;
  }
  if (!isTied(s, slot) && (trouble === undefined || trouble.ooms === 0)) {
    s.roots.push(slot);
    return;
  }
  const bytes = inputBytes(s, slot);
  if (bytes > s.leastMemoryBytes) {
    const limit = largestLimit(s, constraint);
    if (bytes > limit) {
      failTooLarge(s, slot, bytes, limit);
      return;
    }
  }
  const worker = chooseWorker(s, slot, constraint, bytes);
  if (worker === undefined) {
    s.roots.push(slot);
    return;
  }
  assign(s, slot, worker);
  sendAhead(s, slot, worker);
}

/** Queues the tasks that nothing ties to a worker. */
export function queueRoots(s: SchedulerState): void {
  const { roots, tasks } = s;
  let plain = 0;
  for (let i = 0; i < roots.length; i++) {
    const slot = roots.items[i]!;
    if (tasks.state[slot] !== S.waiting) continue;
    step(s, slot, E.ENQUEUED);
    clearFlag(s, slot, bit.reserved);
    const constraint = tasks.constraint[slot]!;
    if (constraint === 0) roots.items[plain++] = slot;
    else s.constraints[constraint]!.queue.push(slot);
  }
  roots.length = plain;
  s.queue.pushAll(roots);
  roots.clear();
  s.dealAll = true;
}

/** The task waits for a worker that may run it; for a wish nobody satisfies, not for ever. */
function park(s: SchedulerState, slot: number, constraint: Constraint): void {
  const stamp = s.tasks.stamp[slot]!;
  step(s, slot, E.NOBODY_CAN);
  constraint.parked.push(slot);
  constraint.parked.push(stamp);
  if (constraint.index === 0) return;
  s.timers.add({ atMs: s.nowMs + s.config.noWorkersTimeoutMs, kind: "noWorker", slot, stamp });
}

/** Tasks that waited for a worker are decided on anew, for one may have come. */
export function unpark(s: SchedulerState): void {
  for (const constraint of s.constraints) {
    if (constraint === undefined || constraint.parked.length === 0) continue;
    if (!anybodyMayRun(s, constraint)) continue;
    const { parked } = constraint;
    for (let i = 0; i < parked.length; i += 2) {
      const slot = parked.items[i]!;
      if (!s.isSame(slot, parked.items[i + 1]! >>> 0) || s.tasks.state[slot] !== S.noWorker) continue;
      step(s, slot, E.SOMEBODY_CAN);
      s.toPlace.push(slot);
    }
    parked.clear();
  }
}

/** Queued tasks of wishes that nobody is left to satisfy wait for somebody again. */
export function parkUnservable(s: SchedulerState): void {
  const { suspects, tasks } = s;
  for (let i = 0; i < suspects.length; i += 2) {
    const slot = suspects.items[i]!;
    if (!s.isSame(slot, suspects.items[i + 1]! >>> 0) || tasks.state[slot] !== S.queued) continue;
    const constraint = s.constraints[tasks.constraint[slot]!]!;
    if (!anybodyMayRun(s, constraint)) park(s, slot, constraint);
  }
  for (const constraint of s.constraints) {
    if (constraint === undefined || constraint.queue.entries === 0 || anybodyMayRun(s, constraint)) continue;
    for (let slot = constraint.queue.pop(); slot >= 0; slot = constraint.queue.pop()) {
      park(s, slot, constraint);
    }
  }
}

/** Whether inputs on workers make some worker the better place. Inputs that everybody will need do not. */
function isTied(s: SchedulerState, slot: number): boolean {
  const { tasks, edges } = s;
  const start = tasks.edgeStart[slot]!;
  const end = start + tasks.dataCount[slot]!;
  const shared = 2 * s.totalSlots;
  let widely = 0;
  for (let e = start; e < end; e++) {
    const input = edges.to[e]!;
    if (tasks.holder[input]! < 0 || isInline(s, input)) continue;
    if (tasks.dependents[input]! <= shared || ++widely > 4) return true;
  }
  return false;
}

/** The largest memory limit of those that may run such tasks. */
function largestLimit(s: SchedulerState, constraint: Constraint): number {
  const may = s.workerList.filter((worker) => mayRun(s, constraint, worker));
  return may.reduce((limit, worker) => Math.max(limit, worker.memoryLimitBytes), 0);
}

/**
 * The worker on which the task, whose inputs take `bytes`, is likely to end first; undefined when none that may run it
 * takes work now.
 */
function chooseWorker(
  s: SchedulerState,
  slot: number,
  constraint: Constraint,
  bytes: number,
): WorkerRecord | undefined {
  const { tasks, edges } = s;
  const trouble = troubleIfAny(s, slot);
  const needsMemory = trouble !== undefined && trouble.ooms > 0 ? trouble.oomLimitBytes : -1;
  const suits = (worker: WorkerRecord): boolean =>
    worker.usable &&
    bytes <= worker.memoryLimitBytes &&
    mayRun(s, constraint, worker) &&
    constraint.fitsNow(worker);
  const roomy = needsMemory >= 0 && s.workerList.some((w) => suits(w) && w.memoryLimitBytes > needsMemory);
  const may = (worker: WorkerRecord): boolean =>
    suits(worker) && (!roomy || worker.memoryLimitBytes > needsMemory);

  let best: WorkerRecord | undefined;
  let bestScore = Infinity;
  const mark = ++s.messageMark;
  const consider = (worker: WorkerRecord): void => {
    if (worker.mark === mark || !may(worker)) return;
    worker.mark = mark;
    const wayMs = s.isHybrid && !worker.isHome ? s.config.latencyMs : 0;
    const score = worker.occupancyMs / worker.slots + transferMs(s, slot, worker) + wayMs;
    if (score < bestScore || (score === bestScore && worker.valueBytes < best!.valueBytes)) {
      best = worker;
      bestScore = score;
    }
  };
  const start = tasks.edgeStart[slot]!;
  const end = start + tasks.dataCount[slot]!;
  for (let e = start; e < end; e++) {
    const input = edges.to[e]!;
    if (isInline(s, input)) continue;
    const holder = s.workers[tasks.holder[input]!];
    if (holder === undefined) continue;
    consider(holder);
    if (s.copies.size > 0 && s.copies.has(input)) for (const other of holdersOf(s, input)) consider(other);
  }
  const idle = leastOccupied(s, may);
  if (idle !== undefined) consider(idle);
  return best;
}

/** Among many workers only some are looked at, others each time. */
function leastOccupied(s: SchedulerState, may: (worker: WorkerRecord) => boolean): WorkerRecord | undefined {
  const { workerList } = s;
  const count = workerList.length;
  let best: WorkerRecord | undefined;
  let least = Infinity;
  for (let i = 0; i < Math.min(count, lookedAt); i++) {
    const worker = workerList[(s.turn + i) % count]!;
    const occupancy = worker.occupancyMs / worker.slots;
    if (occupancy < least && may(worker)) {
      best = worker;
      least = occupancy;
    }
  }
  if (count > 0) s.turn = (s.turn + 1) % count;
  return best ?? (count > lookedAt ? workerList.find(may) : undefined);
}
