/** Results: which of them count, and what follows when a task has its value. */

import type { Done } from "../../../protocol/messages.js";
import { inputsArrived } from "../tasks/ahead.js";
import { forgetTwin, unassign, untie } from "../tasks/assignment.js";
import { reestimate } from "../tasks/costs.js";
import { letGoOfInputs } from "../tasks/inputs.js";
import { addHolder } from "../tasks/locations.js";
import { E, S, type SchedulerState } from "../state/state.js";
import { step } from "../tasks/step.js";
import { bit } from "../tables/task-table.js";
import { clearFlag, forgetOldRun, hasFlag, isActiveState, isInline, isNeeded } from "../tasks/task-facts.js";
import { tellWanters } from "../tasks/wants.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** How fast a longer and a shorter round trip is believed: the first ones have modules to load on the way. */
const longerShare = 0.25;
const shorterShare = 0.5;

/** Runs have finished on a worker. */
export function takeDone(s: SchedulerState, worker: WorkerRecord, message: Done): void {
  const { run, nbytes, tookMs, inlineStart, inline } = message;
  for (let i = 0; i < run.length; i++) {
    const start = inlineStart[i]!;
    const end = inlineStart[i + 1]!;
    const slot = s.runs.get(run[i]!);
    if (slot >= 0 && s.tasks.run[slot] === run[i] && s.tasks.state[slot] === S.processing) {
      observe(s, slot, worker, tookMs[i]!, nbytes[i]!);
    }
    if (slot < 0 && s.recovery.runs.size > 0) {
      const key = s.recovery.endRun(worker, run[i]!);
      if (key !== undefined) {
        const offer = { worker, run: run[i]!, nbytes: nbytes[i]! };
        s.recovery.offerValue(key, end > start ? { ...offer, inline: inline.slice(start, end) } : offer);
        continue;
      }
    }
    const taken = takeResult(s, slot, run[i]!, worker, nbytes[i]!, inline, start, end);
    if (!taken && end === start) worker.frees.push(run[i]!);
  }
}

/** How long the task took, and how long the worker takes to answer. */
function observe(
  s: SchedulerState,
  slot: number,
  worker: WorkerRecord,
  tookMs: number,
  nbytes: number,
): void {
  const prefix = s.tasks.prefix[slot]!;
  if (s.prefixes.observe(prefix, tookMs, nbytes)) reestimate(s, prefix);
  if (!hasFlag(s, slot, bit.probe)) return;
  const underWay = Math.max(0, s.nowMs - s.assignments.atMs[s.tasks.assignment[slot]!]! - tookMs);
  const change = underWay - worker.roundTripMs;
  worker.roundTripMs += change * (change > 0 ? longerShare : shorterShare);
}

/**
 * A value that `run` made, on `worker` or, when `end > start`, inline in these bytes. True when it is the task's value
 * now, or was already: the newest run's is taken, and an older run's when the task is active and pure, or
 * `trusted` not to have effects twice.
 */
export function takeResult(
  s: SchedulerState,
  slot: number,
  run: number,
  worker: WorkerRecord,
  nbytes: number,
  inline: Uint8Array,
  start: number,
  end: number,
  trusted = false,
): boolean {
  if (slot < 0) return false;
  const { tasks } = s;
  const state = tasks.state[slot]!;
  if (state === S.memory && tasks.run[slot] === run && !isInline(s, slot)) {
    if (end === start) addHolder(s, slot, worker);
    return true;
  }
  if (!isActiveState(state)) return false;
  if (tasks.run[slot] === run && state === S.processing) {
    if (tasks.worker[slot] !== worker.index) return false;
    untie(s, slot);
  } else {
    if (!trusted && !hasFlag(s, slot, bit.pure)) return false;
    makeWayFor(s, slot, run);
  }
  tasks.nbytes[slot] = nbytes;
  if (end > start) tasks.inline[slot] = s.inline.put(inline, start, end);
  else addHolder(s, slot, worker);
  finish(s, slot);
  return true;
}

/** An older or second run of the task has made its value: the newest one is stopped. */
function makeWayFor(s: SchedulerState, slot: number, run: number): void {
  const { tasks } = s;
  const twin = s.twins.get(slot);
  if (twin?.run === run) forgetTwin(s, slot);
  if (tasks.state[slot] === S.processing) unassign(s, slot, "cancel");
  forgetOldRun(s, slot, run);
  tasks.run[slot] = run;
  s.runs.set(run, slot);
}

/** The task has a value: its run and place are in its columns, and it is tied to no worker. */
export function finish(s: SchedulerState, slot: number): void {
  const { tasks, edges } = s;
  const wasActive = isActiveState(tasks.state[slot]!);
  step(s, slot, E.FINISHED);
  // It may have waited for its retry, or for a worker that has its siblings, when an older run brought the value.
  clearFlag(s, slot, bit.held | bit.reserved);
  tasks.waitingFor[slot] = 0;
  tasks.flags[slot]! &= ~bit.held;
  if (wasActive) letGoOfInputs(s, slot);
  for (let e = tasks.firstDependent[slot]!; e >= 0; e = edges.next[e]!) {
    const dependent = edges.of[e]!;
    const state = tasks.state[dependent]!;
    if (!isActiveState(state) || (tasks.flags[dependent]! & bit.selfContained) !== 0) continue;
    if (--tasks.waitingFor[dependent]! > 0) continue;
    if (state === S.waiting) s.toPlace.push(dependent);
    else inputsArrived(s, dependent);
  }
  tellWanters(s, slot);
  if (!isNeeded(s, slot)) s.toRelease.push(slot);
}
