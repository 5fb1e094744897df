/**
 * All links of one actor over one mailbox: bytes in, checked messages in order out, and back. Knows no core; what
 * happens is told to an `LinksOwner`.
 *
 * - One link a peer, made when something is sent to it or heard of it.
 * - The dead stay dead: what comes from an incarnation that was given up is answered with `stale` and goes no further.
 * - What is refused counts as arrived where at least its header could be read, so that one bad message does not
 *   hold up those behind it.
 */

import type { PeerId } from "../../protocol/addresses.js";
import { parsePeerId } from "../../protocol/addresses.js";
import type { Decoded } from "../../protocol/codec/codec.js";
import { mayGo } from "../../protocol/directions.js";
import type { Envelope, LinkMessage, Stale, Sync } from "../../protocol/envelope.js";
import type { Message } from "../../protocol/messages.js";
import type { Parcel } from "../../protocol/parcel.js";
import { parcelBytes } from "../../protocol/parcel.js";
import type { LinkInstruction, LinkStimulus } from "../link/link.js";
import type { PeerLostWhy } from "./core.js";
import type { Counters, ShellRefusal } from "./counters.js";
import { zeroCounters } from "./counters.js";
import type { LinksOptions, LinksOwner } from "./links-owner.js";
import { Outgoing } from "./outgoing.js";
import { Peers, type Peer } from "./peers.js";
import type { Mailbox } from "./post.js";

type Stimulus = LinkStimulus<Parcel, Message>;

export class Links {
  readonly counters: Counters = zeroCounters();
  private readonly known: Peers;
  private readonly outgoing: Outgoing;
  private epoch = 0;
  /** The newest term heard of; whoever leads in an older one is told so. */
  private newestEpoch = 0;
  private busState: "up" | "blocked" | "down" = "up";
  private readonly options: LinksOptions;
  private readonly owner: LinksOwner;

  constructor(options: LinksOptions, owner: LinksOwner) {
    this.options = options;
    this.owner = owner;
    this.known = new Peers(options);
    this.outgoing = new Outgoing(options, this.counters);
  }

  use(mailbox: Mailbox): void {
    this.outgoing.use(mailbox);
  }

  get peers(): readonly PeerId[] {
    return this.known.ids;
  }

  isWritable(id: PeerId): boolean {
    return this.known.get(id)?.link.writable ?? false;
  }

  open(id: PeerId): void {
    const peer = this.peerFor(id);
    if (peer !== undefined) this.stimulate(peer, { type: "open" });
  }

  send(id: PeerId, message: Message): void {
    const peer = this.peerFor(id);
    if (peer === undefined) {
      this.counters.deadLetters += 1;
      return;
    }
    if (message.kind === "bye") peer.saidBye = true;
    const payload = this.outgoing.encode(message, id);
    const nbytes = parcelBytes(payload);
    if (nbytes > this.options.parcelBytes) {
      this.counters.deadLetters += 1;
      this.owner.onRefused(
        "size",
        `a ${message.kind} of ${nbytes} bytes, more than the bus takes`,
        this.options.id,
      );
      return;
    }
    this.stimulate(peer, { type: "send", payload, nbytes });
  }

  /** Ends the link for good: the incarnation is dead to this actor. */
  forget(id: PeerId): void {
    const peer = this.known.end(id, "given up");
    if (peer === undefined) return;
    this.counters.dropped += peer.link.dropped;
    peer.link.handle({ type: "close" }, this.options.clock.now());
  }

  /** This actor leads from now on, in this term. */
  lead(epoch: number): void {
    this.epoch = epoch;
    this.newestEpoch = Math.max(this.newestEpoch, epoch);
    this.all({ type: "lead", epoch });
  }

  /** What the bus connection does. Links sleep while it is down, and start afresh when it is back. */
  bus(state: "up" | "blocked" | "down"): void {
    const before = this.busState;
    this.busState = state;
    if (before === state) return;
    if (before === "blocked") this.all({ type: "unblocked" });
    if (before === "down") this.all({ type: "reconnected" });
    if (state !== "up") this.all({ type: state === "down" ? "disconnected" : "blocked" });
  }

  stalled(ms: number): void {
    this.all({ type: "stalled", ms });
  }

  /** Ticks the links whose time has come; gives the next time that any of them wants. */
  tick(nowMs: number): number {
    let next = Infinity;
    for (const peer of this.known.all()) {
      if ((peer.link.nextTimer() ?? Infinity) <= nowMs) this.stimulate(peer, { type: "tick" });
      next = Math.min(next, peer.link.nextTimer() ?? Infinity);
    }
    return next;
  }

  nobody(address: string): void {
    const peer = this.known.at(address);
    if (peer !== undefined) this.stimulate(peer, { type: "nobody" });
  }

  /** Says goodbye on every link and ends them. Nothing is waited for. */
  close(reason: string): void {
    for (const id of this.peers) {
      const state = this.known.get(id)?.link.stateName;
      if (state === "open" || state === "full") this.send(id, { kind: "bye", reason });
    }
    for (const id of this.peers) this.forget(id);
  }

  /** @throws Error on a broken invariant of a link. */
  validate(): void {
    for (const { link } of this.known.all()) link.validate();
  }

  receive(parcel: Parcel): void {
    const decoded = this.options.codec.decode(parcel);
    this.counters.received += 1;
    this.counters.receivedBytes += parcelBytes(parcel);
    if (decoded.ok) this.receiveEnvelope(decoded.envelope, decoded.nbytes);
    else this.receiveRefused(decoded);
  }

  private receiveEnvelope(envelope: Envelope, nbytes: number): void {
    const { from, to, body, epoch, gen, seq, ack } = envelope;
    if (to !== this.options.id) {
      this.refuse("address", `a ${body.kind} for ${to}`, from);
      return;
    }
    const isOfLink = isLinkMessage(body);
    if (isOfLink && body.kind === "stale") {
      this.receiveStale(from, body);
      return;
    }
    const peer = this.peerOf(from, epoch, isOfLink ? body.kind : "message");
    if (peer === undefined) return;
    if (isOfLink) {
      if (body.kind === "sync" && this.isLying(peer, body)) return;
      this.stimulate(peer, { type: "received", frame: { epoch, gen, seq: 0, ack, control: body } });
    } else if (seq === 0) {
      this.refuse("malformed", `a ${body.kind} without a number`, from);
    } else {
      const mine = this.mayCome(peer, body.kind) ? { payload: body } : {};
      this.stimulate(peer, { type: "received", frame: { epoch, gen, seq, ack, nbytes, ...mine } });
    }
  }

  /**
   * Being given up by one peer ends that conversation and no other; only a scheduler's word, or a newer term, says
   * something about this actor as a whole.
   */
  private receiveStale(from: PeerId, { why, epoch }: Stale): void {
    if (why === "epoch") {
      if (this.epoch > 0 && epoch > this.epoch) this.owner.onStale(from, why, epoch);
      return;
    }
    const isScheduler = parsePeerId(from)?.role === "scheduler";
    if (this.known.has(from)) this.lose(from, "gaveUp");
    else if (!isScheduler) return;
    if (isScheduler) this.owner.onStale(from, why, epoch);
  }

  private receiveRefused(refused: Decoded & { ok: false }): void {
    const { header, why, detail } = refused;
    this.refuse(why, detail, header?.from);
    if (header === undefined || header.to !== this.options.id || header.seq === 0) return;
    const { epoch, gen, seq, ack } = header;
    const peer = this.known.get(header.from);
    if (peer === undefined || epoch < this.newestEpoch) return;
    this.stimulate(peer, { type: "received", frame: { epoch, gen, seq, ack } });
  }

  /** Whom a message comes from; nobody for the dead, for old terms and for nonsense. */
  private peerOf(from: PeerId, epoch: number, kind: "sync" | "ack" | "message"): Peer | undefined {
    const known = this.known.get(from);
    if (known === undefined && parsePeerId(from) === undefined) {
      this.refuse("address", "its sender has no proper name", from);
      return undefined;
    }
    if (epoch > 0 && epoch < this.newestEpoch) {
      this.tellStale(from, "epoch");
      return undefined;
    }
    const end = this.known.endOf(from);
    if (end !== undefined) {
      if (end === "given up" && kind !== "ack") this.tellStale(from, "dead");
      return undefined;
    }
    this.newestEpoch = Math.max(this.newestEpoch, epoch);
    // An acknowledgement on its own is no reason to begin a conversation.
    return known ?? (kind === "ack" ? undefined : this.make(from));
  }

  private isLying(peer: Peer, { hello }: Sync): boolean {
    if (peer.role === hello.role) return false;
    this.refuse("address", `it calls itself a ${hello.role}`, peer.id);
    return true;
  }

  private mayCome(peer: Peer, kind: Message["kind"]): boolean {
    if (mayGo(peer.role, this.options.hello.role, kind)) return true;
    this.refuse("direction", `a ${kind} sent to a ${this.options.hello.role}`, peer.id);
    return false;
  }

  private refuse(why: ShellRefusal, detail: string, from: PeerId | undefined): void {
    this.counters.refused[why] += 1;
    this.owner.onRefused(why, detail, from);
  }

  /** Whom to send to; nobody for the dead, and where there is no room. */
  private peerFor(id: PeerId): Peer | undefined {
    return this.known.endOf(id) === undefined ? (this.known.get(id) ?? this.make(id)) : undefined;
  }

  private make(id: PeerId): Peer | undefined {
    const { limits, clock } = this.options;
    if (this.known.size >= limits.links && !this.dropClosed()) {
      this.refuse("links", `there are ${this.known.size} links already`, id);
      return undefined;
    }
    const peer = this.known.add(id, this.epoch);
    if (this.busState !== "up") {
      peer.link.handle({ type: this.busState === "down" ? "disconnected" : "blocked" }, clock.now());
    }
    return peer;
  }

  private all(stimulus: Stimulus): void {
    for (const peer of this.known.all()) this.stimulate(peer, stimulus);
  }

  private stimulate(peer: Peer, stimulus: Stimulus): void {
    const { confirmedAt } = peer.link;
    peer.link.handle(stimulus, this.options.clock.now());
    if (peer.link.confirmedAt > confirmedAt) this.owner.onConfirmed(peer.id, peer.link.confirmedAt);
    for (const instruction of peer.link.drain()) this.carryOut(peer, instruction);
    const timer = peer.link.nextTimer();
    if (timer !== undefined) this.owner.onTimer(timer);
  }

  private carryOut(peer: Peer, instruction: LinkInstruction<Parcel, Message>): void {
    switch (instruction.type) {
      case "transmit":
        this.outgoing.transmit(peer, instruction.frame);
        break;
      case "deliver":
        this.owner.onMessage(peer.id, instruction.payload);
        if (instruction.payload.kind === "bye") this.part(peer);
        break;
      case "up":
        if (!instruction.first) this.counters.resets += 1;
        this.owner.onUp(peer.id, instruction.hello, instruction.first);
        break;
      case "full":
      case "drained":
        this.owner.onPressure(peer.id, instruction.type === "full");
        break;
      case "lost":
        this.lose(peer.id, instruction.why);
        break;
      case "incompatible":
        this.refuse("version", `it speaks ${instruction.hello.versions.join(" to ")}`, peer.id);
        this.lose(peer.id, "version");
        break;
    }
  }

  /** The peer has taken its leave: it gets ours, unless we said it first. */
  private part(peer: Peer): void {
    if (!peer.saidBye) this.send(peer.id, { kind: "bye", reason: "you said so" });
    this.lose(peer.id, "bye");
    this.known.end(peer.id, "left");
  }

  private lose(id: PeerId, why: PeerLostWhy): void {
    const peer = this.known.get(id);
    // Only a scheduler's verdict of death is final. Workers and clients that cannot reach each other for a while may
    // meet again: the link is closed, and begins anew when one of them has something to say.
    const isForNow =
      (why === "silent" || why === "nobody") && peer !== undefined && this.isBetweenEquals(peer);
    if (!isForNow) this.forget(id);
    this.owner.onLost(id, why);
  }

  private isBetweenEquals(peer: Peer): boolean {
    return peer.role !== "scheduler" && this.options.hello.role !== "scheduler";
  }

  /** Makes room by forgetting the link that has been known longest among those that are closed. */
  private dropClosed(): boolean {
    const id = this.known.oldestClosed();
    if (id !== undefined) this.forget(id);
    return id !== undefined;
  }

  private tellStale(to: PeerId, why: Stale["why"]): void {
    this.outgoing.tellStale(to, { kind: "stale", why, epoch: this.newestEpoch }, this.epoch);
  }
}

function isLinkMessage(body: Message | LinkMessage): body is LinkMessage {
  return body.kind === "sync" || body.kind === "ack" || body.kind === "stale";
}
