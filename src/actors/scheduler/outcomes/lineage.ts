/** Values that are gone: another copy will do, else the value is made again from its definition, within limits. */

import { LostValueError } from "../../../errors.js";
import type { WireError } from "../../../protocol/messages.js";
import { keepOldRun, recall } from "../tasks/assignment.js";
import { addCause, fail } from "./failure.js";
import { isInline, isNeeded, hasFlag, clearFlag, isActiveState, troubleOf } from "../tasks/task-facts.js";
import { askForInputs } from "../tasks/inputs.js";
import { removeHolder } from "../tasks/locations.js";
import { E, S, type SchedulerState } from "../state/state.js";
import { step } from "../tasks/step.js";
import { bit } from "../tables/task-table.js";
import { chained, wireError } from "../wire.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** The worker no longer has its copy. `why` says how it went, for the story of a value that cannot be made again. */
export function loseCopy(s: SchedulerState, slot: number, worker: WorkerRecord, why: string): void {
  if (!removeHolder(s, slot, worker)) return;
  if (s.tasks.holder[slot]! >= 0 || isInline(s, slot)) return;
  loseValue(s, slot, {
    kind: "lost",
    name: "LostCopy",
    message: `its only copy was on ${worker.name}: ${why}`,
  });
}

/** The last copy is gone. */
function loseValue(s: SchedulerState, slot: number, cause: WireError): void {
  const { tasks, edges } = s;
  const run = tasks.run[slot]!;
  step(s, slot, E.LOST);
  // Its worker may come back with it.
  keepOldRun(s, slot, run);
  for (let e = tasks.firstDependent[slot]!; e >= 0; e = edges.next[e]!) {
    const dependent = edges.of[e]!;
    const state = tasks.state[dependent]!;
    if (!isActiveState(state) || hasFlag(s, dependent, bit.selfContained)) continue;
    tasks.waitingFor[dependent]!++;
    if (state === S.queued || state === S.noWorker) {
      step(s, dependent, E.INPUT_LOST);
      clearFlag(s, dependent, bit.reserved);
    } else if (
      state === S.processing &&
      (hasFlag(s, dependent, bit.ahead) || !hasFlag(s, dependent, bit.sent))
    ) {
      recall(s, dependent);
    }
  }
  if (!isNeeded(s, slot)) {
    s.toForget.push(slot);
    return;
  }
  const trouble = troubleOf(s, slot);
  addCause(trouble, cause);
  const given = hasFlag(s, slot, bit.given);
  if (given || trouble.recomputes < s.config.recomputeLimit) {
    if (!given) trouble.recomputes++;
    s.toActivate.push(slot);
    return;
  }
  const key = tasks.keys[slot]!;
  const error = new LostValueError(
    key,
    `it was made ${trouble.recomputes + 1} times and lost each time`,
    "Look at why workers are lost; client.retry makes it once more.",
  );
  failLost(s, slot, error);
}

/** The released task without definition has no value, and nothing can make one. */
export function failGiven(s: SchedulerState, slot: number): void {
  const error = new LostValueError(
    s.tasks.keys[slot]!,
    "it was scattered, and no worker is left that holds it",
    "Scatter it again, to several workers with { broadcast: true }.",
  );
  failLost(s, slot, error);
}

function failLost(s: SchedulerState, slot: number, error: LostValueError): void {
  const trouble = troubleOf(s, slot);
  step(s, slot, E.WANTED);
  askForInputs(s, slot);
  fail(s, slot, {
    error: wireError(error, "lost", chained(trouble.causes)),
    origin: s.tasks.keys[slot]!,
    attempts: trouble.failures,
    lost: true,
  });
}
