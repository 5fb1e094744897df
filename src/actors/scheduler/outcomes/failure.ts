/** Failed attempts: which are tried again and when, which are final, and whom a final one takes with it. */

import { InputsTooLargeError, KilledWorkerError, NoValidWorkerError } from "../../../errors.js";
import type { Failed, WireError } from "../../../protocol/messages.js";
import { forgetTwin, unassign } from "../tasks/assignment.js";
import { whyNobody } from "../tasks/eligibility.js";
import { letGoOfInputs } from "../tasks/inputs.js";
import { E, S, type SchedulerState } from "../state/state.js";
import { step } from "../tasks/step.js";
import { bit } from "../tables/task-table.js";
import {
  clearFlag,
  forgetOldRun,
  hasFlag,
  isNeeded,
  setFlag,
  troubleIfAny,
  troubleOf,
} from "../tasks/task-facts.js";
import { causesKept, type Erred, type Trouble } from "../state/trouble.js";
import { tellWanters } from "../tasks/wants.js";
import { wireError } from "../wire.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** Runs have failed on a worker. */
export function takeFailed(s: SchedulerState, worker: WorkerRecord, message: Failed): void {
  for (const { run, error, part } of message.runs) {
    const slot = s.runs.get(run);
    if (slot < 0) {
      s.recovery.endRun(worker, run);
      continue;
    }
    if (s.twins.get(slot)?.run === run) {
      forgetTwin(s, slot);
      s.runs.delete(run);
    } else if (isCurrent(s, slot, run, worker)) failRun(s, slot, worker, error, part);
    else if (forgetOldRun(s, slot, run)) s.runs.delete(run);
  }
}

/** Whether `run` is the task's newest, and that worker's to run. */
export function isCurrent(s: SchedulerState, slot: number, run: number, worker: WorkerRecord): boolean {
  const { tasks } = s;
  return tasks.run[slot] === run && tasks.state[slot] === S.processing && tasks.worker[slot] === worker.index;
}

function failRun(
  s: SchedulerState,
  slot: number,
  worker: WorkerRecord,
  error: WireError,
  part: string | undefined,
): void {
  const { config, tasks } = s;
  const trouble = troubleOf(s, slot);
  trouble.failures++;
  addCause(trouble, error);
  step(s, slot, E.TAKEN_BACK);
  unassign(s, slot, "failed");
  const final = (wire: WireError): void =>
    fail(s, slot, {
      error: wire,
      origin: part ?? tasks.keys[slot]!,
      attempts: trouble.failures,
      worker: worker.name,
    });
  switch (error.kind) {
    case "killed":
      trouble.deaths.push(worker.name);
      return afterDeath(s, slot);
    case "oom":
      trouble.oomLimitBytes = Math.max(trouble.oomLimitBytes, worker.memoryLimitBytes);
      if (++trouble.ooms > config.allowedFailures) return final(error);
      return tryAgain(s, slot);
    case "lost":
      if (++trouble.losses > config.lossLimit) return final(error);
      return tryAgain(s, slot);
    case "user":
    case "timeout":
      if (trouble.retriesUsed >= retriesOf(s, slot)) return final(error);
      trouble.retriesUsed++;
      return tryLater(s, slot, trouble.retriesUsed);
    default:
      return final(error);
  }
}

export function addCause(trouble: Trouble, cause: WireError): void {
  trouble.causes.push(cause);
  if (trouble.causes.length > causesKept) trouble.causes.shift();
}

function retriesOf(s: SchedulerState, slot: number): number {
  const own = hasFlag(s, slot, bit.options) ? s.options.get(slot)?.retries : undefined;
  return own ?? s.batches[s.tasks.batch[slot]!]?.retries ?? 0;
}

/** The waiting task may be placed at once. */
function tryAgain(s: SchedulerState, slot: number): void {
  s.toPlace.push(slot);
}

function tryLater(s: SchedulerState, slot: number, failures: number): void {
  const { retryBackoffMs, retryBackoffFactor, retryBackoffMaxMs, retryJitter } = s.config;
  const wait = Math.min(retryBackoffMaxMs, retryBackoffMs * retryBackoffFactor ** (failures - 1));
  const jitter = 1 + retryJitter * (2 * s.random.next() - 1);
  setFlag(s, slot, bit.held);
  s.timers.add({ atMs: s.nowMs + wait * jitter, kind: "retry", slot, stamp: s.tasks.stamp[slot]! });
}

/** The next attempt of a task is due. */
export function retryDue(s: SchedulerState, slot: number): void {
  if (!hasFlag(s, slot, bit.held)) return;
  clearFlag(s, slot, bit.held);
  s.toPlace.push(slot);
}

/** A worker has died under the task, which is waiting now: it is tried again, or given up. */
export function afterDeath(s: SchedulerState, slot: number): void {
  const { deaths, failures, causes } = troubleOf(s, slot);
  if (deaths.length <= s.config.allowedFailures) return tryAgain(s, slot);
  const key = s.tasks.keys[slot]!;
  const error = wireError(new KilledWorkerError(key, deaths), "killed", causes.at(-1));
  return fail(s, slot, { error, origin: key, attempts: failures, worker: deaths.at(-1)! });
}

/** Nobody came who may run the task. */
export function noWorkerCame(s: SchedulerState, slot: number): void {
  if (s.tasks.state[slot] !== S.noWorker) return;
  const key = s.tasks.keys[slot]!;
  const reason = whyNobody(s, s.constraints[s.tasks.constraint[slot]!]!);
  const error = wireError(new NoValidWorkerError(key, reason, s.config.noWorkersTimeoutMs), "noWorker");
  fail(s, slot, { error, origin: key, attempts: troubleIfAny(s, slot)?.failures ?? 0 });
}

/** The inputs of the waiting task take more memory than any worker has that may run it. */
export function failTooLarge(s: SchedulerState, slot: number, bytes: number, limitBytes: number): void {
  const key = s.tasks.keys[slot]!;
  const error = wireError(new InputsTooLargeError(key, bytes, limitBytes), "noWorker");
  fail(s, slot, { error, origin: key, attempts: 0 });
}

/** The task fails for good, and with it every active task that needs it. */
export function fail(s: SchedulerState, slot: number, erred: Erred): void {
  markErred(s, slot, E.FAILED, erred);
}

/** The task cannot run because an input has failed. */
export function spreadError(s: SchedulerState, slot: number, erred: Erred): void {
  markErred(s, slot, E.INPUT_ERRED, erred);
}

function markErred(s: SchedulerState, first: number, firstEvent: number, erred: Erred): void {
  const { tasks, edges } = s;
  const pending = [first];
  let event = firstEvent;
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    const state = tasks.state[slot]!;
    if (state === S.released || state === S.memory || state === S.erred) continue;
    // One that has all it needs on its worker may still make it.
    if (state === S.processing && !hasFlag(s, slot, bit.ahead)) continue;
    s.errors.set(slot, erred);
    step(s, slot, event);
    event = E.INPUT_ERRED;
    if (state === S.processing) unassign(s, slot, "cancel");
    tasks.waitingFor[slot] = 0;
    clearFlag(s, slot, bit.held | bit.reserved);
    letGoOfInputs(s, slot);
    tellWanters(s, slot);
    if (!isNeeded(s, slot)) s.toRelease.push(slot);
    for (let e = tasks.firstDependent[slot]!; e >= 0; e = edges.next[e]!) pending.push(edges.of[e]!);
  }
}
