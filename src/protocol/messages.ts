/**
 * Every message, as it is between codec and core: plain objects whose hot parts are columns (typed arrays, one
 * element a task). Shapes only; `schema/` checks them at the edge, `codec.ts` turns them to bytes and back.
 *
 * Numbers that name things:
 * - a *run* is one attempt at one task, unique in a cluster: `epoch * 2^32 + counter`. It also names the value that
 *   attempt made, so copies of a value are never mistaken for those of a later task under the same key.
 * - keys are strings, for people and for clients; the columns that workers see carry them only for display.
 * Durations are milliseconds; nothing carries a wall-clock time.
 */

import type { ClientToScheduler } from "./messages/client-to-scheduler.js";
import type { SchedulerToClient } from "./messages/scheduler-to-client.js";
import type { SchedulerToWorker } from "./messages/scheduler-to-worker.js";
import type { WorkerToScheduler } from "./messages/worker-to-scheduler.js";
import type { PeerMessage } from "./messages/between-peers.js";

export { taskFlags } from "./messages/parts.js";
export type {
  WireFunction,
  WireTaskOptions,
  TaskColumns,
  FutureState,
  ErrorKind,
  WireError,
  Located,
} from "./messages/parts.js";
export type {
  Submit,
  Want,
  Release,
  Keep,
  Cancel,
  Retry,
  Scatter,
  Unavailable,
  Query,
  ClientBeat,
  ClientToScheduler,
  RunEverywhere,
} from "./messages/client-to-scheduler.js";
export { futureStates } from "./messages/scheduler-to-client.js";
export type {
  Refused,
  Status,
  StatusError,
  Answer,
  EventNotice,
  SchedulerToClient,
} from "./messages/scheduler-to-client.js";
export type { Run, RunOptions, Free, SchedulerToWorker } from "./messages/scheduler-to-worker.js";
export type {
  Register,
  Done,
  Failed,
  Started,
  Progressed,
  Seceded,
  Missing,
  HandedBack,
  Copies,
  RanOnWorker,
  Beat,
  WorkerToScheduler,
} from "./messages/worker-to-scheduler.js";
export type { Chunk, Hello, Bye, PeerMessage } from "./messages/between-peers.js";

export type Message =
  ClientToScheduler | SchedulerToClient | SchedulerToWorker | WorkerToScheduler | PeerMessage;
