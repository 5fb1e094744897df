/** What workers say of their runs and of themselves. */

import type { WireError } from "./parts.js";
import type { Hello, Bye } from "./between-peers.js";

export interface Register {
  readonly kind: "register";
  readonly name: string;
  readonly threads: number;
  readonly concurrency: number;
  readonly memoryLimitBytes: number;
  readonly resources: Readonly<Record<string, number>>;
  /** It is in the scheduler's own process: what it is given gets there at once. */
  readonly home?: true;
  /** The incarnation that was here before it and is no more, and how it ended: what it had is lost at once. */
  readonly replaces?: { readonly peer: string; readonly how: string };
  /** Runs it has been given and has not finished, and whether they have started. */
  readonly runs: Float64Array;
  readonly started: Uint8Array;
  readonly runKeys: readonly string[];
  /** Values it holds, under which keys, of what size. */
  readonly values: Float64Array;
  readonly valueKeys: readonly string[];
  readonly valueBytes: Float64Array;
  /**
   * Of the values, those that came here with an incarnation that was given up: a gift. What they were lost with may be
   * made again by now, so they count only where nothing else does.
   */
  readonly gifts?: Float64Array;
  /** Not the last page: columns of runs and values go on with the next one. */
  readonly more?: true;
}

/** Finished runs. Column i belongs to `run[i]`. */
export interface Done {
  readonly kind: "done";
  readonly run: Float64Array;
  readonly nbytes: Float64Array;
  /** Time the function took, in milliseconds. */
  readonly tookMs: Float32Array;
  /** Row i of the inline bytes; an empty row means the worker keeps the value. */
  readonly inlineStart: Uint32Array;
  readonly inline: Uint8Array;
}

export interface Failed {
  readonly kind: "failed";
  readonly runs: readonly {
    readonly run: number;
    readonly error: WireError;
    /** For a fused task: the part that failed. */
    readonly part?: string;
  }[];
}

/** Runs that started and are still running after a moment: what is blamed if the worker dies. */
export interface Started {
  readonly kind: "started";
  readonly runs: Float64Array;
}

/** How far running tasks say they are, some times a second at most: run, done, total. */
export interface Progressed {
  readonly kind: "progressed";
  readonly runs: readonly (readonly [number, number, number])[];
}

/** Runs that gave up their slots and go on without: they wait for tasks that they have launched. */
export interface Seceded {
  readonly kind: "seceded";
  readonly runs: Float64Array;
}

/** Runs that could not start because inputs are nowhere to be had: run, missing value, holders asked. */
export interface Missing {
  readonly kind: "missing";
  readonly runs: readonly (readonly [number, number, readonly string[]])[];
}

/** Answer to `cancelRuns` with `why: "steal"`, and what a draining worker gives back. */
export interface HandedBack {
  readonly kind: "handedBack";
  /** Not started, and now forgotten here. */
  readonly runs: Float64Array;
  /** Already started, finished or unknown. */
  readonly kept: Float64Array;
}

/** Copies made (`replicate`, or fetched as inputs) and dropped of its own accord. */
export interface Copies {
  readonly kind: "copies";
  readonly added: Float64Array;
  readonly dropped: Float64Array;
}

export interface RanOnWorker {
  readonly kind: "ranOnWorker";
  readonly id: number;
  readonly ok: boolean;
  readonly value?: Uint8Array;
  readonly error?: WireError;
}

/** Sent each `heartbeatIntervalMs`. */
export interface Beat {
  readonly kind: "beat";
  readonly memoryBytes: number;
  readonly managedBytes: number;
  readonly paused: boolean;
  readonly executing: number;
  readonly queued: number;
  readonly loopDelayMs: number;
  /** Order-independent digests of (runs and whether started) and of values held. */
  readonly runDigest: number;
  readonly valueDigest: number;
}

/** Leaving in good order: everything not started is handed back. */
export interface Leave {
  readonly kind: "leave";
  readonly reason: string;
}

export type WorkerToScheduler =
  | Hello
  | Register
  | Done
  | Failed
  | Started
  | Progressed
  | Seceded
  | Missing
  | HandedBack
  | Copies
  | RanOnWorker
  | Beat
  | Leave
  | Bye;
