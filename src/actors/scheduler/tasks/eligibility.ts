/** Who may run what, by the wishes of tasks and what workers are and have. */

import type { Constraint } from "../state/constraint.js";
import type { SchedulerState } from "../state/state.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** Whether there is a worker that may run such tasks, now or when it has room. */
export function anybodyMayRun(s: SchedulerState, constraint: Constraint): boolean {
  if (constraint.index === 0) return s.totalSlots > 0;
  return s.workerList.some((worker) => mayRun(s, constraint, worker));
}

/** Whether the worker satisfies the wishes, leaving aside how busy it is. */
export function mayRun(s: SchedulerState, constraint: Constraint, worker: WorkerRecord): boolean {
  if (!worker.staying) return false;
  if (constraint.index === 0) return true;
  if (!constraint.isSuppliedBy(worker)) return false;
  if (constraint.names(worker)) return true;
  // Others may when none of those named is there.
  return (
    constraint.allowOtherWorkers &&
    !s.workerList.some((other) => other.staying && constraint.names(other) && constraint.isSuppliedBy(other))
  );
}

/** Why no worker that is here satisfies the wishes, in words. */
export function whyNobody(s: SchedulerState, constraint: Constraint): string {
  const here = s.workerList.filter((worker) => worker.staying);
  if (here.length === 0) return "there is no worker";
  const names = here.map((worker) => worker.name);
  if (constraint.workers !== undefined && !here.some((worker) => constraint.names(worker))) {
    return `it asks for ${listed([...constraint.workers])}, and there are ${listed(names)}`;
  }
  const wished = constraint.resources.map(([name, amount]) => `${name}=${amount}`);
  const supplied = here
    .filter((worker) => constraint.names(worker))
    .map((worker) => `${worker.name} has ${resourcesText(worker)}`);
  return `it asks for the resources ${wished.join(", ")}, and ${listed(supplied)}`;
}

function resourcesText(worker: WorkerRecord): string {
  const all = Object.entries(worker.resources).map(([name, amount]) => `${name}=${amount}`);
  return all.length === 0 ? "none" : all.join(" ");
}

function listed(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).join(", ");
  return names.length <= most ? shown : `${shown} and ${names.length - most} more`;
}
