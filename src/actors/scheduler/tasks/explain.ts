/** What a task is doing, or what it waits for, in one sentence that a person can act on. */

import { schedulerTaskTable } from "../../task/tables.js";
import { whyNobody } from "./eligibility.js";
import { holdersOf } from "./locations.js";
import { S, type SchedulerState } from "../state/state.js";
import { isSuspect } from "../state/trouble.js";
import { runText } from "../state/story.js";
import { bit } from "../tables/task-table.js";
import { hasFlag, isInline, troubleIfAny } from "./task-facts.js";

const mostNamed = 3;

export function explain(s: SchedulerState, key: string): string {
  const slot = s.slotOf(key);
  const name = JSON.stringify(key);
  if (slot < 0) return `Task ${name} is not known here: it was never submitted, or nobody wants it any more.`;
  const before = pastOf(s, slot);
  return `Task ${name} is ${present(s, slot)}.${before}`;
}

function present(s: SchedulerState, slot: number): string {
  const { tasks } = s;
  switch (tasks.state[slot]) {
    case S.released:
      return "released: known because others name it, and not needed now";
    case S.waiting:
      return waiting(s, slot);
    case S.queued:
      return queued(s, slot);
    case S.noWorker: {
      const reason = whyNobody(s, s.constraints[tasks.constraint[slot]!]!);
      return `ready, but no worker may run it: ${reason}`;
    }
    case S.processing:
      return processing(s, slot);
    case S.memory:
      return inMemory(s, slot);
    case S.erred: {
      const erred = s.errors.get(slot)!;
      const key = tasks.keys[slot]!;
      const where = erred.origin === key ? "" : ` that began in ${JSON.stringify(erred.origin)}`;
      return `erred, with an error${where}: ${erred.error.message}`;
    }
    default:
      return schedulerTaskTable.states[tasks.state[slot]!]!;
  }
}

function waiting(s: SchedulerState, slot: number): string {
  const { tasks, edges } = s;
  if (hasFlag(s, slot, bit.held)) return "waiting for its next attempt after a failure";
  const missing: string[] = [];
  const start = tasks.edgeStart[slot]!;
  for (let e = start; e < start + tasks.edgeCount[slot]!; e++) {
    const input = edges.to[e]!;
    if (tasks.state[input] !== S.memory) missing.push(tasks.keys[input]!);
  }
  if (missing.length === 0) return "waiting to be placed";
  const others = missing.length - mostNamed;
  return `waiting for ${missing.slice(0, mostNamed).join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
}

function queued(s: SchedulerState, slot: number): string {
  if (s.life.recovering) return "queued until workers and clients have said what they have and want";
  const constraint = s.constraints[s.tasks.constraint[slot]!]!;
  const trouble = troubleIfAny(s, slot);
  if ((trouble?.deaths.length ?? 0) >= s.config.aloneAfterFailures)
    return "queued until a worker can run it alone";
  if (isSuspect(trouble))
    return "queued until a worker has room that runs no other task under which a worker died, or may have";
  if (constraint.resources.length > 0) {
    const wished = constraint.resources.map(([name, amount]) => `${name}=${amount}`).join(", ");
    return `queued until ${wished} and a slot are free`;
  }
  return `queued: ${s.totalSlots} slots are busy with work that comes before it`;
}

function processing(s: SchedulerState, slot: number): string {
  const { tasks, edges } = s;
  const worker = s.workerOn(slot)!.name;
  const seconds = ((s.nowMs - s.assignments.atMs[tasks.assignment[slot]!]!) / 1000).toFixed(1);
  if (hasFlag(s, slot, bit.ahead)) {
    const start = tasks.edgeStart[slot]!;
    for (let e = start; e < start + tasks.edgeCount[slot]!; e++) {
      const input = edges.to[e]!;
      if (tasks.state[input] === S.processing) {
        return `on ${worker}, sent ahead of ${tasks.keys[input]!} which is being made there`;
      }
    }
  }
  const doing = hasFlag(s, slot, bit.started) ? "running on" : "assigned to";
  return `${doing} ${worker} for ${seconds} s (run ${runText(tasks.run[slot]!)})`;
}

function inMemory(s: SchedulerState, slot: number): string {
  const bytes = `${s.tasks.nbytes[slot]!} bytes`;
  if (isInline(s, slot)) return `in memory: ${bytes}, kept by the scheduler`;
  const names = holdersOf(s, slot).map((worker) => worker.name);
  return `in memory: ${bytes} on ${names.join(", ")}`;
}

/** What went wrong before, if anything did. */
function pastOf(s: SchedulerState, slot: number): string {
  const trouble = troubleIfAny(s, slot);
  if (trouble === undefined) return "";
  const said: string[] = [];
  if (trouble.failures > 0) said.push(`${trouble.failures} attempts failed`);
  if (trouble.deaths.length > 0) said.push(`workers died under it: ${trouble.deaths.join(", ")}`);
  if (trouble.recomputes > 0) said.push(`its value was lost ${trouble.recomputes} times`);
  const last = trouble.causes.at(-1);
  if (last !== undefined) said.push(`last cause: ${last.message}`);
  return said.length === 0 ? "" : ` So far: ${said.join("; ")}.`;
}
