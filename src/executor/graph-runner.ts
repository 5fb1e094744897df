/** The port behind which graphs are computed: what `compute` needs of a scheduler, whichever it is. */

import type { Config } from "../config.js";
import type { Graph } from "../graph/graph.js";

/** A task that is running. */
export interface RunningTask {
  readonly key: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** What the task itself reported through `currentTask().progress`. */
  readonly progress?: { readonly done: number; readonly total: number };
}

/** How far a computation is. Counts are of scheduled tasks, so tasks that were fused count as one. */
export interface ProgressEvent {
  readonly done: number;
  readonly total: number;
  /** How many asynchronous tasks are running now. */
  readonly running: number;
  /** Those tasks. */
  readonly tasks: readonly RunningTask[];
  /** The key that finished last. */
  readonly latest: string | undefined;
  /** Since the computation began. */
  readonly elapsedMs: number;
}

/** Settings that reach a runner fully resolved. */
export interface RunOptions extends Pick<
  Config,
  | "concurrency"
  | "workers"
  | "retries"
  | "retryBackoffMs"
  | "retryBackoffFactor"
  | "retryBackoffMaxMs"
  | "retryJitter"
  | "yieldEveryMs"
> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}

export interface GraphRunner {
  /** What it is called in `scheduler: "…"` and in messages. */
  readonly name: string;
  /**
   * The results under `keys`, in their order.
   *
   * @throws TaskErredError when a task failed, CancelledError when `signal` was aborted, CycleError,
   * MissingKeyError.
   */
  run(graph: Graph, keys: readonly string[], options: RunOptions): Promise<unknown[]>;
  /**
   * As `run`, but leaves the results where they are, and gives for each what stands for it in later graphs. A runner
   * without this hands the results over.
   */
  hold?(graph: Graph, keys: readonly string[], options: RunOptions): Promise<unknown[]>;
  /** Whether a graph given to it may refer to the value that `handle` keeps somewhere. */
  reaches?(handle: object): boolean;
  /** The runner that does the work, where that has to be started first. */
  started?(options: RunOptions): Promise<GraphRunner>;
}

/** What has a scheduler of its own, as a client of a cluster has. */
export interface RunnerOwner {
  readonly graphRunner: GraphRunner;
}
