/**
 * What stands around every message on a bus, and the messages of the links themselves. `gen`, `seq` and `ack`
 * belong to the link: the generation counts up each time the two ends start afresh, a sequence number starts at 1 in
 * each generation, 0 marks what is outside of the sequence (the link's own messages).
 */

import type { PeerId } from "./addresses.js";
import type { Hello, Message } from "./messages.js";

/** Protocol versions this build can speak, lowest and highest. */
export const spokenVersions: readonly [lowest: number, highest: number] = [1, 1];

export interface Envelope {
  readonly v: number;
  /** The sender's term when it leads the cluster, else 0. */
  readonly epoch: number;
  readonly from: PeerId;
  readonly to: PeerId;
  readonly gen: number;
  readonly seq: number;
  /** All of the other direction up to this one has arrived. */
  readonly ack: number;
  readonly corr?: string;
  readonly body: Message | LinkMessage;
}

/** "Let us go on from generation `gen` with empty hands": answered in kind unless it is itself an answer. */
export interface Sync {
  readonly kind: "sync";
  readonly reply: boolean;
  readonly hello: Hello;
}

/** Acknowledges; with `missing`, asks for the messages from … to. */
export interface Ack {
  readonly kind: "ack";
  readonly missing?: readonly [from: number, to: number];
}

/** "You speak for a term that is over" or "you were declared dead": the addressee starts afresh under a new name. */
export interface Stale {
  readonly kind: "stale";
  readonly why: "epoch" | "dead";
  /** The newest term the sender knows. */
  readonly epoch: number;
}

export type LinkMessage = Sync | Ack | Stale;
