/** What clients tell and ask the scheduler. */

import type { WireFunction, TaskColumns } from "./parts.js";
import type { Hello, Bye } from "./between-peers.js";

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
  /** Of all keys that are wanted, whether the client has heard how it ended (1) or waits for that (0). */
  readonly settled?: Uint8Array;
  /** Not the last page of all keys. */
  readonly more?: true;
  /** `fireAndForget`: wanted until they have settled, whatever becomes of the client. */
  readonly detached?: true;
}

export interface Release {
  readonly kind: "release";
  readonly keys: readonly string[];
  /** The how manyth of this client's turns it is: its releases and retries. One that was taken is not taken again. */
  readonly nth: number;
  /** Not its last page. */
  readonly more?: true;
}

/** After a link's reset: these keys are wanted, and all else that was is released. */
export interface Keep {
  readonly kind: "keep";
  readonly keys: readonly string[];
  /** Of each key, how many turns there had been when it came to be wanted: a want from before them is of another task. */
  readonly since: Float64Array;
  /** How many turns there have been. */
  readonly nth: number;
  /** Not the last page. */
  readonly more?: true;
}

export interface Cancel {
  readonly kind: "cancel";
  readonly keys: readonly string[];
  readonly reason: string;
}

export interface Retry {
  readonly kind: "retry";
  readonly keys: readonly string[];
  /** The how manyth of this client's turns it is, counted with its releases. */
  readonly nth: number;
  /** Not its last page. */
  readonly more?: true;
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

/** A client's sign of life. */
export interface ClientBeat {
  readonly kind: "clientBeat";
  /** Digest of the keys it wants: the XOR of their `keyHash`. */
  readonly wantDigest: number;
  /** The same of those whose end it has heard of. */
  readonly settledDigest: number;
}

export type ClientToScheduler =
  | Hello
  | Submit
  | Want
  | Release
  | Keep
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
