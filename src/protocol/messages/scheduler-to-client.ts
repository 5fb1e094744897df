/** What the scheduler tells clients. */

import type { FutureState, WireError } from "./parts.js";
import type { Hello, Bye } from "./between-peers.js";

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
  /**
   * How many of the client's turns, its releases and retries, the scheduler had taken when it said this. A key may stand
   * for another task after its release, and for another attempt after its retry: news from before are of the old one.
   */
  readonly turns: number;
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

export type SchedulerToClient =
  Hello | Accepted | Refused | Status | Answer | EventNotice | WantsPlease | Bye;
