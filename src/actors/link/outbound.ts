/**
 * The sending half of a link: what waits, what is under way, and when to send it again.
 *
 * O1 sequence numbers under way are contiguous and end at the newest one given;
 * O2 something waits only while the window is full or the link is not open;
 * O3 at most `windowMessages` are under way, and never a second one beyond `windowBytes`;
 *   less while the line is slow: what is under way delays whatever else goes the same way, beats included;
 * O4 what waits stays within its limits: `offer` says when it would not.
 */

import type { Limits } from "../../protocol/limits.js";
import { resendsBeforeSync } from "../../protocol/limits.js";
import type { Timing } from "../../protocol/timing.js";
import { Fifo } from "./fifo.js";

export interface Outgoing<Payload> {
  readonly payload: Payload;
  readonly nbytes: number;
}

/** The most messages that one timer or one question sends again. */
const resendAtOnce = 64;
/** The weight of the newest round trip. */
const smoothing = 1 / 4;
/** What a line may have under way before it has shown that it is fast, and however slow it is. */
const firstWindowBytes = 256 * 1024;
const leastWindowBytes = 128 * 1024;

export class Outbound<Payload> {
  private readonly waiting = new Fifo<Outgoing<Payload>>();
  private waitingBytes = 0;
  private readonly underWay = new Fifo<Outgoing<Payload>>();
  private underWayBytes = 0;
  /** The newest sequence number given, and the newest acknowledged. */
  private sent = 0;
  private acked = 0;
  private attempts = 0;
  private firstSentAt = Infinity;
  /** One message at a time is timed: which, and when it was first sent. */
  private timed: { readonly seq: number; readonly at: number } | undefined;
  private confirmed = -Infinity;
  /** What an acknowledgement takes, smoothed; kept over generations, for the line stays the same. */
  private roundTripMs = 0;
  /** The bytes that may be under way as things are. */
  private windowBytes: number;
  private readonly limits: Limits;
  private readonly timing: Timing;

  constructor(limits: Limits, timing: Timing) {
    this.limits = limits;
    this.timing = timing;
    this.windowBytes = Math.min(firstWindowBytes, limits.windowBytes);
  }

  /** Takes a message to be sent; false when too many wait already, and it was not taken. */
  offer(payload: Payload, nbytes: number): boolean {
    const { queuedMessages, queuedBytes } = this.limits;
    const waits = this.waiting.length;
    if (waits >= queuedMessages || (waits > 0 && this.waitingBytes + nbytes > queuedBytes)) return false;
    this.waiting.push({ payload, nbytes });
    this.waitingBytes += nbytes;
    return true;
  }

  /** The next message the window has room for, with its new sequence number. */
  take(at: number): (Outgoing<Payload> & { readonly seq: number }) | undefined {
    if (this.isFull) return undefined;
    const next = this.waiting.shift();
    if (next === undefined) return undefined;
    this.waitingBytes -= next.nbytes;
    this.underWay.push(next);
    this.underWayBytes += next.nbytes;
    this.sent += 1;
    this.timed ??= { seq: this.sent, at };
    if (this.underWay.length === 1) this.restart(at);
    return { ...next, seq: this.sent };
  }

  /** Everything up to `seq` has arrived. */
  acknowledge(seq: number, at: number): void {
    if (seq <= this.acked || seq > this.sent) return;
    while (this.acked < seq) {
      this.underWayBytes -= this.underWay.shift()?.nbytes ?? 0;
      this.acked += 1;
    }
    if (this.timed !== undefined && this.timed.seq <= seq) {
      this.confirmed = this.timed.at;
      this.measured(at - this.timed.at);
      this.timed = undefined;
    }
    this.restart(at);
  }

  /** Twice as much may be under way as long as it takes no time; half as much, once it takes a beat. */
  private measured(tookMs: number): void {
    this.roundTripMs += (tookMs - this.roundTripMs) * smoothing;
    const { heartbeatIntervalMs } = this.timing;
    const most = this.limits.windowBytes;
    if (tookMs > heartbeatIntervalMs)
      this.windowBytes = Math.max(Math.min(leastWindowBytes, most), this.windowBytes / 2);
    else if (tookMs < heartbeatIntervalMs / 4) this.windowBytes = Math.min(most, this.windowBytes * 2);
  }

  /** Messages under way from `from` to `to`, as many as go out at once. */
  *again(from: number, to: number): Generator<Outgoing<Payload> & { readonly seq: number }> {
    const first = Math.max(from, this.acked + 1);
    const last = Math.min(to, this.sent, first + resendAtOnce - 1);
    for (let seq = first; seq <= last; seq += 1) {
      const item = this.underWay.at(seq - this.acked - 1);
      if (item !== undefined) yield { ...item, seq };
    }
  }

  /** The resend timer rang: whether there is another try. */
  retry(at: number): boolean {
    if (this.attempts >= resendsBeforeSync) {
      // It may be lost, or the line be slower than thought: then the next generation has to be more patient.
      if (this.timed !== undefined) this.roundTripMs = Math.max(this.roundTripMs, at - this.timed.at);
      return false;
    }
    this.attempts += 1;
    this.firstSentAt = at;
    return true;
  }

  /** Counts the wait for an acknowledgement from now. */
  restart(at: number): void {
    this.attempts = 0;
    this.firstSentAt = this.underWay.length > 0 ? at : Infinity;
  }

  /** Starts a new generation; what has never been sent may stay. */
  reset(keepWaiting: boolean): void {
    this.underWay.clear();
    this.underWayBytes = 0;
    this.sent = 0;
    this.acked = 0;
    this.timed = undefined;
    this.restart(0);
    if (keepWaiting) return;
    this.waiting.clear();
    this.waitingBytes = 0;
  }

  get isFull(): boolean {
    return this.underWay.length >= this.limits.windowMessages || this.underWayBytes >= this.windowBytes;
  }

  /** Nothing waits, and half of the window is free: a sender that stopped may go on. */
  get isDrained(): boolean {
    return (
      this.waiting.length === 0 &&
      this.underWay.length * 2 <= this.limits.windowMessages &&
      this.underWayBytes * 2 <= this.windowBytes
    );
  }

  /** The peer has heard something that was first sent at this time. */
  get confirmedAt(): number {
    return this.confirmed;
  }

  get oldest(): number {
    return this.acked + 1;
  }

  get newest(): number {
    return this.sent;
  }

  get isWaitingForAck(): boolean {
    return this.underWay.length > 0;
  }

  get resendAt(): number {
    const { resendAfterMs, resendMaxMs } = this.timing;
    // Sent again too soon, it would only make a slow line slower.
    const first = Math.max(resendAfterMs, 2 * this.roundTripMs);
    return this.firstSentAt + Math.min(first * 2 ** this.attempts, resendMaxMs);
  }

  /** @throws Error on a broken invariant. */
  validate(isOpen: boolean): void {
    if (this.sent - this.acked !== this.underWay.length)
      throw new Error("O1: numbers under way are not contiguous");
    if (isOpen && this.waiting.length > 0 && !this.isFull) throw new Error("O2: a message waits for nothing");
    if (this.underWay.length > this.limits.windowMessages)
      throw new Error("O3: more under way than the window holds");
    let bytes = 0;
    for (let i = 0; i < this.underWay.length - 1; i += 1) bytes += this.underWay.at(i)?.nbytes ?? 0;
    if (bytes >= this.limits.windowBytes && bytes > 0)
      throw new Error("O3: more bytes under way than the window holds");
    if (this.waiting.length > this.limits.queuedMessages) throw new Error("O4: more waits than may");
  }
}
