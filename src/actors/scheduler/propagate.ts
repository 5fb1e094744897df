/**
 * Empties the work lists: what is needed becomes active, what is no longer needed is let go of and forgotten, what is
 * ready is placed. Entries are only hints that a task should be looked at, so each is checked when its turn comes;
 * nothing here recurses, whatever the depth of the graph.
 */

import { unassign } from "./tasks/assignment.js";
import { spreadError } from "./outcomes/failure.js";
import { finish } from "./outcomes/finish.js";
import { forget } from "./tasks/forget.js";
import { adoptOffer } from "./outcomes/adoption.js";
import { askForInputs, erredInput, letGoOfInputs } from "./tasks/inputs.js";
import { failGiven } from "./outcomes/lineage.js";
import { dropValue } from "./tasks/locations.js";
import { place, queueRoots } from "./placing/placement.js";
import { E, S, type SchedulerState } from "./state/state.js";
import { step } from "./tasks/step.js";
import { bit } from "./tables/task-table.js";
import { clearFlag, hasFlag, isNeeded } from "./tasks/task-facts.js";
import { endDetached } from "./tasks/wants.js";

export function propagate(s: SchedulerState): void {
  for (;;) {
    if (s.toActivate.length > 0) activateAll(s);
    else if (s.toSettle.length > 0) endDetached(s, s.toSettle.pop());
    else if (s.toRelease.length > 0) releaseIfUnneeded(s, s.toRelease.pop());
    else if (s.toForget.length > 0) forgetIfUseless(s, s.toForget.pop());
    else if (s.toPlace.length > 0) placeAll(s);
    else if (s.roots.length > 0) queueRoots(s);
    else return;
  }
}

/**
 * In the order in which they were wanted, each with all it needs before the next: so neighbours in the static order are
 * looked at together, and what is ready is mostly found in that order.
 */
function activateAll(s: SchedulerState): void {
  const { toActivate } = s;
  toActivate.items.subarray(0, toActivate.length).reverse();
  while (toActivate.length > 0) activate(s, toActivate.pop());
  toActivate.clear();
}

/** In the order in which they became ready. */
function placeAll(s: SchedulerState): void {
  const { toPlace } = s;
  for (let i = 0; i < toPlace.length; i++) {
    const slot = toPlace.items[i]!;
    if (s.tasks.waitingFor[slot] === 0) place(s, slot);
    else failWithInput(s, slot);
  }
  toPlace.clear();
}

/** A task that waits again may find that one of its inputs has failed meanwhile. */
function failWithInput(s: SchedulerState, slot: number): void {
  if (s.tasks.state[slot] !== S.waiting) return;
  const input = erredInput(s, slot);
  if (input >= 0) spreadError(s, slot, s.errors.get(input)!);
}

/** A needed task asks for its inputs, and for theirs. */
function activate(s: SchedulerState, slot: number): void {
  if (s.tasks.state[slot] !== S.released || !isNeeded(s, slot)) return;
  if (hasFlag(s, slot, bit.literal)) {
    finishLiteral(s, slot);
    return;
  }
  if (s.recovery.hasOffers && adoptOffer(s, slot)) return;
  if (hasFlag(s, slot, bit.given)) {
    failGiven(s, slot);
    return;
  }
  step(s, slot, E.WANTED);
  const erred = askForInputs(s, slot);
  if (erred >= 0) spreadError(s, slot, s.errors.get(erred)!);
  else if (s.tasks.waitingFor[slot] === 0) s.toPlace.push(slot);
}

function finishLiteral(s: SchedulerState, slot: number): void {
  const run = s.newRun();
  s.tasks.run[slot] = run;
  s.tasks.nbytes[slot] = s.tasks.argLength[slot]!;
  s.runs.set(run, slot);
  finish(s, slot);
}

function releaseIfUnneeded(s: SchedulerState, slot: number): void {
  const { tasks } = s;
  const state = tasks.state[slot]!;
  if (state === S.forgotten || isNeeded(s, slot)) return;
  if (state === S.memory) {
    step(s, slot, E.UNWANTED);
    dropValue(s, slot);
  } else if (state !== S.released && state !== S.erred) {
    step(s, slot, E.UNWANTED);
    if (state === S.processing) unassign(s, slot, "cancel");
    clearFlag(s, slot, bit.held | bit.reserved);
    tasks.waitingFor[slot] = 0;
    letGoOfInputs(s, slot);
  }
  s.toForget.push(slot);
}

/** A task without result that nobody needs, and that no other task's definition names, is forgotten. */
function forgetIfUseless(s: SchedulerState, slot: number): void {
  const { tasks } = s;
  const state = tasks.state[slot]!;
  if (state !== S.released && state !== S.erred) return;
  if (tasks.dependents[slot]! > 0 || isNeeded(s, slot)) return;
  forget(s, slot);
}
