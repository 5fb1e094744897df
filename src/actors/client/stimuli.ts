/** What a client core is told, and what it asks its shell to do. */

import type {
  ClientToScheduler,
  FutureState,
  Located,
  PeerMessage,
  Query,
  SchedulerToClient,
  StatusError,
  Submit,
  WireFunction,
} from "../../protocol/messages.js";
import type { RuntimeInstruction, RuntimeStimulus } from "../runtime/core.js";
import type { StoreChunk } from "../transfer/transfer.js";

export type ClientStimulus =
  | RuntimeStimulus<SchedulerToClient | PeerMessage>
  /** A graph, in parts; the client wants `wants` of it. */
  | { readonly type: "submit"; readonly parts: readonly Submit[]; readonly wants: readonly string[] }
  /** Keys that somebody else has submitted. */
  | { readonly type: "want"; readonly keys: readonly string[]; readonly detached?: false }
  /** Wanted keys, to be done even when this client is gone. */
  | { readonly type: "want"; readonly keys: readonly string[]; readonly detached: true }
  | { readonly type: "release"; readonly keys: readonly string[] }
  | { readonly type: "cancel"; readonly keys: readonly string[]; readonly reason: string }
  | { readonly type: "retry"; readonly keys: readonly string[] }
  /** The value of a key is needed here: answered with `value` once it is, unless it came inline. */
  | { readonly type: "need"; readonly key: string }
  | { readonly type: "query"; readonly id: number; readonly what: Query["what"] }
  | {
      readonly type: "runEverywhere";
      readonly id: number;
      readonly fn: WireFunction;
      readonly args: Uint8Array;
      readonly workers?: readonly string[];
    }
  | Put
  /** The last thing it is told. */
  | { readonly type: "close" }
  /** A value is where it was put: its key is this client's. */
  | {
      readonly type: "scattered";
      readonly key: string;
      readonly run: number;
      readonly nbytes: number;
      readonly holders: readonly string[];
    };

/** Puts a value on a worker; answered with `put`. */
export interface Put {
  readonly type: "put";
  readonly id: number;
  readonly to: string;
  readonly run: number;
  readonly key: string;
  readonly bytes: Uint8Array;
}

export type ClientInstruction =
  | RuntimeInstruction<ClientToScheduler | PeerMessage>
  | StoreChunk
  /** What became of a key. A finished one may become pending again, when its value was lost. */
  | { readonly type: "settled"; readonly key: string; readonly outcome: Outcome }
  | {
      readonly type: "refused";
      readonly graphId: string;
      readonly keys: readonly string[];
      readonly error: StatusError;
    }
  /** A value asked for has come in, chunk by chunk. Inline values come with `settled`. */
  | { readonly type: "value"; readonly key: string; readonly run: number }
  | { readonly type: "answer"; readonly id: number; readonly ok: boolean; readonly value: unknown }
  | { readonly type: "event"; readonly topic: string; readonly data: Readonly<Record<string, unknown>> }
  | { readonly type: "put"; readonly id: number; readonly ok: boolean };

export type Outcome =
  | { readonly state: "pending" }
  | { readonly state: "finished"; readonly located: Located }
  | { readonly state: Exclude<FutureState, "finished">; readonly error: StatusError };

/** What of a client core's instructions is not a message to another actor. */
export type ClientNews = Exclude<ClientInstruction, RuntimeInstruction>;
