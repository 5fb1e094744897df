/**
 * The receiving half of a link: takes the next message, drops what it had, holds what comes early, and knows when an
 * acknowledgement is due and when to ask for what is missing.
 *
 * N1 delivered is exactly 1, 2, 3 … of this generation, each once;
 * N2 held are only numbers past the next one and within the window; without the newest of them, they have fewer bytes
 *    than the window: what a sender may have under way (outbound.ts, O3) always finds room.
 */

import type { Limits } from "../../protocol/limits.js";
import { ackEveryMessages } from "../../protocol/limits.js";
import type { Timing } from "../../protocol/timing.js";

interface Held<Payload> {
  readonly payload: Payload | undefined;
  readonly nbytes: number;
}

/** `overrun`: the message lies beyond what may be held; only a new generation helps. */
export type Arrival = "taken" | "known" | "held" | "overrun";

export class Inbound<Payload> {
  /** The newest number that arrived together with all before it. */
  received = 0;
  private readonly held = new Map<number, Held<Payload>>();
  private heldBytes = 0;
  private newestHeld = 0;
  private unacked = 0;
  private unackedBytes = 0;
  private ackDueAt = Infinity;
  private askDueAt = Infinity;
  private asks = 0;
  private readonly limits: Limits;
  private readonly timing: Timing;

  constructor(limits: Limits, timing: Timing) {
    this.limits = limits;
    this.timing = timing;
  }

  /** Takes a message in; hands it on, and those it lets follow, in order. A body that was refused counts as arrived. */
  arrive(
    seq: number,
    payload: Payload | undefined,
    nbytes: number,
    at: number,
    deliver: (payload: Payload) => void,
  ): Arrival {
    if (seq <= this.received || this.held.has(seq)) {
      this.ackDueAt = at;
      return "known";
    }
    if (seq > this.received + 1) return this.hold(seq, { payload, nbytes }, at);
    this.take({ payload, nbytes }, deliver);
    for (let next = this.held.get(seq + 1); next !== undefined; next = this.held.get(this.received + 1)) {
      this.held.delete(this.received + 1);
      this.heldBytes -= next.nbytes;
      this.take(next, deliver);
    }
    this.askDueAt = this.held.size > 0 ? at + this.timing.askAfterMs : Infinity;
    this.asks = 0;
    const isMuch = this.unacked >= ackEveryMessages || this.unackedBytes * 4 >= this.limits.windowBytes;
    this.ackDueAt = isMuch ? at : Math.min(this.ackDueAt, at + this.timing.ackAfterMs);
    return "taken";
  }

  private take({ payload, nbytes }: Held<Payload>, deliver: (payload: Payload) => void): void {
    this.received += 1;
    this.unacked += 1;
    this.unackedBytes += nbytes;
    if (payload !== undefined) deliver(payload);
  }

  private hold(seq: number, item: Held<Payload>, at: number): Arrival {
    const isBeyond = seq > this.received + this.limits.windowMessages;
    const newest = Math.max(seq, this.newestHeld);
    const newestBytes = newest === seq ? item.nbytes : (this.held.get(newest)?.nbytes ?? 0);
    if (isBeyond || this.heldBytes + item.nbytes - newestBytes >= this.limits.windowBytes) return "overrun";
    this.held.set(seq, item);
    this.heldBytes += item.nbytes;
    this.newestHeld = Math.max(this.newestHeld, seq);
    if (this.askDueAt === Infinity) this.askDueAt = at + this.timing.askAfterMs;
    return "held";
  }

  /** An acknowledgement of all that was received is on its way. */
  acknowledged(): void {
    this.unacked = 0;
    this.unackedBytes = 0;
    this.ackDueAt = Infinity;
  }

  /** The numbers that are missing before the first held one; the next question waits twice as long. */
  ask(at: number): readonly [from: number, to: number] {
    const { askAfterMs, resendMaxMs } = this.timing;
    this.asks += 1;
    this.askDueAt = at + Math.min(askAfterMs * 2 ** this.asks, resendMaxMs);
    let to = this.received + 1;
    while (to < this.newestHeld && !this.held.has(to + 1)) to += 1;
    return [this.received + 1, to];
  }

  reset(): void {
    this.received = 0;
    this.held.clear();
    this.heldBytes = 0;
    this.newestHeld = 0;
    this.askDueAt = Infinity;
    this.asks = 0;
    this.acknowledged();
  }

  get ackAt(): number {
    return this.ackDueAt;
  }

  get askAt(): number {
    return this.askDueAt;
  }

  /** @throws Error on a broken invariant. */
  validate(): void {
    let bytes = 0;
    for (const [seq, { nbytes }] of this.held) {
      bytes += nbytes;
      if (seq <= this.received + 1 || seq > this.received + this.limits.windowMessages) {
        throw new Error(`N2: ${seq} is held while ${this.received} is the last received`);
      }
    }
    if (bytes !== this.heldBytes) throw new Error("N2: held bytes are miscounted");
    const newest = this.held.get(this.newestHeld)?.nbytes ?? 0;
    if (this.held.size > 1 && bytes - newest >= this.limits.windowBytes)
      throw new Error("N2: more bytes held than the window's");
    if (this.held.size > 0 && this.askDueAt === Infinity) throw new Error("N2: a gap is not asked for");
  }
}
