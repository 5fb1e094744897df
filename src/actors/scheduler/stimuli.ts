/** What the scheduler core is told, and what it asks its shell to do. */

import type {
  ClientToScheduler,
  SchedulerToClient,
  SchedulerToWorker,
  WorkerToScheduler,
} from "../../protocol/messages.js";
import type { RuntimeInstruction, RuntimeStimulus } from "../runtime/core.js";

export type SchedulerStimulus = RuntimeStimulus<ClientToScheduler | WorkerToScheduler>;
export type SchedulerInstruction = RuntimeInstruction<SchedulerToClient | SchedulerToWorker>;
