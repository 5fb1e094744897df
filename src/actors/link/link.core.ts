/**
 * A link: this end's half of the conversation with one incarnation, both directions. It makes of a bus that loses,
 * repeats and reorders a sequence of messages each delivered once and in order, within a *generation*; where it
 * cannot, both ends start a new generation and their owners exchange the full state of their relationship.
 *
 * - The generation is one number for both ends and only grows. Either end proposes the next one with `sync`; the
 *   other takes it up and answers. An end that proposed is `syncing` until it has seen the other in its generation.
 * - A new generation forgets everything unacknowledged. **The link does not carry it over**: the owner is told
 *   (`up`, not first), and the actors' exchange of full state repairs what was lost. Resending only makes that
 *   rare; with `resend: false` a gap or a missing acknowledgement leads straight to a new generation.
 * - Before the link is up for the first time, what is sent waits; while it starts afresh later on, what is sent is
 *   dropped and counted, since the exchange that follows covers it.
 *
 * L1 within a generation, the messages delivered are a prefix of those the peer sent, in order, each once;
 * L2 nothing of another generation is delivered; L3 windows and queues are bounded (outbound.ts, inbound.ts);
 * L4 the state is where link.machine.ts leads; L5 while something is due from the peer and the bus is up, a timer runs.
 */

import type { Ack, Stale, Sync } from "../../protocol/envelope.js";
import type { Hello } from "../../protocol/messages.js";
import { compileMachine, illegal, step } from "../task/compile.js";
import { Inbound } from "./inbound.js";
import type { LinkFrame, LinkInstruction, LinkOptions, LinkState, LinkStimulus } from "./link.js";
import type { LinkEvent } from "./link.machine.js";
import { linkMachine } from "./link.machine.js";
import { Outbound } from "./outbound.js";

export const linkTable = compileMachine(linkMachine);

export class LinkCore<Outgoing, Incoming = Outgoing> {
  private state = linkTable.initial;
  private readonly outbound: Outbound<Outgoing>;
  private readonly inbound: Inbound<Incoming>;
  private instructions: LinkInstruction<Outgoing, Incoming>[] = [];
  private gen = 0;
  private epoch: number;
  private peerEpoch = 0;
  private peerHello: Hello | undefined;
  private hasBeenUp = false;
  private connected = true;
  private blocked = false;
  private syncAt = Infinity;
  private syncs = 0;
  /** When the peer was last heard, or the wait for it began. */
  private waitsSince = 0;
  private nobodySince = Infinity;
  private droppedCount = 0;
  private readonly options: LinkOptions;

  constructor(options: LinkOptions) {
    this.options = options;
    this.epoch = options.epoch;
    this.outbound = new Outbound(options.limits, options.timing);
    this.inbound = new Inbound(options.limits, options.timing);
  }

  handle(stimulus: LinkStimulus<Outgoing, Incoming>, at: number): void {
    switch (stimulus.type) {
      case "open":
        this.open(at);
        break;
      case "send":
        this.send(stimulus.payload, stimulus.nbytes, at);
        break;
      case "received":
        this.receive(stimulus.frame, at);
        break;
      case "tick":
        this.tick(at);
        break;
      case "disconnected":
        this.connected = false;
        if (this.isOpen) this.startAfresh(this.gen + 1, at);
        break;
      case "reconnected":
        this.connected = true;
        this.nobodySince = Infinity;
        this.waitsSince = at + this.options.timing.graceMs;
        if (this.isOpen) this.startAfresh(this.gen + 1, at);
        else if (this.stateName === "syncing") this.propose(at);
        break;
      case "blocked":
        this.blocked = true;
        break;
      case "unblocked":
        this.blocked = false;
        this.waitsSince = at + this.options.timing.graceMs;
        this.outbound.restart(at);
        this.pump(at);
        break;
      case "nobody":
        if (this.stateName === "closed") break;
        if (this.nobodySince === Infinity) this.nobodySince = at;
        else if (at - this.nobodySince >= this.options.timing.graceMs) this.lose("nobody");
        break;
      case "lead":
        this.epoch = stimulus.epoch;
        if (this.stateName !== "closed") this.startAfresh(this.gen + 1, at);
        break;
      case "stalled":
        this.waitsSince += stimulus.ms;
        break;
      case "close":
        if (this.stateName !== "closed") this.go("CLOSE");
        break;
    }
  }

  drain(): readonly LinkInstruction<Outgoing, Incoming>[] {
    const drained = this.instructions;
    if (drained.length > 0) this.instructions = [];
    return drained;
  }

  nextTimer(): number | undefined {
    const { isOpen, canTransmit } = this;
    const next = Math.min(
      isOpen && canTransmit ? this.inbound.ackAt : Infinity,
      isOpen && canTransmit ? this.inbound.askAt : Infinity,
      isOpen && canTransmit ? this.outbound.resendAt : Infinity,
      this.connected && this.stateName === "syncing" ? this.syncAt : Infinity,
      this.silentAt,
    );
    return next === Infinity ? undefined : next;
  }

  get stateName(): LinkState {
    return linkTable.states[this.state] ?? "closed";
  }

  /** False: what is sent now waits or is dropped. */
  get writable(): boolean {
    return this.stateName === "open";
  }

  /** When the newest message was sent of which the peer is known to have it, as far as messages are timed. */
  get confirmedAt(): number {
    return this.outbound.confirmedAt;
  }

  /** Messages dropped because the link was starting afresh, or too many waited. */
  get dropped(): number {
    return this.droppedCount;
  }

  /** The protocol version both ends speak; the lowest until the peer has said which it does. */
  get version(): number {
    const [lowest, highest] = this.options.hello.versions;
    return this.peerHello === undefined ? lowest : Math.min(highest, this.peerHello.versions[1]);
  }

  /** @throws Error on a broken invariant. */
  validate(): void {
    this.outbound.validate(this.isOpen && this.canTransmit);
    this.inbound.validate();
    const isDue = this.stateName === "syncing" || (this.isOpen && this.outbound.isWaitingForAck);
    if (isDue && this.canTransmit && this.nextTimer() === undefined)
      throw new Error("L5: nothing will wake the link");
  }

  // ---- the owner's side

  private open(at: number): void {
    if (this.stateName !== "closed") return;
    this.forgetGeneration(this.gen + 1);
    this.syncs = 0;
    this.waitsSince = at;
    this.go("OPEN");
    this.propose(at);
  }

  private send(payload: Outgoing, nbytes: number, at: number): void {
    this.open(at);
    if (!this.isOpen && this.hasBeenUp) {
      this.droppedCount += 1;
      return;
    }
    if (!this.outbound.isWaitingForAck) this.waitsSince = Math.max(this.waitsSince, at);
    if (this.outbound.offer(payload, nbytes)) {
      this.pump(at);
      return;
    }
    // Whoever sends on past back-pressure gets a fresh start and an exchange of state, not a queue without end.
    this.droppedCount += 1;
    if (this.isOpen) this.startAfresh(this.gen + 1, at);
  }

  private pump(at: number): void {
    if (!this.isOpen || !this.canTransmit) return;
    for (let next = this.outbound.take(at); next !== undefined; next = this.outbound.take(at))
      this.transmit(next);
    if (this.stateName === "open" && this.outbound.isFull) {
      this.go("FILLED");
      this.instructions.push({ type: "full" });
    } else if (this.stateName === "full" && this.outbound.isDrained) {
      this.go("DRAINED");
      this.instructions.push({ type: "drained" });
    }
  }

  private transmit({ seq, payload, nbytes }: { seq: number; payload: Outgoing; nbytes: number }): void {
    this.inbound.acknowledged();
    this.post({ ...this.numbers(seq), payload, nbytes });
  }

  private tell(control: Sync | Ack | Stale): void {
    if (control.kind === "ack") this.inbound.acknowledged();
    this.post({ ...this.numbers(0), control });
  }

  private post(frame: LinkFrame<Outgoing>): void {
    this.instructions.push({ type: "transmit", frame });
  }

  private numbers(seq: number): { epoch: number; gen: number; seq: number; ack: number } {
    return { epoch: this.epoch, gen: this.gen, seq, ack: this.inbound.received };
  }

  // ---- the peer's side

  private receive(frame: LinkFrame<Incoming>, at: number): void {
    const { control, gen } = frame;
    if (control?.kind === "stale") return;
    if (frame.epoch < this.peerEpoch) {
      this.tell({ kind: "stale", why: "epoch", epoch: this.peerEpoch });
      return;
    }
    this.waitsSince = Math.max(this.waitsSince, at);
    this.nobodySince = Infinity;
    const isNewTerm = frame.epoch > this.peerEpoch && this.isOpen;
    this.peerEpoch = frame.epoch;
    if (control?.kind === "sync") {
      this.receiveSync(control, gen, at);
      return;
    }
    if (isNewTerm || gen > this.gen) {
      this.startAfresh(Math.max(gen, this.gen) + 1, at);
      return;
    }
    if (gen < this.gen || this.stateName === "closed") return;
    // A message in our generation proves that the peer has taken it up, though its answer may be lost.
    if (this.stateName === "syncing" && !this.comeUp(at)) return;
    this.outbound.acknowledge(frame.ack, at);
    if (frame.seq > 0) this.receiveNext(frame, at);
    else if (control?.missing !== undefined && this.options.resend && this.canTransmit) {
      for (const each of this.outbound.again(...control.missing)) this.transmit(each);
    }
    this.pump(at);
    if (this.isOpen && this.inbound.ackAt <= at && this.canTransmit) this.tell({ kind: "ack" });
  }

  private receiveNext({ seq, payload, nbytes }: LinkFrame<Incoming>, at: number): void {
    const arrival = this.inbound.arrive(seq, payload, nbytes ?? 0, at, (each) =>
      this.instructions.push({ type: "deliver", payload: each }),
    );
    if (arrival === "overrun") this.startAfresh(this.gen + 1, at);
  }

  private receiveSync({ hello, reply }: Sync, gen: number, at: number): void {
    if (!speakTheSame(this.options.hello, hello)) {
      // Answering lets the peer find out as well.
      if (!reply) this.answerSync();
      this.instructions.push({ type: "incompatible", hello });
      return;
    }
    this.peerHello = hello;
    if (gen < this.gen) {
      // It missed what we proposed, or this is an old copy: telling it where we are does in both cases.
      this.answerSync();
    } else if (gen > this.gen) {
      this.forgetGeneration(gen);
      this.comeUp(at);
      this.answerSync();
      this.pump(at);
    } else {
      if (this.stateName === "syncing") this.comeUp(at);
      if (!reply) this.answerSync();
      this.pump(at);
    }
  }

  private answerSync(): void {
    this.tell({ kind: "sync", reply: true, hello: this.options.hello });
  }

  // ---- generations

  /** Both ends are in this generation. False when the peer has not yet said who it is. */
  private comeUp(at: number): boolean {
    if (this.peerHello === undefined) return false;
    this.go("SYNCED");
    this.syncAt = Infinity;
    this.waitsSince = Math.max(this.waitsSince, at);
    if (!this.hasBeenUp) this.instructions.push({ type: "up", hello: this.peerHello, first: true });
    if (this.hasBeenUp || this.droppedCount > 0) {
      this.instructions.push({ type: "up", hello: this.peerHello, first: false });
    }
    this.hasBeenUp = true;
    return true;
  }

  private startAfresh(gen: number, at: number): void {
    this.go(this.stateName === "closed" ? "OPEN" : "RESET");
    this.forgetGeneration(gen);
    this.syncs = 0;
    this.waitsSince = Math.max(this.waitsSince, at);
    this.propose(at);
  }

  private forgetGeneration(gen: number): void {
    this.gen = gen;
    this.outbound.reset(!this.hasBeenUp);
    this.inbound.reset();
  }

  private propose(at: number): void {
    const { resendAfterMs, resendMaxMs } = this.options.timing;
    this.syncAt = at + Math.min(resendAfterMs * 2 ** this.syncs, resendMaxMs);
    this.syncs += 1;
    if (this.connected) this.tell({ kind: "sync", reply: false, hello: this.options.hello });
  }

  // ---- time

  private tick(at: number): void {
    if (this.stateName === "closed") return;
    if (this.silentAt <= at) {
      this.lose("silent");
      return;
    }
    if (this.stateName === "syncing") {
      if (this.connected && this.syncAt <= at) this.propose(at);
      return;
    }
    if (!this.canTransmit) return;
    if (this.inbound.askAt <= at) this.ask(at);
    if (this.isOpen && this.outbound.resendAt <= at) this.resend(at);
    if (this.isOpen && this.inbound.ackAt <= at) this.tell({ kind: "ack" });
  }

  private ask(at: number): void {
    if (this.options.resend) this.tell({ kind: "ack", missing: this.inbound.ask(at) });
    else this.startAfresh(this.gen + 1, at);
  }

  private resend(at: number): void {
    if (!this.outbound.retry(at)) {
      this.startAfresh(this.gen + 1, at);
    } else if (this.options.resend) {
      // The ends show the peer what is between them, and it asks for that; the whole would choke a slow line.
      const { oldest, newest } = this.outbound;
      for (const each of this.outbound.again(oldest, oldest)) this.transmit(each);
      if (newest > oldest) for (const each of this.outbound.again(newest, newest)) this.transmit(each);
    }
  }

  private lose(why: "silent" | "nobody"): void {
    this.go("CLOSE");
    // Should the two meet again, it is as if for the first time, but for the generations that were.
    this.hasBeenUp = false;
    this.outbound.reset(false);
    this.nobodySince = Infinity;
    this.instructions.push({ type: "lost", why });
  }

  /** No verdict while this end's own bus is down. */
  private get silentAt(): number {
    const isDue = this.stateName === "syncing" || (this.isOpen && this.outbound.isWaitingForAck);
    return isDue && this.canTransmit ? this.waitsSince + this.options.deadAfterMs : Infinity;
  }

  private get isOpen(): boolean {
    return this.stateName === "open" || this.stateName === "full";
  }

  private get canTransmit(): boolean {
    return this.connected && !this.blocked;
  }

  private go(event: LinkEvent["type"]): void {
    const next = step(linkTable, this.state, linkTable.event[event]);
    if (next === illegal) throw new Error(`L4: ${event} in state ${this.stateName}`);
    this.state = next;
  }
}

function speakTheSame(one: Hello, other: Hello): boolean {
  return one.versions[0] <= other.versions[1] && other.versions[0] <= one.versions[1];
}
