/** The worker's settings. Times are milliseconds at tempo 1; see scheduling and protocol pages for their source. */

import type { Gift } from "./gift.js";
import { defaultTransferConfig, type TransferConfig } from "../transfer/transfer.js";

export interface WorkerConfig extends TransferConfig {
  readonly name: string;
  readonly threads: number;
  /** Tasks that one thread runs at once: 1 for computing, more for tasks that mostly wait. */
  readonly concurrency: number;
  readonly memoryLimitBytes: number;
  readonly resources: Readonly<Record<string, number>>;
  /** Whether its scheduler is in the same process. */
  readonly home?: boolean;
  /** The incarnation that ran here before, when this one was started in its place. */
  readonly replaces?: { readonly peer: string; readonly how: string };
  /** What that incarnation held, and this one has in its store. */
  readonly gifts?: readonly Gift[];
  readonly heartbeatIntervalMs: number;
  /** A task is started only while the scheduler is known to have heard this worker within this time. */
  readonly startLeaseMs: number;
  /** Results are kept for so long while no scheduler hears this worker. */
  readonly keepResultsMs: number;
  /** A run is reported as started once it has been running this long. */
  readonly startedAfterMs: number;
  /** Work kept queued inside a thread, so that it never waits for the next message. */
  readonly threadQueueMs: number;
  readonly threadQueueRuns: number;
  /** Finished inline results remembered for successors that are on their way: of so many of the latest runs. */
  readonly recentRuns: number;
  /** Above this part of the limit values go to disk, */
  readonly spillFraction: number;
  /** and above this one, too, where it is what the process takes. */
  readonly processSpillFraction: number;
  readonly pauseFraction: number;
  /** Garbage is collected once values of this part of the limit were let go of, and of no more than `collectBytes`; */
  readonly collectFraction: number;
  readonly collectBytes: number;
  /** by a worker without work once it is more than this. */
  readonly collectIdleBytes: number;
  readonly collectIntervalMs: number;
  /** A process that is still short of memory after this is short of more than what was garbage. */
  readonly collectSettleMs: number;
}

export const defaultWorkerConfig: WorkerConfig = {
  ...defaultTransferConfig,
  name: "worker",
  threads: 1,
  concurrency: 1,
  memoryLimitBytes: 2e9,
  resources: {},
  heartbeatIntervalMs: 1_000,
  startLeaseMs: 6_000,
  keepResultsMs: 600_000,
  startedAfterMs: 100,
  threadQueueMs: 4,
  threadQueueRuns: 4_096,
  recentRuns: 32_768,
  spillFraction: 0.6,
  processSpillFraction: 0.7,
  pauseFraction: 0.8,
  collectFraction: 0.05,
  collectBytes: 256e6,
  collectIdleBytes: 8e6,
  collectIntervalMs: 250,
  collectSettleMs: 500,
};
