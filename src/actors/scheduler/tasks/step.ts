/** One state change of one task: the only place where a task's state is written after it was added. */

import { MachineError } from "../../../errors.js";
import { illegal } from "../../task/compile.js";
import { schedulerTaskTable } from "../../task/tables.js";
import { S, type SchedulerState } from "../state/state.js";
import { storyText } from "../state/story.js";

const { next, events } = schedulerTaskTable;
const width = events.length;

/** @throws MachineError when the task's state does not know the event, or this stimulus never comes to an end. */
export function step(s: SchedulerState, slot: number, event: number): void {
  const { tasks } = s;
  const from = tasks.state[slot]!;
  const to = next[from * width + event]!;
  if (to === illegal) refuse(s, slot, event);
  tasks.state[slot] = to;
  s.counts[from]!--;
  s.counts[to]!++;
  const worker = tasks.worker[slot]!;
  const name = worker < 0 ? undefined : s.workers[worker]?.name;
  s.history.add(s.nowMs, tasks.keys[slot]!, from, event, to, tasks.run[slot]!, name);
  if (++s.steps > s.config.stepsAtLeast && s.steps > s.config.stepsPerTask * tasks.size) livelock(s, slot);
  if (s.events.watched) {
    const erred = to === S.erred ? s.errors.get(slot) : undefined;
    s.events.taskStepped({ key: tasks.keys[slot]!, event, to, run: tasks.run[slot]!, worker: name, erred });
  }
}

function refuse(s: SchedulerState, slot: number, event: number): never {
  const { states } = schedulerTaskTable;
  const key = s.tasks.keys[slot]!;
  const what = `task ${JSON.stringify(key)} is ${states[s.tasks.state[slot]!]} and got ${events[event]}`;
  throw new MachineError("scheduler", `${what}. Its story:\n${storyText(s, key)}`);
}

function livelock(s: SchedulerState, slot: number): never {
  const key = s.tasks.keys[slot]!;
  const what = `${s.steps} state changes in one stimulus, and task ${JSON.stringify(key)} is not done changing`;
  throw new MachineError("scheduler", `${what}. Its story:\n${storyText(s, key)}`);
}
