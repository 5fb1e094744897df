/** Which tasks are to answer for a worker's death. */

import { costOf } from "../tasks/costs.js";
import { hasFlag } from "../tasks/task-facts.js";
import { bit } from "../tables/task-table.js";
import type { SchedulerState } from "../state/state.js";
import type { WorkerRecord } from "../state/worker-record.js";

export interface Blame {
  /** It died under these, as far as can be told: it counts as one of their deaths. */
  readonly blamed: ReadonlySet<number>;
  /** These may have begun too, and even ended, unheard: they are to meet no other of these again. */
  readonly suspected: ReadonlySet<number>;
}

export const nobody: Blame = { blamed: new Set(), suspected: new Set() };

/** A worker of very short tasks may have begun thousands; what it died of is most likely among the first. */
const mostSuspected = 64;

/**
 * Blames those known to be running, and for the slots that are left the first that would have been started: what brings
 * a worker down at once is never reported in time. Suspects those that the worker may have come to since it was last
 * heard, had they taken as long as their kind does.
 */
export function blame(s: SchedulerState, worker: WorkerRecord, slots: readonly number[]): Blame {
  const running = slots.filter((slot) => hasFlag(s, slot, bit.started));
  const next = inOrderOfStart(s, slots);
  const free = Math.max(0, worker.slots - running.length);
  const suspected = new Set<number>();
  let unheardMs = worker.slots * (s.nowMs - worker.heardAtMs);
  for (const slot of next.slice(0, free)) unheardMs -= costOf(s, slot);
  for (const slot of next.slice(free, free + mostSuspected)) {
    if (unheardMs <= 0) break;
    suspected.add(slot);
    unheardMs -= costOf(s, slot);
  }
  return { blamed: new Set([...running, ...next.slice(0, free)]), suspected };
}

/** What was sent to the worker and is not known to have begun. */
function inOrderOfStart(s: SchedulerState, slots: readonly number[]): readonly number[] {
  const { user, priority } = s.tasks;
  return slots
    .filter(
      (slot) => hasFlag(s, slot, bit.sent) && !hasFlag(s, slot, bit.ahead) && !hasFlag(s, slot, bit.started),
    )
    .sort((a, b) => user[a]! - user[b]! || priority[a]! - priority[b]!);
}
