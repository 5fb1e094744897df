/** The compiled tables of the two task machines, made once when the library is loaded. */

import { compileMachine } from "./compile.js";
import { schedulerTaskMachine } from "./scheduler-task.machine.js";
import { workerRunMachine } from "./worker-run.machine.js";

export const schedulerTaskTable = compileMachine(schedulerTaskMachine);
export const workerRunTable = compileMachine(workerRunMachine);
