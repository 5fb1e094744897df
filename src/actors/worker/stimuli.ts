/** What a worker core is told, and what it asks its shell to do. */

import type {
  ErrorKind,
  PeerMessage,
  RanOnWorker,
  SchedulerToWorker,
  WireError,
  WireFunction,
  WorkerToScheduler,
} from "../../protocol/messages.js";
import type { RuntimeInstruction, RuntimeStimulus } from "../runtime/core.js";
import type { SendChunk, StoreChunk } from "../transfer/transfer.js";
import type { RunRecord } from "./run-record.js";

/** Finished runs of one thread. The columns go on to the scheduler as they are. */
export interface DoneBatch {
  readonly run: Float64Array;
  readonly nbytes: Float64Array;
  readonly tookMs: Float32Array;
  /** Row i of the inline bytes; an empty row means the value is in the shell's store. */
  readonly inlineStart: Uint32Array;
  readonly inline: Uint8Array;
}

export interface FailedRun {
  readonly run: number;
  readonly error: WireError;
  readonly part?: string;
}

export type WorkerStimulus =
  | RuntimeStimulus<SchedulerToWorker | PeerMessage>
  /** The scheduler has heard this worker at `sinceMs` or later. */
  | { readonly type: "heard"; readonly sinceMs: number }
  | { readonly type: "threadReady"; readonly thread: number }
  | { readonly type: "done"; readonly thread: number; readonly batch: DoneBatch }
  | { readonly type: "failed"; readonly thread: number; readonly runs: readonly FailedRun[] }
  /** Runs handed to a thread behind one that made no value there, or not in time: they have not begun. */
  | { readonly type: "unstarted"; readonly runs: readonly number[] }
  /** A running task says how far it is. */
  | { readonly type: "progressed"; readonly run: number; readonly done: number; readonly total: number }
  | { readonly type: "seceded"; readonly run: number }
  | ThreadLost
  /** Answer to `recall`: runs taken out of their thread's queue, and runs that had begun. */
  | { readonly type: "recalled"; readonly runs: readonly number[]; readonly kept: readonly number[] }
  /** Values that could not be read back from disk; runs that were to start with them have not. */
  | { readonly type: "valuesBroken"; readonly runs: readonly number[]; readonly unstarted: readonly number[] }
  | Observed
  | { readonly type: "ranHere"; readonly answer: RanOnWorker }
  | { readonly type: "drain"; readonly reason: string };

/** What the shell has measured; given before each tick, and when much has come or gone since. */
export interface Observed {
  readonly type: "observed";
  /** The runs whose functions are executing now. */
  readonly running: readonly number[];
  readonly processBytes: number;
  readonly managedBytes: number;
  /** What values have taken, all told, that are not in memory any more: dropped, or on disk. */
  readonly freedBytes: number;
  readonly loopDelayMs: number;
}

export interface ThreadLost {
  readonly type: "threadLost";
  readonly thread: number;
  /** Runs that brought it down, or were to be stopped with it. They fail with this kind. */
  readonly kind: ErrorKind;
  readonly message: string;
  readonly guilty: readonly number[];
  /** Others that were running beside them. */
  readonly bystanders: readonly number[];
  /** Runs in its queue that had not begun. */
  readonly notBegun: readonly number[];
}

export type WorkerInstruction =
  | RuntimeInstruction<WorkerToScheduler | PeerMessage>
  | StoreChunk
  | SendChunk
  | { readonly type: "execute"; readonly thread: number; readonly records: readonly RunRecord[] }
  /** Abort the signal; end the thread when the run has not stopped after the grace. */
  | { readonly type: "abort"; readonly thread: number; readonly run: number; readonly reason: string }
  | { readonly type: "recall"; readonly runs: readonly number[] }
  /** Threads begin what they have in their queues only until then. */
  | { readonly type: "mayStart"; readonly untilMs: number }
  | { readonly type: "putInline"; readonly run: number; readonly bytes: Uint8Array }
  | { readonly type: "drop"; readonly runs: readonly number[] }
  /** Write values to disk, least recently used first, until those in memory take no more than `toBytes`. */
  | { readonly type: "spill"; readonly toBytes: number }
  /** Have garbage collected; when it is urgent, whatever it costs, and what is only kept for speed is let go of, too. */
  | { readonly type: "collect"; readonly urgent: boolean }
  | { readonly type: "runHere"; readonly id: number; readonly fn: WireFunction; readonly args: Uint8Array }
  /** It was to leave, and nothing is left here that anybody waits for. */
  | { readonly type: "left" }
  /** The scheduler wants it to begin anew, as another incarnation. */
  | { readonly type: "startAgain"; readonly reason: string };
