/**
 * The scheduler's invariants, each asserted against the tables from scratch. They hold between any two stimuli. Costs a
 * walk over all there is.
 *
 *   S1  every live slot has one key and the key that slot; states are counted right.
 *   S2  edges and lists of dependents mirror each other; a task with dependents is known.
 *   S3  `needers` counts the active dependents, those that have their inputs already left out.
 *   S4  `waitingFor` of an active task counts its inputs that are not in memory (I4: what is placed has its inputs
 *       located, or sent ahead of it to the same worker).
 *   S5  what is needed is active, in memory or erred; what is active or in memory is needed (I6).
 *   S6  a processing task is on one live worker (I9); lists, counts, occupancy, resources and digests of workers agree.
 *   S7  a value in memory is inline or on live workers, nothing else has a place; workers' values agree (I7).
 *   S8  runs lead to their tasks.
 *   S9  wants and clients agree: sets, counts, digests (I2).
 *   S10 erred tasks, and only they, have an error.
 *   S11 every ready task is somewhere from where it will be taken: a queue, a set-aside list, a timer, a parking list.
 *   S12 no worker has room while tasks that it may run are queued.
 *   S13 batches, constraints, thefts and second runs belong to tasks; work lists are empty.
 */

import { validateEdges } from "./validate/edges.js";
import { validatePlaces } from "./validate/places.js";
import { validateTasks } from "./validate/tasks.js";
import { validateWaiting } from "./validate/waiting.js";
import { validateWants } from "./validate/wants.js";
import { validateWorkers } from "./validate/workers.js";
import type { SchedulerState } from "./state/state.js";

/** @throws MachineError naming the invariant, the task and its story. */
export function validate(s: SchedulerState): void {
  validateTasks(s);
  validateEdges(s);
  validatePlaces(s);
  validateWorkers(s);
  validateWants(s);
  validateWaiting(s);
}
