/** The worker's settings. Times are milliseconds at tempo 1; see scheduling and protocol pages for their source. */

export interface WorkerConfig {
  readonly name: string;
  readonly threads: number;
  /** Tasks that one thread runs at once: 1 for computing, more for tasks that mostly wait. */
  readonly concurrency: number;
  readonly memoryLimitBytes: number;
  readonly resources: Readonly<Record<string, number>>;
  readonly heartbeatIntervalMs: number;
  /** A task is started only while the scheduler was heard from within this time. */
  readonly startLeaseMs: number;
  /** A run is reported as started once it has been running this long. */
  readonly startedAfterMs: number;
  /** Work kept queued inside a thread, so that it never waits for the next message. */
  readonly threadQueueMs: number;
  readonly threadQueueRuns: number;
  readonly fetchBatchBytes: number;
  readonly fetchesOut: number;
  readonly fetchesIn: number;
  /** A fetch that brings nothing for this long is tried elsewhere. */
  readonly fetchStallMs: number;
  readonly chunkBytes: number;
  readonly creditBytes: number;
  /** Finished inline results remembered for successors that are on their way. */
  readonly recentRuns: number;
  readonly spillFraction: number;
  readonly pauseFraction: number;
}

export const defaultWorkerConfig: WorkerConfig = {
  name: "worker",
  threads: 1,
  concurrency: 1,
  memoryLimitBytes: 2e9,
  resources: {},
  heartbeatIntervalMs: 1_000,
  startLeaseMs: 6_000,
  startedAfterMs: 100,
  threadQueueMs: 4,
  threadQueueRuns: 4_096,
  fetchBatchBytes: 50e6,
  fetchesOut: 50,
  fetchesIn: 10,
  fetchStallMs: 10_000,
  chunkBytes: 512 * 1024,
  creditBytes: 8 * 1024 * 1024,
  recentRuns: 16_384,
  spillFraction: 0.6,
  pauseFraction: 0.8,
};
