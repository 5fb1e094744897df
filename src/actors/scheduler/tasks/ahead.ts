/**
 * Work sent ahead: a task whose missing inputs are all being made on one worker, and whose other inputs are there or
 * inline, goes to that worker before it is asked for. The worker starts it when the inputs are made, and a chain
 * costs one round trip instead of one for each link.
 *
 * Invariant: a task marked `ahead` is processing on the worker on which each of its missing inputs is processing, and
 * its message names those inputs' newest runs. `unassign` keeps it by taking such tasks back with their inputs.
 */

import { assign, recall } from "./assignment.js";
import { hasRoomFor, inputBytes, lookaheadMs } from "./costs.js";
import { isHeldBy } from "./locations.js";
import { S, type SchedulerState } from "../state/state.js";
import { bit } from "../tables/task-table.js";
import { clearFlag, hasFlag, isInline, isSuspicious, setFlag } from "./task-facts.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** Tails looked at for each message of a worker. */
const tailsLookedAt = 16;
/** The done part of the list is cut off when it is this long. */
const manyDone = 1_024;

/** The task has just been assigned to the worker: its dependents may follow at once. */
export function sendAhead(s: SchedulerState, slot: number, worker: WorkerRecord): void {
  if (s.tasks.dependents[slot] === 0 || worker.alone) return;
  const { chain } = s;
  chain.push(slot);
  while (chain.length > 0) sendFollowers(s, chain.pop(), worker);
}

/** The worker has room again: chains that were cut for want of it go on. */
export function extendTails(s: SchedulerState, worker: WorkerRecord): void {
  const { tails } = worker;
  for (let i = 0; i < tailsLookedAt && worker.tailsAt < tails.length; i++) {
    const slot = tails.items[worker.tailsAt++]!;
    const stamp = tails.items[worker.tailsAt++]! >>> 0;
    if (!s.isSame(slot, stamp) || s.tasks.worker[slot] !== worker.index) continue;
    sendAhead(s, slot, worker);
  }
  // Those that still do not fit have come in again at the end.
  if (worker.tailsAt < tails.length && worker.tailsAt < manyDone) return;
  tails.dropFirst(worker.tailsAt);
  worker.tailsAt = 0;
}

function sendFollowers(s: SchedulerState, slot: number, worker: WorkerRecord): void {
  const { tasks, edges } = s;
  if (tasks.dependents[slot]! > s.config.fanLimit) return;
  let cut = false;
  for (let e = tasks.firstDependent[slot]!; e >= 0; e = edges.next[e]!) {
    const follower = edges.of[e]!;
    if (tasks.state[follower] !== S.waiting) continue;
    const startsAt = startOn(s, follower, worker);
    if (startsAt < 0) continue;
    if (!fitsAhead(s, slot, follower, worker, startsAt)) {
      cut = true;
      continue;
    }
    assign(s, follower, worker, startsAt);
    setFlag(s, follower, bit.ahead);
    s.chain.push(follower);
  }
  if (!cut) return;
  worker.tails.push(slot);
  worker.tails.push(tasks.stamp[slot]!);
}

/** When the task could start on the worker, if all it lacks is being made there; else -1. */
function startOn(s: SchedulerState, slot: number, worker: WorkerRecord): number {
  const { tasks, edges } = s;
  const count = tasks.edgeCount[slot]!;
  if (count > s.config.fanLimit || tasks.constraint[slot] !== 0) return -1;
  if (hasFlag(s, slot, bit.held) || isSuspicious(s, slot)) return -1;
  const start = tasks.edgeStart[slot]!;
  let startsAt = s.nowMs;
  for (let e = start; e < start + count; e++) {
    const input = edges.to[e]!;
    const state = tasks.state[input]!;
    if (state === S.processing) {
      // The worker knows nothing of inputs that are only to have run before.
      if (e >= start + tasks.dataCount[slot]!) return -1;
      if (tasks.worker[input] !== worker.index || hasFlag(s, input, bit.stealing | bit.twin)) return -1;
      startsAt = Math.max(startsAt, s.assignments.expectedAtMs[tasks.assignment[input]!]!);
    } else if (state !== S.memory || !(isInline(s, input) || isHeldBy(s, input, worker))) return -1;
  }
  return startsAt;
}

/**
 * A task's only follower always fits: nobody else could begin it sooner. Of several, and of further links, as many fit
 * as the worker should look ahead; more would keep from others what they could do at the same time.
 */
function fitsAhead(
  s: SchedulerState,
  slot: number,
  follower: number,
  worker: WorkerRecord,
  startsAtMs: number,
): boolean {
  if (worker.processing >= s.config.maxDepthPerSlot * worker.slots) return false;
  if (s.tasks.dependents[slot] === 1 && !hasFlag(s, slot, bit.ahead)) return true;
  return startsAtMs - s.nowMs <= lookaheadMs(s, worker) && hasRoomFor(s, worker, follower);
}

/** The last missing input of the task is there: it is like any other on its worker, unless they prove too large. */
export function inputsArrived(s: SchedulerState, slot: number): void {
  if (!hasFlag(s, slot, bit.ahead)) return;
  const bytes = inputBytes(s, slot);
  if (bytes > s.leastMemoryBytes && bytes > s.workerOn(slot)!.memoryLimitBytes) recall(s, slot);
  else clearFlag(s, slot, bit.ahead);
}
