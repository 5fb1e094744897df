/** What the host and one of its threads say to each other. Columns: one element a run. */

import type { ClientNews, ClientStimulus } from "../../actors/client/stimuli.js";
import type { WireError, WireFunction } from "../../protocol/messages.js";
import type { FunctionSettings } from "../functions/policy.js";

/** Runs for the thread, in the order in which they are to be started. */
export interface Work {
  readonly type: "work";
  /** Where the thread and the host keep book of each run, in shared memory. */
  readonly slot: Uint32Array;
  readonly run: Float64Array;
  /** All keys in one string, and where each ends. */
  readonly keys: string;
  readonly keyEnd: Uint32Array;
  /** Function numbers of this thread; those new to it come along. */
  readonly fn: Uint32Array;
  readonly fns: readonly (readonly [number, WireFunction])[];
  readonly flags: Uint8Array;
  readonly argStart: Uint32Array;
  readonly args: Uint8Array;
  /** Inputs: rows of indexes into the values below; beyond these, rows of this message, which make them first. */
  readonly depStart: Uint32Array;
  readonly dep: Uint32Array;
  readonly valueRun: Float64Array;
  /** For each row how many inputs of later rows it makes; empty when there are none. */
  readonly uses: Uint32Array;
  /** Row i of the bytes is value i; an empty row: it is among `shared`. */
  readonly valueStart: Uint32Array;
  readonly values: Uint8Array;
  /** Values in shared memory, by their index. */
  readonly shared: readonly (readonly [number, Uint8Array])[];
  /** Runs whose values need not be kept any more. */
  readonly forget: Float64Array;
  readonly attempts: readonly (readonly [number, number])[];
}

export type ToThread =
  | Work
  | { readonly type: "abort"; readonly slot: number; readonly reason: string }
  | { readonly type: "forget"; readonly runs: Float64Array }
  | { readonly type: "collect"; readonly urgent: boolean }
  | { readonly type: "news"; readonly news: ClientNews }
  | { readonly type: "call"; readonly id: number; readonly fn: WireFunction; readonly args: Uint8Array };

/** Runs that ended. Row i of the inline bytes is the result of `slot[i]`; an empty row: it is among `large`. */
export interface Ended {
  readonly type: "ended";
  readonly slot: Uint32Array;
  readonly nbytes: Float64Array;
  readonly tookMs: Float32Array;
  readonly inlineStart: Uint32Array;
  readonly inline: Uint8Array;
  readonly large: readonly (readonly [number, Uint8Array])[];
  readonly failed: readonly ThreadFailure[];
  /** Slots of runs that had been taken back: free again. */
  readonly passedOver: readonly number[];
  /** Slots of runs that could not begin, because a row before them made no value. */
  readonly unstarted: readonly number[];
}

export interface ThreadFailure {
  readonly slot: number;
  readonly error: WireError;
  /** For a fused task: the part that failed. */
  readonly part?: string;
}

/** What tasks of the thread have printed. */
export interface Printed {
  readonly type: "printed";
  readonly stream: "stdout" | "stderr";
  readonly chunks: readonly (string | Uint8Array)[];
}

export type FromThread =
  | { readonly type: "ready" }
  | Ended
  | Printed
  | { readonly type: "seceded"; readonly slot: number }
  | { readonly type: "client"; readonly stimulus: ClientStimulus }
  | { readonly type: "progress"; readonly slot: number; readonly done: number; readonly total: number }
  | {
      readonly type: "log";
      readonly key: string;
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: "called";
      readonly id: number;
      readonly ok: boolean;
      readonly value?: Uint8Array;
      readonly error?: WireError;
    };

export interface ThreadSetup {
  readonly slots: SharedArrayBuffer;
  readonly startedAt: SharedArrayBuffer;
  readonly lease: SharedArrayBuffer;
  readonly inlineResultBytes: number;
  readonly concurrency: number;
  /** Decoded values a thread keeps for its next runs, by their encoded size. */
  readonly cacheBytes: number;
  /** An asynchronous task that was told to stop is given up after this. */
  readonly cancelGraceMs: number;
  readonly worker: string;
  readonly functions: FunctionSettings;
}
