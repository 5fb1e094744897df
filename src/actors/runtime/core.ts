/**
 * The shape of every actor's core, and what the runtime tells it and does for it. A core decides; the shell
 * (actor-shell.ts) feeds it stimuli with their time, and once a turn of the event loop carries out what it drained.
 */

import type { PeerId } from "../../protocol/addresses.js";
import type { Hello, Message } from "../../protocol/messages.js";

export interface Core<Stimulus, Instruction> {
  /** Decides; effects are collected until `drain`. */
  handle(stimulus: Stimulus, atMs: number): void;
  /** The effects since the last drain. Called once a turn, so that one turn makes few messages. */
  drain(): readonly Instruction[];
  /** When it next wants `{ type: "tick" }`. */
  nextTimer(): number | undefined;
  /** Throws on a broken invariant. */
  validate?(): void;
}

/** What the runtime tells a core. */
export type RuntimeStimulus<Incoming extends Message = Message> =
  /** `streams`, with what asks for values: they go over a connection between just these two processes. */
  | { readonly type: "message"; readonly from: PeerId; readonly message: Incoming; readonly streams?: true }
  /**
   * The link to a peer is open for the first time. Before any message of it. `sharesMemory`: what is sent to it is
   * handed on as it lies in the memory of the process in which both are.
   */
  | {
      readonly type: "peerUp";
      readonly peer: PeerId;
      readonly hello: Hello;
      readonly sharesMemory?: true;
    }
  /** That incarnation is dead or gone; it never comes back, nothing sent to it will arrive. */
  | { readonly type: "peerLost"; readonly peer: PeerId; readonly why: PeerLostWhy }
  /**
   * The link started afresh: anything sent to the peer before now may be lost (what arrived from it is still good),
   * and the peer is told the same. Send the whole state of the relationship, function numbers included, and repeat
   * questions that are still open. Ends a `linkFull`.
   */
  | { readonly type: "linkReset"; readonly peer: PeerId }
  /** Back-pressure: what is sent now waits at this end … */
  | { readonly type: "linkFull"; readonly peer: PeerId }
  /** … and from now on not any more. */
  | { readonly type: "linkDrained"; readonly peer: PeerId }
  /**
   * Somebody knows of a newer term than the one this actor leads in (`epoch`), or a scheduler has declared this
   * incarnation dead (`dead`, after its `peerLost`): stop sending, start afresh as a new incarnation.
   */
  | { readonly type: "stale"; readonly from: PeerId; readonly why: "epoch" | "dead"; readonly epoch: number }
  /** The event loop stood still for so long: extend deadlines by it. */
  | { readonly type: "stalled"; readonly ms: number }
  /** This end's own bus is away, or takes nothing: until it is back nobody is to be declared dead. */
  | { readonly type: "busDown" }
  | { readonly type: "busUp" }
  | { readonly type: "tick" };

/**
 * `bye`: it said so; the core has had that message just before. `silent`: unanswered past `deadAfterMs`. `nobody`: the bus says that nobody is there.
 * `gaveUp`: the peer has declared this end dead, so that the two will not talk again.
 */
export type PeerLostWhy = "bye" | "silent" | "nobody" | "version" | "gaveUp";

/** What every shell can do for a core; a shell's owner does what else its core asks for. */
export type RuntimeInstruction<Outgoing extends Message = Message> =
  /** Opens a link when there is none. To a dead incarnation: counted as a dead letter. */
  | { readonly type: "send"; readonly to: PeerId; readonly message: Outgoing }
  /** The core has declared a peer dead, or is done with it: nothing goes there and nothing of it is heard any more. */
  | { readonly type: "forget"; readonly peer: PeerId; readonly why: string }
  /** This actor leads now, in this term: every link starts afresh under it. */
  | { readonly type: "lead"; readonly epoch: number };
