/** How a broken invariant is reported: its number, what is wrong, and the story of the task. */

import { MachineError } from "../../../errors.js";
import type { SchedulerState } from "../state/state.js";
import { S } from "../state/state.js";
import { storyText } from "../state/story.js";

export function broken(s: SchedulerState, what: string, slot = -1): never {
  const key = slot < 0 ? "" : s.tasks.keys[slot]!;
  const story = slot < 0 ? "" : `\nThe story of ${JSON.stringify(key)}:\n${storyText(s, key)}`;
  throw new MachineError("scheduler", `${what}${story}`);
}

/** Free slots are left as the next task must find them. */
export function checkFreeSlots(s: SchedulerState): void {
  const { tasks } = s;
  for (let slot = 0; slot < tasks.capacity; slot++) {
    if (slot < tasks.size && tasks.state[slot] !== S.forgotten) continue;
    const counts = tasks.dependents[slot]! + tasks.waitingFor[slot]! + tasks.needers[slot]!;
    const ends = [tasks.firstDependent, tasks.firstWant, tasks.inline, tasks.worker, tasks.holder];
    if (counts !== 0 || ends.some((column) => column[slot] !== -1))
      broken(s, `S1 the free slot ${slot} is not clean`);
  }
}

/** The slots of the tasks there are. */
export function* liveSlots(s: SchedulerState): IterableIterator<number> {
  const { tasks } = s;
  for (let slot = 0; slot < tasks.size; slot++) if (tasks.state[slot] !== S.forgotten) yield slot;
}
