/** What an actor's links need, and what they tell whoever owns them. */

import type { PeerId } from "../../protocol/addresses.js";
import type { Codec } from "../../protocol/codec/codec.js";
import type { Limits } from "../../protocol/limits.js";
import type { Hello, Message } from "../../protocol/messages.js";
import type { Timing } from "../../protocol/timing.js";
import type { Clock } from "./clock.js";
import type { PeerLostWhy } from "./core.js";
import type { ShellRefusal } from "./counters.js";

export interface LinksOptions {
  readonly id: PeerId;
  readonly hello: Hello;
  readonly address: (peer: PeerId) => string;
  readonly clock: Clock;
  readonly codec: Codec;
  readonly timing: Timing;
  readonly limits: Limits;
  readonly resend: boolean;
  /** The largest parcel the bus takes. */
  readonly parcelBytes: number;
}

export interface LinksOwner {
  onMessage(from: PeerId, message: Message): void;
  onUp(peer: PeerId, hello: Hello, first: boolean): void;
  onLost(peer: PeerId, why: PeerLostWhy): void;
  onPressure(peer: PeerId, full: boolean): void;
  onStale(from: PeerId, why: "epoch" | "dead", epoch: number): void;
  /** The peer has heard this actor at `atMs` or later. */
  onConfirmed(peer: PeerId, atMs: number): void;
  onRefused(why: ShellRefusal, detail: string, from: PeerId | undefined): void;
  /** A link wants to be ticked at this time. */
  onTimer(atMs: number): void;
}
