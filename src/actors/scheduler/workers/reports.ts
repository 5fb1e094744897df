/** The smaller things that workers report: runs begun, handed back or stuck, copies made and dropped. */

import type {
  Copies,
  HandedBack,
  Missing,
  Progressed,
  Seceded,
  Started,
} from "../../../protocol/messages.js";
import { markStarted } from "../outcomes/adoption.js";
import { assign, secede, unassign } from "../tasks/assignment.js";
import { mayRun } from "../tasks/eligibility.js";
import { addCause, fail, isCurrent } from "../outcomes/failure.js";
import { takeResult } from "../outcomes/finish.js";
import { loseCopy } from "../outcomes/lineage.js";
import { E, S, type SchedulerState, type Theft } from "../state/state.js";
import { step } from "../tasks/step.js";
import { bit } from "../tables/task-table.js";
import { clearFlag, isInline, troubleOf } from "../tasks/task-facts.js";
import { LostValueError } from "../../../errors.js";
import { chained, wireError } from "../wire.js";
import type { WorkerRecord } from "../state/worker-record.js";

const noBytes = new Uint8Array();

export function takeStarted(s: SchedulerState, worker: WorkerRecord, message: Started): void {
  for (const run of message.runs) {
    const slot = s.runs.get(run);
    if (slot >= 0 && isCurrent(s, slot, run, worker)) markStarted(s, slot, worker);
  }
}

export function takeProgressed(s: SchedulerState, worker: WorkerRecord, message: Progressed): void {
  for (const [run, done, total] of message.runs) {
    const slot = s.runs.get(run);
    if (slot < 0 || !isCurrent(s, slot, run, worker)) continue;
    markStarted(s, slot, worker);
    s.progress.set(run, { done, total });
    s.events.tell("task.progress", { key: s.tasks.keys[slot]!, done, total, worker: worker.name });
  }
}

/** Runs go on without a slot: they wait for others. */
export function takeSeceded(s: SchedulerState, worker: WorkerRecord, message: Seceded): void {
  for (const run of message.runs) {
    const slot = s.runs.get(run);
    if (slot >= 0 && isCurrent(s, slot, run, worker)) secede(s, slot);
  }
}

/** Runs that did not begin come back: stolen ones go to the thief, others are placed anew. */
export function takeHandedBack(s: SchedulerState, worker: WorkerRecord, message: HandedBack): void {
  for (const run of message.runs) {
    const slot = s.runs.get(run);
    if (slot < 0) s.recovery.endRun(worker, run);
    if (slot < 0 || !isCurrent(s, slot, run, worker)) continue;
    const theft = s.thefts.get(run);
    step(s, slot, E.TAKEN_BACK);
    unassign(s, slot, "returned");
    if (theft === undefined || !hasMoved(s, slot, theft)) s.toPlace.push(slot);
  }
  for (const run of message.kept) {
    const theft = s.thefts.get(run);
    if (theft === undefined) continue;
    s.thefts.delete(run);
    clearFlag(s, theft.slot, bit.stealing);
  }
}

/** Gives a stolen task to its thief, if that one still wants it. */
function hasMoved(s: SchedulerState, slot: number, { thief }: Theft): boolean {
  const constraint = s.constraints[s.tasks.constraint[slot]!]!;
  if (s.workerOf.get(thief.peer) !== thief || !thief.usable || s.tasks.waitingFor[slot]! > 0) return false;
  if (!mayRun(s, constraint, thief) || !constraint.fitsNow(thief)) return false;
  troubleOf(s, slot).moves++;
  assign(s, slot, thief);
  return true;
}

/** Runs could not start because an input is nowhere to be had: who was asked in vain does not have it. */
export function takeMissing(s: SchedulerState, worker: WorkerRecord, message: Missing): void {
  for (const [run, valueRun, asked] of message.runs) {
    notHeld(s, valueRun, asked.length === 0 ? [worker.peer] : asked);
    const slot = s.runs.get(run);
    if (slot < 0) s.recovery.endRun(worker, run);
    if (slot < 0 || !isCurrent(s, slot, run, worker)) continue;
    step(s, slot, E.TAKEN_BACK);
    unassign(s, slot, "returned");
    const trouble = troubleOf(s, slot);
    if (++trouble.losses <= s.config.lossLimit) {
      s.toPlace.push(slot);
      continue;
    }
    const key = s.tasks.keys[slot]!;
    addCause(trouble, {
      kind: "lost",
      name: "MissingInput",
      message: `an input was missing on ${worker.name}`,
    });
    const error = new LostValueError(
      key,
      `its inputs could not be brought together ${trouble.losses} times`,
      "Look at whether the workers can reach each other.",
    );
    fail(s, slot, {
      error: wireError(error, "lost", chained(trouble.causes)),
      origin: key,
      attempts: trouble.failures,
      worker: worker.name,
    });
  }
}

/** Workers were asked for a value and did not give it: they free it if they have it, and are not asked again. */
export function notHeld(s: SchedulerState, run: number, peers: readonly string[]): void {
  for (const peer of peers) {
    const slot = s.runs.get(run);
    const holder = s.findWorker(peer);
    if (holder === undefined || slot < 0) continue;
    if (s.tasks.state[slot] !== S.memory || s.tasks.run[slot] !== run || isInline(s, slot)) continue;
    holder.frees.push(run);
    loseCopy(s, slot, holder, "it did not give it when asked");
  }
}

export function takeCopies(s: SchedulerState, worker: WorkerRecord, message: Copies): void {
  for (const run of message.added) {
    const slot = s.runs.get(run);
    // A copy of a value that was thought lost is as good as that value.
    const nbytes = slot < 0 ? 0 : s.tasks.nbytes[slot]!;
    if (!takeResult(s, slot, run, worker, nbytes, noBytes, 0, 0)) worker.frees.push(run);
  }
  for (const run of message.dropped) {
    const slot = s.runs.get(run);
    if (slot >= 0 && s.tasks.state[slot] === S.memory && s.tasks.run[slot] === run) {
      loseCopy(s, slot, worker, "it dropped it");
    }
  }
  // Somebody who leaves may have waited for these.
  if (s.workerList.some((other) => other.leaving !== undefined)) s.replicasAtMs = s.nowMs;
}
