/** What a process of a cluster is started with. It travels to child processes, so it is plain data. */

import type { BusPlace } from "../../client/bus/bus-options.js";
import type { WorkerSettings } from "../../client/node/worker-settings.js";

interface CommonPlan {
  readonly place: BusPlace;
  readonly logLevel: string;
}

export interface SchedulerPlan extends CommonPlan {
  readonly role: "scheduler";
}

export interface WorkerPlan extends CommonPlan {
  readonly role: "worker";
  readonly settings: Omit<WorkerSettings, "spillDirectory" | "replaces">;
  /** Where values are spilled to; the system's folder for temporary files unless given. */
  readonly spillDirectory?: string;
  readonly data?: DataPlan;
}

/** Where others may fetch values directly. */
export interface DataPlan {
  readonly host: string;
  readonly port: number;
}

export type Plan = SchedulerPlan | WorkerPlan;

/** The supervisor's words to its child. */
export type ToChild =
  | { readonly type: "start"; readonly plan: Plan; readonly replaces?: WorkerSettings["replaces"] }
  | { readonly type: "drain"; readonly reason: string }
  | { readonly type: "stop"; readonly reason: string };

/** And back. */
export type FromChild =
  | { readonly type: "ready" }
  /** A new incarnation is up. */
  | { readonly type: "running"; readonly peer: string }
  /** It is about to end, and is to be started again. */
  | { readonly type: "ending"; readonly how: string }
  /** It cannot go on, for a reason that starting it again does not mend. */
  | { readonly type: "refused"; readonly error: unknown };
