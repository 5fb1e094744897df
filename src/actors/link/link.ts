/**
 * What goes into a link and what comes out of it. The core (link.core.ts) keeps one object of this kind for each
 * pair of incarnations; the payload is opaque to it, so a shell gives encoded parcels and a model any object.
 */

import type { Ack, Stale, Sync } from "../../protocol/envelope.js";
import type { Limits } from "../../protocol/limits.js";
import type { Hello } from "../../protocol/messages.js";
import type { Timing } from "../../protocol/timing.js";

export interface LinkOptions {
  /** Who this end is; goes along with each `sync`. */
  readonly hello: Hello;
  readonly timing: Timing;
  readonly limits: Limits;
  /** Silence, while something is due, after which the peer is reported silent. */
  readonly deadAfterMs: number;
  readonly resend: boolean;
  /** The term this end leads in, 0 for one that does not lead. */
  readonly epoch: number;
}

/** What travels: the envelope's numbers, and either a payload (`seq` ≥ 1) or a message of the link itself (`seq` 0). */
export interface LinkFrame<Payload> {
  readonly epoch: number;
  readonly gen: number;
  readonly seq: number;
  readonly ack: number;
  readonly payload?: Payload;
  readonly nbytes?: number;
  readonly control?: Sync | Ack | Stale;
}

export type LinkStimulus<Outgoing, Incoming = Outgoing> =
  /** The owner wants the link; a `send` wants it too. */
  | { readonly type: "open" }
  | { readonly type: "send"; readonly payload: Outgoing; readonly nbytes: number }
  | { readonly type: "received"; readonly frame: LinkFrame<Incoming> }
  /** This end's bus connection is gone; and back, with what was under way perhaps lost. */
  | { readonly type: "disconnected" }
  | { readonly type: "reconnected" }
  /** The bus takes nothing for now; and takes again, having lost nothing it took. */
  | { readonly type: "blocked" }
  | { readonly type: "unblocked" }
  /** The bus says that nobody is at the peer's address: perhaps not yet, perhaps no more. */
  | { readonly type: "nobody" }
  /** The term this end leads in. */
  | { readonly type: "lead"; readonly epoch: number }
  | { readonly type: "stalled"; readonly ms: number }
  | { readonly type: "tick" }
  | { readonly type: "close" };

export type LinkInstruction<Outgoing, Incoming = Outgoing> =
  | { readonly type: "transmit"; readonly frame: LinkFrame<Outgoing> }
  | { readonly type: "deliver"; readonly payload: Incoming }
  /** Open: for the first time, or again with everything sent before perhaps lost. */
  | { readonly type: "up"; readonly hello: Hello; readonly first: boolean }
  | { readonly type: "full" }
  | { readonly type: "drained" }
  /**
   * The peer is given up: `silent` when nothing was heard for `deadAfterMs` although something was due, `nobody` when
   * the bus has said for the time of a grace that nobody is there.
   */
  | { readonly type: "lost"; readonly why: "silent" | "nobody" }
  /** The two ends have no protocol version in common. */
  | { readonly type: "incompatible"; readonly hello: Hello };

export type LinkState = "closed" | "syncing" | "open" | "full";
