/** What the scheduler says of its workers and of itself. */

export interface WorkerInfo {
  readonly name: string;
  readonly threads: number;
  readonly concurrency: number;
  readonly processing: number;
  readonly memoryBytes: number;
  readonly [more: string]: unknown;
}

/** Figures of the scheduler. */
export interface ClusterStats {
  /** The scheduler's term: one higher each time one begins anew. */
  readonly epoch: number;
  readonly tasks: number;
  /** Tasks by state. */
  readonly states: Readonly<Record<string, number>>;
  readonly workers: number;
  /**
   * How many workers there should be: as many as would be through with the work there is within 5 s, and have the values
   * there are in memory. Follows the work with some delay, down more slowly than up. For whoever starts and ends workers.
   */
  readonly desiredWorkers: number;
  readonly clients: number;
  /** Tasks that all workers together can run at once. */
  readonly slots: number;
  /** Names under which values are published. */
  readonly published: number;
  readonly [more: string]: unknown;
}
