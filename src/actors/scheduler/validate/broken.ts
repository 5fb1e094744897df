/** How a broken invariant is reported: its number, what is wrong, and the story of the task. */

import { MachineError } from "../../../errors.js";
import type { SchedulerState } from "../state.js";
import { S } from "../state.js";
import { storyText } from "../story.js";

export function broken(s: SchedulerState, what: string, slot = -1): never {
  const key = slot < 0 ? "" : s.tasks.keys[slot]!;
  const story = slot < 0 ? "" : `\nThe story of ${JSON.stringify(key)}:\n${storyText(s, key)}`;
  throw new MachineError("scheduler", `${what}${story}`);
}

/** The slots of the tasks there are. */
export function* liveSlots(s: SchedulerState): IterableIterator<number> {
  const { tasks } = s;
  for (let slot = 0; slot < tasks.size; slot++) if (tasks.state[slot] !== S.forgotten) yield slot;
}
