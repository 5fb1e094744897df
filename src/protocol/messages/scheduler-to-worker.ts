/** What the scheduler has workers do. */

import type { WireFunction } from "./parts.js";
import type { Hello, Bye } from "./between-peers.js";

/** Runs to do, in order of sending; `n` columns. The worker starts them by (user, priority). */
export interface Run {
  readonly kind: "run";
  readonly run: Float64Array;
  readonly keys: readonly string[];
  /** Function numbers of this link; those new to it are in `fns`. */
  readonly fn: Uint32Array;
  readonly fns: readonly (readonly [number, WireFunction])[];
  readonly flags: Uint8Array;
  /** Smaller starts first: generation and static order. */
  readonly priority: Float64Array;
  /** The user's own priority, negated: compared before `priority`. */
  readonly user: Float64Array;
  readonly argStart: Uint32Array;
  readonly args: Uint8Array;
  /** Data dependencies, in the order of the task's references: the runs whose values are needed. */
  readonly depStart: Uint32Array;
  readonly dep: Float64Array;
  /** Values that come along: run, size and bytes, each once a message. */
  readonly inlineRun: Float64Array;
  readonly inlineStart: Uint32Array;
  readonly inline: Uint8Array;
  /** Values to be fetched: run, size, holders, each once a message. Runs in neither list are local. */
  readonly remote: readonly (readonly [number, number, readonly string[]])[];
  /** For the few with options: column, attempt (from 1), options. */
  readonly options: readonly (readonly [number, RunOptions])[];
}

export interface RunOptions {
  readonly attempt?: number;
  readonly timeoutMs?: number;
  readonly resources?: Readonly<Record<string, number>>;
  readonly alone?: boolean;
}

/** Stop these runs, or forget them when they have not started. Answered by `handedBack` for stolen ones. */
export interface CancelRuns {
  readonly kind: "cancelRuns";
  readonly runs: Float64Array;
  /** `steal`: give it back only if it has not started, and say which. `cancel`: stop it in any case. */
  readonly why: "cancel" | "steal";
}

/** Drop these values. */
export interface Free {
  readonly kind: "free";
  readonly runs: Float64Array;
}

/** Fetch copies of these values from their holders: run, size, holders. */
export interface Replicate {
  readonly kind: "replicate";
  readonly values: readonly (readonly [number, number, readonly string[]])[];
}

/** Call a function on the worker itself (`client.run`); answered with `ranOnWorker`. */
export interface RunOnWorker {
  readonly kind: "runOnWorker";
  readonly id: number;
  readonly fn: WireFunction;
  readonly args: Uint8Array;
}

/** Say everything: sent with a new epoch, and when digests differ twice. Answered by `register`. */
export interface RegisterPlease {
  readonly kind: "register?";
}

export type SchedulerToWorker =
  Hello | Run | CancelRuns | Free | Replicate | RunOnWorker | RegisterPlease | Bye;
