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
  /** The values of keys are needed here: each is answered with `value` once it is, unless it came inline. */
  | { readonly type: "need"; readonly keys: readonly string[] }
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
  /** Of keys, those of `rows` are finished, and this is what they are: row i of the values is that of `keys[i]`. */
  | {
      readonly type: "finished";
      readonly keys: readonly string[];
      readonly rows: Uint32Array;
      readonly values: InlineValues;
    }
  | {
      readonly type: "refused";
      readonly graphId: string;
      readonly keys: readonly string[];
      readonly error: StatusError;
    }
  /** A value asked for has come in, chunk by chunk. Inline values come with `settled` or `finished`. */
  | { readonly type: "value"; readonly key: string; readonly run: number }
  | { readonly type: "answer"; readonly id: number; readonly ok: boolean; readonly value: unknown }
  | { readonly type: "event"; readonly topic: string; readonly data: Readonly<Record<string, unknown>> }
  | { readonly type: "put"; readonly id: number; readonly ok: boolean };

/** Values that came with the news that they are there: row i of the bytes is what `run[i]` made. */
export interface InlineValues {
  readonly run: Float64Array;
  readonly nbytes: Float64Array;
  readonly inlineStart: Uint32Array;
  readonly inline: Uint8Array;
}

export type Outcome =
  | { readonly state: "pending" }
  | { readonly state: "finished"; readonly located: Located }
  | { readonly state: Exclude<FutureState, "finished">; readonly error: StatusError };

/** What of a client core's instructions is not a message to another actor. */
export type ClientNews = Exclude<ClientInstruction, RuntimeInstruction>;
