/**
 * Tying a task to the worker that processes it, and untying it. A worker's list, counts, occupancy, resources and
 * digest of runs always are those of the tasks tied to it.
 */

import { runHash } from "../../../protocol/digest.js";
import { costOf, transferMs } from "./costs.js";
import { askForInputs } from "./inputs.js";
import { E, type SchedulerState } from "../state/state.js";
import { step } from "./step.js";
import { bit } from "../tables/task-table.js";
import { clearFlag, hasFlag, setFlag, troubleOf } from "./task-facts.js";
import { oldRunsKept } from "../state/trouble.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** How a run ends its time on a worker without having made the value. */
export type RunEnd =
  /** It failed there. */
  | "failed"
  /** It is to be stopped; if it is pure, what it may still bring is welcome. */
  | "cancel"
  /** It was given back before it began. */
  | "returned"
  /** The worker is gone, with it or for now. */
  | "lost";

const tieBits = bit.sent | bit.started | bit.ahead | bit.probe | bit.twin | bit.stealing | bit.seceded;

/** A new run of the task, to be sent to the worker by the next drain. */
export function assign(s: SchedulerState, slot: number, worker: WorkerRecord, startsAtMs = s.nowMs): void {
  const run = s.newRun();
  s.tasks.run[slot] = run;
  s.runs.set(run, slot);
  tie(s, slot, worker, startsAtMs);
  worker.outbox.push(slot);
  step(s, slot, E.ASSIGNED);
}

/** The worker has the task's newest run. */
export function tie(s: SchedulerState, slot: number, worker: WorkerRecord, startsAtMs: number): void {
  const { tasks, assignments } = s;
  const extraMs = transferMs(s, slot, worker);
  const cost = s.prefixes.estimate[tasks.prefix[slot]!]! + extraMs;
  const row = assignments.add(slot);
  tasks.worker[slot] = worker.index;
  tasks.assignment[slot] = row;
  assignments.previous[row] = worker.tail;
  assignments.next[row] = -1;
  if (worker.tail < 0) worker.head = row;
  else assignments.next[worker.tail] = row;
  worker.tail = row;
  if (worker.processing++ < worker.slots) setFlag(s, slot, bit.probe);
  assignments.atMs[row] = s.nowMs;
  assignments.expectedAtMs[row] = startsAtMs + cost;
  assignments.extraMs[row] = extraMs;
  worker.occupancyMs += costOf(s, slot);
  worker.count(tasks.prefix[slot]!, 1);
  worker.runDigest = (worker.runDigest ^ runHash(tasks.run[slot]!)) >>> 0;
  if (tasks.constraint[slot]! > 0) takeResources(s, slot, worker, -1);
}

/**
 * The task runs without a slot from here on: its worker has room for one more, or those it waits for might never find
 * a place.
 */
export function secede(s: SchedulerState, slot: number): void {
  if (hasFlag(s, slot, bit.seceded)) return;
  const worker = s.workers[s.tasks.worker[slot]!]!;
  worker.occupancyMs -= costOf(s, slot);
  worker.count(s.tasks.prefix[slot]!, -1);
  setFlag(s, slot, bit.seceded);
  worker.alone = false;
  lendSlot(s, worker, 1);
  touch(s, worker);
}

function lendSlot(s: SchedulerState, worker: WorkerRecord, by: 1 | -1): void {
  worker.lentSlots += by;
  worker.slots += by;
  if (worker.staying) s.totalSlots += by;
}

/** The inverse of {@link tie}: the task's run is not touched. */
export function untie(s: SchedulerState, slot: number): void {
  const { tasks, assignments } = s;
  const worker = s.workers[tasks.worker[slot]!]!;
  const row = tasks.assignment[slot]!;
  const previous = assignments.previous[row]!;
  const next = assignments.next[row]!;
  if (previous < 0) worker.head = next;
  else assignments.next[previous] = next;
  if (next < 0) worker.tail = previous;
  else assignments.previous[next] = previous;
  worker.occupancyMs -= costOf(s, slot);
  if (!hasFlag(s, slot, bit.seceded)) worker.count(tasks.prefix[slot]!, -1);
  assignments.remove(row);
  worker.runDigest = (worker.runDigest ^ runHash(tasks.run[slot]!)) >>> 0;
  const flags = tasks.flags[slot]!;
  if ((flags & bit.started) !== 0) worker.started--;
  if ((flags & bit.seceded) !== 0) lendSlot(s, worker, -1);
  if ((flags & bit.twin) !== 0) cancelTwin(s, slot);
  if ((flags & bit.stealing) !== 0) s.thefts.delete(tasks.run[slot]!);
  if (s.progress.size > 0) s.progress.delete(tasks.run[slot]!);
  if (--worker.processing === 0) {
    // Sums of fractions drift; nothing left is exactly nothing.
    worker.occupancyMs = 0;
    worker.alone = false;
    worker.closing = false;
  }
  if (tasks.constraint[slot]! > 0) takeResources(s, slot, worker, 1);
  // Not from `flags`: ending a second run may have set others.
  tasks.flags[slot]! &= ~tieBits;
  tasks.worker[slot] = -1;
  touch(s, worker);
}

/**
 * Unties a task whose run made no value here, and settles what becomes of that run. Tasks that were sent ahead of it
 * are taken back, for they wait for that very run.
 */
export function unassign(s: SchedulerState, slot: number, end: RunEnd): void {
  endRun(s, slot, end);
  const { tasks, edges, chain } = s;
  if (tasks.dependents[slot] === 0) return;
  chain.push(slot);
  while (chain.length > 0) {
    const made = chain.pop();
    for (let e = tasks.firstDependent[made]!; e >= 0; e = edges.next[e]!) {
      const follower = edges.of[e]!;
      if (!hasFlag(s, follower, bit.ahead)) continue;
      step(s, follower, E.TAKEN_BACK);
      endRun(s, follower, "cancel");
      s.toPlace.push(follower);
      chain.push(follower);
    }
  }
}

function endRun(s: SchedulerState, slot: number, end: RunEnd): void {
  const run = s.tasks.run[slot]!;
  const worker = s.workers[s.tasks.worker[slot]!]!;
  const sent = hasFlag(s, slot, bit.sent);
  untie(s, slot);
  if (hasFlag(s, slot, bit.selfContained)) {
    clearFlag(s, slot, bit.selfContained);
    askForInputs(s, slot);
  }
  if (end === "cancel" && sent) worker.cancels.push(run);
  if (sent && (end === "cancel" || end === "lost")) keepOldRun(s, slot, run);
  else s.runs.delete(run);
}

/** Takes back one task that was sent ahead, and those sent ahead of it. */
export function recall(s: SchedulerState, slot: number): void {
  step(s, slot, E.TAKEN_BACK);
  unassign(s, slot, "cancel");
  s.toPlace.push(slot);
}

/** A run that was given up may still bring its value, when the task is pure. */
export function keepOldRun(s: SchedulerState, slot: number, run: number): void {
  if (!hasFlag(s, slot, bit.pure)) {
    s.runs.delete(run);
    return;
  }
  const { oldRuns } = troubleOf(s, slot);
  oldRuns.push(run);
  if (oldRuns.length > oldRunsKept) s.runs.delete(oldRuns.shift()!);
}

/** The worker may have come to have room. */
function touch(s: SchedulerState, worker: WorkerRecord): void {
  if (worker.touched) return;
  worker.touched = true;
  s.touched.push(worker);
}

/** The second run of a task is not wanted any more. */
function cancelTwin(s: SchedulerState, slot: number): void {
  const twin = s.twins.get(slot);
  if (twin === undefined) return;
  s.twins.delete(slot);
  s.tasks.flags[slot]! &= ~bit.twin;
  twin.worker.cancels.push(twin.run);
  twin.worker.runDigest = (twin.worker.runDigest ^ runHash(twin.run)) >>> 0;
  keepOldRun(s, slot, twin.run);
}

/** The second run has ended by itself. */
export function forgetTwin(s: SchedulerState, slot: number): void {
  const twin = s.twins.get(slot);
  if (twin === undefined) return;
  s.twins.delete(slot);
  s.tasks.flags[slot]! &= ~bit.twin;
  twin.worker.runDigest = (twin.worker.runDigest ^ runHash(twin.run)) >>> 0;
}

function takeResources(s: SchedulerState, slot: number, worker: WorkerRecord, by: 1 | -1): void {
  for (const [name, amount] of s.constraints[s.tasks.constraint[slot]!]!.resources) {
    worker.available.set(name, (worker.available.get(name) ?? 0) + by * amount);
  }
}
