/**
 * Every message, as it is between codec and core: plain objects whose hot parts are columns (typed arrays, one
 * element a task). Shapes only; `schema/` checks them at the edge, `codec.ts` turns them to bytes and back.
 *
 * Numbers that name things:
 * - a *run* is one attempt at one task, unique in a cluster: `epoch * 2^32 + counter`. It also names the value that
 *   attempt made, so copies of a value are never mistaken for those of a later task under the same key.
 * - keys are strings, for people and for clients; the columns that workers see carry them only for display.
 * Durations are milliseconds; nothing carries a wall-clock time.
 */

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

// ---- client → scheduler ---------------------------------------------------------------------------------------

export interface Submit {
  readonly kind: "submit";
  /** Chosen by the client: the same submission sent again is recognised. */
  readonly graphId: string;
  readonly tasks: TaskColumns;
  /** Task numbers the client wants; may come with any part. */
  readonly wants: Uint32Array;
  /** Generation, priority and retries for the whole graph. */
  readonly priority: number;
  readonly retries: number;
  /** The key of the task that submitted it, when a task did: it is ordered just before later top-level work. */
  readonly parent?: string;
}

export interface Want {
  readonly kind: "want";
  readonly keys: readonly string[];
  /** These are all the keys that the client wants: after a link's reset, and in answer to `wants?`. */
  readonly all?: true;
  /** `fireAndForget`: wanted until they have settled, whatever becomes of the client. */
  readonly detached?: true;
}

export interface Release {
  readonly kind: "release";
  readonly keys: readonly string[];
}

export interface Cancel {
  readonly kind: "cancel";
  readonly keys: readonly string[];
  readonly reason: string;
}

export interface Retry {
  readonly kind: "retry";
  readonly keys: readonly string[];
}

/** A value that exists already: put on workers (or kept inline) under a key, wanted by the sender. */
export interface Scatter {
  readonly kind: "scatter";
  readonly key: string;
  readonly nbytes: number;
  readonly inline?: Uint8Array;
  /** Workers that already hold it, after the client put it there; with the run that names it. */
  readonly holders: readonly string[];
  readonly run: number;
}

/** The client could not get a value from any of its holders. */
export interface Unavailable {
  readonly kind: "unavailable";
  readonly key: string;
  readonly run: number;
  readonly holders: readonly string[];
}

/** A question with one answer, matched by `id`. */
export interface Query {
  readonly kind: "query";
  readonly id: number;
  readonly what:
    | { readonly type: "workers" }
    | { readonly type: "stats" }
    | { readonly type: "story"; readonly key: string }
    | { readonly type: "explain"; readonly key: string }
    | { readonly type: "known"; readonly key: string }
    | {
        readonly type: "publish";
        readonly name: string;
        readonly keys: readonly string[];
        readonly meta: unknown;
      }
    | { readonly type: "published"; readonly name: string }
    | { readonly type: "unpublish"; readonly name: string }
    | { readonly type: "restart" }
    | { readonly type: "progress"; readonly graphId: string }
    | {
        readonly type: "reserve";
        readonly nbytes: number;
        readonly workers?: readonly string[];
        readonly broadcast: boolean;
      }
    | { readonly type: "subscribe"; readonly pattern: string }
    | { readonly type: "unsubscribe"; readonly pattern: string };
}

// ---- scheduler → client ---------------------------------------------------------------------------------------

export interface Accepted {
  readonly kind: "accepted";
  readonly graphId: string;
}

export interface Refused {
  readonly kind: "refused";
  readonly graphId: string;
  readonly error: WireError;
}

/** States of keys the client wants. Column i belongs to `keys[i]`. */
export interface Status {
  readonly kind: "status";
  readonly keys: readonly string[];
  /** Index into `futureStates`. */
  readonly state: Uint8Array;
  readonly run: Float64Array;
  readonly nbytes: Float64Array;
  /** Row i of the inline bytes; empty row: not inline. */
  readonly inlineStart: Uint32Array;
  readonly inline: Uint8Array;
  /** For values that are not inline: index and holders. */
  readonly holders: readonly (readonly [number, readonly string[]])[];
  /** For errors: index, error, key of the task it began in, attempts, worker. */
  readonly errors: readonly (readonly [number, StatusError])[];
}

export interface StatusError {
  readonly error: WireError;
  readonly origin: string;
  readonly attempts: number;
  readonly worker?: string;
}

export const futureStates: readonly FutureState[] = ["finished", "error", "cancelled", "lost"];

export interface Answer {
  readonly kind: "answer";
  readonly id: number;
  readonly ok: boolean;
  readonly value: unknown;
}

export interface EventNotice {
  readonly kind: "event";
  readonly topic: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Say all you want: sent when digests of wants differ twice. Answered by `want` with `all`. */
export interface WantsPlease {
  readonly kind: "wants?";
}

// ---- scheduler → worker ---------------------------------------------------------------------------------------

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

// ---- worker → scheduler ---------------------------------------------------------------------------------------

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

// ---- worker ↔ worker, client ↔ worker -------------------------------------------------------------------------

/** Ask for values; `credit` bytes may be under way before more credit is given. */
export interface Get {
  readonly kind: "get";
  readonly id: number;
  readonly runs: Float64Array;
  readonly credit: number;
}

export interface Credit {
  readonly kind: "credit";
  readonly id: number;
  readonly bytes: number;
}

export interface Chunk {
  readonly kind: "chunk";
  readonly id: number;
  readonly run: number;
  /** With the last piece, so that the one who has the copy can offer it to a scheduler that has forgotten all runs. */
  readonly key?: string;
  readonly offset: number;
  readonly total: number;
  readonly bytes: Uint8Array;
}

/** Values asked for that are not here. */
export interface Gone {
  readonly kind: "gone";
  readonly id: number;
  readonly runs: Float64Array;
}

/** A value put on a worker by a client (`scatter`). */
export interface Put {
  readonly kind: "put";
  readonly id: number;
  readonly run: number;
  readonly key: string;
  readonly offset: number;
  readonly total: number;
  readonly bytes: Uint8Array;
}

export interface PutDone {
  readonly kind: "putDone";
  readonly id: number;
  readonly ok: boolean;
}

/** A client's sign of life. */
export interface ClientBeat {
  readonly kind: "clientBeat";
  /** Digest of the keys it wants: the XOR of their `keyHash`. */
  readonly wantDigest: number;
}

/** Who is speaking, first on every link. */
export interface Hello {
  readonly kind: "hello";
  readonly role: "scheduler" | "worker" | "client";
  readonly name: string;
  /** Lowest and highest protocol version spoken. */
  readonly versions: readonly [number, number];
}

export interface Bye {
  readonly kind: "bye";
  readonly reason: string;
  /** To a worker: end, and start afresh as a new incarnation that knows nothing. */
  readonly restart?: true;
}

export type ClientToScheduler =
  | Hello
  | Submit
  | Want
  | Release
  | Cancel
  | Retry
  | Scatter
  | Unavailable
  | Query
  | RunEverywhere
  | ClientBeat
  | Bye;

/** `client.run(fn)`: on every worker, or those named. */
export interface RunEverywhere {
  readonly kind: "runEverywhere";
  readonly id: number;
  readonly fn: WireFunction;
  readonly args: Uint8Array;
  readonly workers?: readonly string[];
}

export type SchedulerToClient =
  Hello | Accepted | Refused | Status | Answer | EventNotice | WantsPlease | Bye;
export type SchedulerToWorker =
  Hello | Run | CancelRuns | Free | Replicate | RunOnWorker | RegisterPlease | Bye;
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
export type PeerMessage = Hello | Get | Credit | Chunk | Gone | Put | PutDone | Bye;

export type Message =
  ClientToScheduler | SchedulerToClient | SchedulerToWorker | WorkerToScheduler | PeerMessage;
