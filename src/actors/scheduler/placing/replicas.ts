/**
 * Copies of values, every replicaIntervalMs: more than are needed are dropped, and what only a leaving worker holds is
 * brought to others before that one may go. A value never loses its last copy here.
 */

import { holdersOf, isHeldBy, removeHolder } from "../tasks/locations.js";
import { S, type SchedulerState } from "../state/state.js";
import { bit } from "../tables/task-table.js";
import { hasFlag } from "../tasks/task-facts.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** After this many intervals a copy that was asked for is asked for again. */
const patience = 3;

export function manageReplicas(s: SchedulerState): void {
  for (const slot of s.copies.keys()) dropSpare(s, slot);
  for (const worker of s.workerList) if (worker.leaving !== undefined) evacuate(s, worker);
}

/** One copy stays, and those on workers that have tasks which need it. What was scattered stays where it was put. */
function dropSpare(s: SchedulerState, slot: number): void {
  if (hasFlag(s, slot, bit.given)) return;
  const holders = holdersOf(s, slot);
  const needing = workersNeeding(s, slot);
  const kept = holders.filter((worker) => needing.has(worker.index) && worker.leaving === undefined);
  if (kept.length === 0)
    kept.push(holders.reduce((best, worker) => (isBetterHome(worker, best) ? worker : best)));
  for (const worker of holders) {
    if (kept.includes(worker) || needing.has(worker.index)) continue;
    removeHolder(s, slot, worker);
    worker.frees.push(s.tasks.run[slot]!);
  }
}

function isBetterHome(a: WorkerRecord, b: WorkerRecord): boolean {
  if ((a.leaving === undefined) !== (b.leaving === undefined)) return a.leaving === undefined;
  if (a.suspect !== b.suspect) return b.suspect;
  if (a.paused !== b.paused) return b.paused;
  return a.valueBytes / Math.max(1, a.memoryLimitBytes) < b.valueBytes / Math.max(1, b.memoryLimitBytes);
}

/** Numbers of the workers that process a dependent of the task. */
function workersNeeding(s: SchedulerState, slot: number): ReadonlySet<number> {
  const { tasks, edges } = s;
  const needing = new Set<number>();
  for (let e = tasks.firstDependent[slot]!; e >= 0; e = edges.next[e]!) {
    const worker = tasks.worker[edges.of[e]!]!;
    if (worker >= 0) needing.add(worker);
  }
  return needing;
}

/** Has others fetch what only this worker, or others that leave, hold; when there is nothing left to move it may go. */
function evacuate(s: SchedulerState, worker: WorkerRecord): void {
  const homes = s.workerList.filter((other) => other.staying && !other.paused && !other.suspect);
  const alone = onlyHere(s, worker);
  if (homes.length > 0) for (const slot of alone) moveOut(s, slot, worker, homes);
  if (worker.processing > 0 || worker.dismissed || (alone.length > 0 && homes.length > 0)) return;
  worker.dismissed = true;
  const message = { kind: "bye", reason: "nothing is left here that others need" } as const;
  s.out.push({ type: "send", to: worker.peer, message });
}

/** The values of which no copy is on a worker that stays. Costs a walk over all tasks. */
function onlyHere(s: SchedulerState, worker: WorkerRecord): readonly number[] {
  const { tasks } = s;
  const alone: number[] = [];
  let left = worker.values;
  for (let slot = 0; slot < tasks.size && left > 0; slot++) {
    if (tasks.state[slot] !== S.memory || !isHeldBy(s, slot, worker)) continue;
    left--;
    if (holdersOf(s, slot).every((holder) => holder.leaving !== undefined)) alone.push(slot);
  }
  return alone;
}

function moveOut(s: SchedulerState, slot: number, from: WorkerRecord, homes: readonly WorkerRecord[]): void {
  const { tasks, config } = s;
  const run = tasks.run[slot]!;
  const asked = from.moving.get(run);
  if (asked !== undefined && s.nowMs - asked < patience * config.replicaIntervalMs) return;
  from.moving.set(run, s.nowMs);
  const home = homes.reduce((best, other) => (isBetterHome(other, best) ? other : best));
  // Counted here already, so that not everything goes to the one that was emptiest at first.
  home.replicates.push([run, tasks.nbytes[slot]!, [from.peer]]);
}
