/**
 * Balance: tasks that a busy worker has not begun move to idle ones when they end sooner there, and stragglers may be
 * run a second time. The busy worker is asked first, for only it knows what has begun; answers carry the run, so a late
 * one means nothing.
 */

import { runHash } from "../../../protocol/digest.js";
import { assign, unassign } from "../tasks/assignment.js";
import { costOf, transferMs } from "../tasks/costs.js";
import { mayRun } from "../tasks/eligibility.js";
import { E, S, type SchedulerState } from "../state/state.js";
import { isSuspect } from "../state/trouble.js";
import { step } from "../tasks/step.js";
import { bit } from "../tables/task-table.js";
import { hasFlag, setFlag, troubleIfAny } from "../tasks/task-facts.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** A worker with the work it will have when what is under way has moved. */
interface Load {
  readonly worker: WorkerRecord;
  ms: number;
}

/** Moves what helps. Gives the number of tasks that were moved or asked for. */
export function balance(s: SchedulerState): number {
  const loads = s.workerList
    .filter((worker) => worker.usable)
    .map((worker) => ({ worker, ms: workOf(s, worker) }));
  for (const theft of s.thefts.values()) {
    const cost = costOf(s, theft.slot);
    for (const load of loads) {
      if (load.worker === theft.victim) load.ms -= cost;
      if (load.worker === theft.thief) load.ms += cost;
    }
  }
  const idle = loads.filter(({ worker }) => worker.processing < worker.slots);
  if (idle.length === 0 || s.counts[S.queued]! > 0) return 0;
  const mean = loads.reduce((sum, load) => sum + perSlot(load), 0) / loads.length;
  const { stealSaturation, stealMinWorkMs } = s.config;
  const victims = loads
    .filter((load) => load.worker.processing > load.worker.slots)
    .filter((load) => load.ms > stealMinWorkMs && perSlot(load) > stealSaturation * mean)
    .sort((a, b) => perSlot(b) - perSlot(a));
  let moved = 0;
  for (const victim of victims) moved += relieve(s, victim, idle);
  return moved;
}

function perSlot({ worker, ms }: Load): number {
  return ms / worker.slots;
}

/** What the worker still has to do: a task that has run longer than its like is likely to run on as long again. */
function workOf(s: SchedulerState, worker: WorkerRecord): number {
  let ms = worker.occupancyMs;
  let started = worker.started;
  const { assignments } = s;
  for (let row = worker.head; row >= 0 && started > 0; row = assignments.next[row]!) {
    const slot = assignments.slot[row]!;
    if (!hasFlag(s, slot, bit.started)) continue;
    started--;
    if (hasFlag(s, slot, bit.seceded)) continue;
    ms += Math.max(0, s.nowMs - assignments.atMs[row]! - costOf(s, slot));
  }
  return ms;
}

/** From the last assigned on: the first ones are running, or the next to. */
function relieve(s: SchedulerState, victim: Load, idle: readonly Load[]): number {
  const { tasks, assignments } = s;
  const { worker } = victim;
  let moved = 0;
  let left = worker.processing;
  for (let row = worker.tail; row >= 0 && left > worker.slots; left--) {
    const slot = assignments.slot[row]!;
    // Moving the task takes it, and those sent ahead of it, out of the list: they come later in it.
    row = assignments.previous[row]!;
    if (mayMove(s, slot)) {
      const thief = thiefFor(s, slot, victim, idle);
      if (thief !== undefined) {
        const ms = s.prefixes.estimate[tasks.prefix[slot]!]! + transferMs(s, slot, thief.worker);
        victim.ms -= costOf(s, slot);
        thief.ms += ms;
        move(s, slot, worker, thief.worker);
        moved++;
      }
    }
  }
  return moved;
}

const unmovable = bit.started | bit.ahead | bit.stealing | bit.twin | bit.selfContained | bit.seceded;

function mayMove(s: SchedulerState, slot: number): boolean {
  if (hasFlag(s, slot, unmovable)) return false;
  const trouble = troubleIfAny(s, slot);
  if (isSuspect(trouble)) return false;
  return s.tasks.waitingFor[slot] === 0 && (trouble?.moves ?? 0) < s.config.stealMaxMoves;
}

/** The idle worker on which the task would end so much sooner that moving it pays. */
function thiefFor(s: SchedulerState, slot: number, victim: Load, idle: readonly Load[]): Load | undefined {
  const { tasks, prefixes } = s;
  const constraint = s.constraints[tasks.constraint[slot]!]!;
  const duration = prefixes.estimate[tasks.prefix[slot]!]!;
  let best: Load | undefined;
  for (const load of idle) {
    if (best !== undefined && perSlot(load) >= perSlot(best)) continue;
    if (load === victim || !mayRun(s, constraint, load.worker) || !constraint.fitsNow(load.worker)) continue;
    const ms = transferMs(s, slot, load.worker) + duration;
    if (perSlot(load) + ms <= perSlot(victim) - ms / 2) best = load;
  }
  return best;
}

function move(s: SchedulerState, slot: number, victim: WorkerRecord, thief: WorkerRecord): void {
  if (!hasFlag(s, slot, bit.sent)) {
    step(s, slot, E.TAKEN_BACK);
    unassign(s, slot, "returned");
    assign(s, slot, thief);
    return;
  }
  const run = s.tasks.run[slot]!;
  setFlag(s, slot, bit.stealing);
  s.thefts.set(run, { slot, victim, thief });
  victim.steals.push(run);
}

/** Runs pure tasks that take far longer than their like once more on idle workers; the first result wins. */
export function speculate(s: SchedulerState): void {
  if (s.counts[S.queued]! > 0) return;
  const { stragglerFactor, stragglerMinMs } = s.config;
  const { tasks, assignments, prefixes } = s;
  const idle = s.workerList.filter((worker) => worker.usable && worker.processing === 0);
  for (const worker of s.workerList) {
    let started = worker.started;
    for (let row = worker.head; row >= 0 && started > 0 && idle.length > 0; row = assignments.next[row]!) {
      const slot = assignments.slot[row]!;
      if (!hasFlag(s, slot, bit.started)) continue;
      started--;
      const mean = prefixes.mean[tasks.prefix[slot]!]!;
      const elapsed = s.nowMs - assignments.atMs[row]!;
      if (mean === 0 || elapsed < Math.max(stragglerMinMs, stragglerFactor * mean)) continue;
      if (!hasFlag(s, slot, bit.pure) || hasFlag(s, slot, bit.twin | bit.selfContained | bit.seceded))
        continue;
      if (tasks.waitingFor[slot]! > 0 || tasks.constraint[slot] !== 0) continue;
      runTwin(s, slot, idle.pop()!);
    }
  }
}

function runTwin(s: SchedulerState, slot: number, worker: WorkerRecord): void {
  const run = s.newRun();
  s.runs.set(run, slot);
  s.twins.set(slot, { run, worker });
  setFlag(s, slot, bit.twin);
  worker.twinOutbox.push(slot);
  worker.runDigest = (worker.runDigest ^ runHash(run)) >>> 0;
}
