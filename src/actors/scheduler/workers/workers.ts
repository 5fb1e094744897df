/** Workers coming, beating, leaving and dying. */

import type { Beat } from "../../../protocol/messages.js";
import { forgetTwin, keepOldRun, tie, unassign, untie } from "../tasks/assignment.js";
import { returnReserved } from "../placing/deal.js";
import { addCause, afterDeath } from "../outcomes/failure.js";
import { loseCopy } from "../outcomes/lineage.js";
import { parkUnservable } from "../placing/placement.js";
import { blame, nobody } from "./blame.js";
import { workerGone } from "./run-everywhere.js";
import { E, S, type SchedulerState } from "../state/state.js";
import { step } from "../tasks/step.js";
import { bit } from "../tables/task-table.js";
import { clearFlag, hasFlag, setFlag, troubleOf } from "../tasks/task-facts.js";
import { WorkerRecord } from "../state/worker-record.js";

export function addWorker(s: SchedulerState, peer: string, name: string): void {
  if (s.workerOf.has(peer)) return;
  const free = s.workers.indexOf(undefined);
  const worker = new WorkerRecord(free < 0 ? s.workers.length : free, peer, name, s.nowMs);
  s.workers[worker.index] = worker;
  s.workerList.push(worker);
  s.workerOf.set(peer, worker);
}

/** Sums over all workers that are here to stay. */
export function recount(s: SchedulerState): void {
  s.totalSlots = 0;
  s.leastMemoryBytes = Infinity;
  const isHome = s.workerList.some((worker) => worker.isHome);
  s.isHybrid = isHome && s.workerList.some((worker) => worker.registered && !worker.isHome);
  for (const worker of s.workerList) {
    if (!worker.staying) continue;
    s.totalSlots += worker.slots;
    s.leastMemoryBytes = Math.min(s.leastMemoryBytes, worker.memoryLimitBytes);
  }
}

/** What was sent to it may be lost, function numbers included; it registers, and then all is compared. */
export function workerReset(s: SchedulerState, worker: WorkerRecord): void {
  worker.knownFunctions.fill(0);
  worker.full = false;
  worker.mismatches = 0;
  worker.pages = [];
  worker.moving.clear();
  worker.dismissed = false;
  for (const [run, theft] of s.thefts) {
    if (theft.victim !== worker) continue;
    s.thefts.delete(run);
    clearFlag(s, theft.slot, bit.stealing);
  }
  for (const [number, call] of s.questions.calls()) {
    if (!call.waiting.has(worker.peer)) continue;
    const message = { kind: "runOnWorker", id: number, fn: call.fn, args: call.args } as const;
    s.out.push({ type: "send", to: worker.peer, message });
  }
}

export function takeBeat(s: SchedulerState, worker: WorkerRecord, beat: Beat): void {
  worker.memoryBytes = beat.memoryBytes;
  worker.managedBytes = beat.managedBytes;
  worker.loopDelayMs = beat.loopDelayMs;
  if (beat.paused !== worker.paused) {
    worker.paused = beat.paused;
    if (beat.paused) returnReserved(s, worker);
    s.dealAll = true;
  }
  if (worker.registered) compareDigests(s, worker, beat);
  if (worker.namesake !== undefined) tellOfNamesake(s, worker, worker.namesake);
}

/** It lives, and so does the other: tasks that name a worker go to either, which is hardly meant. */
function tellOfNamesake(s: SchedulerState, worker: WorkerRecord, other: string): void {
  worker.namesake = undefined;
  if (s.workerOf.get(other)?.staying === true && worker.staying)
    s.events.tell("worker.namesake", { worker: worker.name, peers: [worker.peer, other] });
}

/**
 * What differs while something is on its way may only be late. What differs twice running in quiet is asked about,
 * once: a run that takes its time to be stopped differs for as long.
 */
function compareDigests(s: SchedulerState, worker: WorkerRecord, beat: Beat): void {
  const quiet = !worker.sentSinceBeat;
  worker.sentSinceBeat = false;
  if (beat.runDigest === worker.runDigest && beat.valueDigest === worker.valueDigest) {
    worker.mismatches = 0;
    return;
  }
  if (!quiet || ++worker.mismatches < 2) return;
  worker.mismatches = 0;
  const over = [beat.runDigest, beat.valueDigest, worker.runDigest, worker.valueDigest].join();
  if (over === worker.askedOver) return;
  worker.askedOver = over;
  s.out.push({ type: "send", to: worker.peer, message: { kind: "register?" } });
}

/** It goes in good order: it gets nothing new, and what only it has is moved before it may go. */
export function takeLeave(s: SchedulerState, worker: WorkerRecord, reason: string): void {
  if (worker.leaving !== undefined) return;
  worker.leaving = reason;
  returnReserved(s, worker);
  for (const slot of slotsOf(s, worker)) {
    // What was never sent it cannot hand back.
    if (s.tasks.worker[slot] !== worker.index || hasFlag(s, slot, bit.sent)) continue;
    step(s, slot, E.TAKEN_BACK);
    unassign(s, slot, "returned");
    s.toPlace.push(slot);
  }
  recount(s);
  parkUnservable(s);
  s.replicasAtMs = s.nowMs;
}

/** The slots that the worker processes, in the order of assignment. */
export function slotsOf(s: SchedulerState, worker: WorkerRecord): number[] {
  const slots: number[] = [];
  const { slot, next } = s.assignments;
  for (let row = worker.head; row >= 0; row = next[row]!) slots.push(slot[row]!);
  return slots;
}

/**
 * The incarnation is gone, and never counted again: what it ran is run elsewhere, what only it held is made again. For
 * anything but a good-bye, what it was running is blamed.
 */
export function removeWorker(s: SchedulerState, worker: WorkerRecord, why: string): void {
  const slots = slotsOf(s, worker);
  const { blamed, suspected } = why === "bye" || worker.dismissed ? nobody : blame(s, worker, slots);
  worker.registered = false;
  s.recovery.withdraw(worker);
  leaveTwins(s, worker);
  for (const slot of slots) {
    if (s.tasks.worker[slot] !== worker.index) continue;
    if (hasFlag(s, slot, bit.twin)) {
      promoteTwin(s, slot);
      continue;
    }
    step(s, slot, E.TAKEN_BACK);
    unassign(s, slot, "lost");
    if (!blamed.has(slot)) {
      if (suspected.has(slot)) troubleOf(s, slot).suspected = true;
      s.toPlace.push(slot);
      continue;
    }
    const trouble = troubleOf(s, slot);
    trouble.failures++;
    trouble.deaths.push(worker.name);
    addCause(trouble, { kind: "killed", name: "WorkerLost", message: `worker ${worker.name} died (${why})` });
    afterDeath(s, slot);
  }
  returnReserved(s, worker);
  loseValues(s, worker, why);
  workerGone(s, worker);
  s.workers[worker.index] = undefined;
  s.workerOf.delete(worker.peer);
  s.workerList.splice(s.workerList.indexOf(worker), 1);
  recount(s);
  parkUnservable(s);
  s.dealAll = true;
  s.events.tell("worker.lost", { worker: worker.name, why });
}

/** Second runs on the worker are over. */
function leaveTwins(s: SchedulerState, worker: WorkerRecord): void {
  for (const [slot, twin] of s.twins) {
    if (twin.worker !== worker) continue;
    forgetTwin(s, slot);
    keepOldRun(s, slot, twin.run);
  }
}

/** The first run's worker is gone: the second run goes on as the only one. */
function promoteTwin(s: SchedulerState, slot: number): void {
  const { run, worker } = s.twins.get(slot)!;
  forgetTwin(s, slot);
  const old = s.tasks.run[slot]!;
  untie(s, slot);
  keepOldRun(s, slot, old);
  s.tasks.run[slot] = run;
  tie(s, slot, worker, s.nowMs);
  const waits = worker.twinOutbox.indexOf(slot);
  if (waits < 0) setFlag(s, slot, bit.sent);
  else {
    // As a second run it had not been sent yet.
    worker.twinOutbox.splice(waits, 1);
    worker.outbox.push(slot);
  }
}

/** Costs a walk over all tasks. */
function loseValues(s: SchedulerState, worker: WorkerRecord, why: string): void {
  const { tasks } = s;
  for (let slot = 0; slot < tasks.size && worker.values > 0; slot++) {
    if (tasks.state[slot] !== S.memory) continue;
    loseCopy(s, slot, worker, `it is gone (${why})`);
  }
}
