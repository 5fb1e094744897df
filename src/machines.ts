/** The statecharts of every lifecycle, for those who want to read, draw or simulate them: `skein/machines`. */

import type { AnyStateMachine } from "xstate";
import { sessionMachine } from "./actors/client/session.machine.js";
import { linkMachine } from "./actors/link/link.machine.js";
import { supervisorMachine } from "./actors/runtime/supervisor.machine.js";
import { schedulerMachine } from "./actors/scheduler/scheduler.machine.js";
import { schedulerTaskMachine } from "./actors/task/scheduler-task.machine.js";
import { workerRunMachine } from "./actors/task/worker-run.machine.js";
import { workerMachine } from "./actors/worker/worker.machine.js";

export {
  linkMachine,
  schedulerMachine,
  schedulerTaskMachine,
  sessionMachine,
  supervisorMachine,
  workerMachine,
  workerRunMachine,
};
export { machineToMermaid, stateDescriptions, transitionDescriptions } from "./actors/task/mermaid.js";

/** Every machine with a sentence on what it is of. */
export const machines: readonly { readonly machine: AnyStateMachine; readonly about: string }[] = [
  { machine: schedulerTaskMachine, about: "A task, as the scheduler sees it." },
  { machine: workerRunMachine, about: "One attempt at a task, as its worker sees it." },
  { machine: schedulerMachine, about: "A scheduler." },
  { machine: workerMachine, about: "A worker." },
  { machine: sessionMachine, about: "A client's session with a cluster." },
  { machine: linkMachine, about: "A link between two incarnations." },
  { machine: supervisorMachine, about: "A supervisor of one actor." },
];
