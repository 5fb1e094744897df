/** What messages are made of: functions, tasks, values and errors as they travel. */

/** How a function is found where it will run. */
export type WireFunction =
  | { readonly kind: "module"; readonly module: string; readonly name: string; readonly digest?: string }
  | { readonly kind: "inline"; readonly name: string; readonly source: string };

/** Bits of `TaskColumns.flags`. */
export const taskFlags = {
  /** The arguments are exactly the data references, in order; there are no argument bytes. */
  argsAreRefs: 1,
  /** Not a call: the argument bytes are the finished value. */
  literal: 2,
  pure: 4,
} as const;

export interface WireTaskOptions {
  readonly retries?: number;
  readonly priority?: number;
  readonly timeoutMs?: number;
  readonly workers?: readonly string[];
  readonly allowOtherWorkers?: boolean;
  readonly resources?: Readonly<Record<string, number>>;
}

/** `n` tasks of a submission, the first of which is number `from` of `total`. */
export interface TaskColumns {
  readonly from: number;
  readonly total: number;
  readonly keys: readonly string[];
  /** Index into `fns`. */
  readonly fn: Uint32Array;
  readonly fns: readonly WireFunction[];
  readonly flags: Uint8Array;
  /** Row i of the dependencies is `dep[depStart[i] … depStart[i+1]-1]`; up to `dataEnd[i]` data, then control. */
  readonly depStart: Uint32Array;
  readonly dataEnd: Uint32Array;
  /** Task numbers within the submission; `total + j` means `externals[j]`. */
  readonly dep: Uint32Array;
  readonly externals: readonly string[];
  readonly argStart: Uint32Array;
  readonly args: Uint8Array;
  /** The static order: smaller runs first. */
  readonly rank: Int32Array;
  /** Options of the few tasks that have any: task number and options. */
  readonly options: readonly (readonly [number, WireTaskOptions])[];
}

export type FutureState = "finished" | "error" | "cancelled" | "lost";

export type ErrorKind =
  "user" | "lost" | "oom" | "timeout" | "killed" | "cancelled" | "refused" | "version" | "noWorker";

/** An error as it travels: never revived by class name. */
export interface WireError {
  readonly kind: ErrorKind;
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: WireError;
}

/** Where a value is: inline bytes, or workers that hold it. */
export interface Located {
  readonly run: number;
  readonly nbytes: number;
  readonly inline?: Uint8Array;
  readonly holders: readonly string[];
}
