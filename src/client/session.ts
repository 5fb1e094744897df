/**
 * What this process has set for all its computations: the client's one deliberate piece of state. It is here because
 * `setScheduler()` must reach every later `compute`, and because the command that runs a job file must reach the
 * computations in it.
 */

import type { Graph } from "../graph/graph.js";
import type { GraphRunner, RunnerOwner } from "../executor/graph-runner.js";

/** What a program that runs job files imposes on the computations in them. */
export interface JobHost {
  /** Aborts every computation. */
  readonly signal?: AbortSignal;
  /** Takes the place of running: the computation is handed over as it was asked for, and never settles. */
  readonly record?: (graph: Graph, keys: readonly string[]) => void;
}

export interface Session {
  /** Set by `setScheduler`. */
  scheduler: GraphRunner | undefined;
  host: JobHost;
  /** How many computations are under way. */
  running: number;
  /** The schedulers that have a name. */
  readonly runners: Map<string, GraphRunner>;
  /** Clients of the clusters that the `threads` scheduler has started, by their threads and tasks at once in each. */
  readonly threads: Map<string, Promise<RunnerOwner>>;
  /** The cluster on the bus that the settings name, while it is connected to. */
  bus: Promise<GraphRunner> | undefined;
  /** Clients of clusters on buses that have not said goodbye: what they want is kept for them for a while after they end. */
  readonly guests: Set<Guest>;
}

export interface Guest {
  close(): Promise<void>;
}

export const session: Session = {
  scheduler: undefined,
  host: {},
  running: 0,
  runners: new Map(),
  threads: new Map(),
  bus: undefined,
  guests: new Set(),
};
