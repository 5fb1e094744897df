/**
 * Two links over a virtual bus: ordered within one live connection, lossy, repeating, slow, and cut now and then. The
 * owners keep a counter each and mirror the other's: they say each increment, and at every fresh start the whole
 * value, which is all that the links ask of them.
 */

import type { LinkFrame, LinkInstruction, LinkOptions, LinkStimulus } from "../../../src/actors/link/link.js";
import { LinkCore } from "../../../src/actors/link/link.core.js";
import type { Limits } from "../../../src/protocol/limits.js";
import { defaultLimits } from "../../../src/protocol/limits.js";
import type { Hello } from "../../../src/protocol/messages.js";
import { defaultTiming } from "../../../src/protocol/timing.js";

export type Side = "a" | "b";
export type Said =
  { readonly id: number; readonly add: number } | { readonly id: number; readonly whole: number };
type Frame = LinkFrame<Said>;

export interface Faults {
  readonly lossRate: number;
  readonly duplicateRate: number;
  readonly maxDelayMs: number;
  /** Of what is under way when a connection ends, the part that arrives all the same, late and out of order. */
  readonly ghostRate: number;
}

export const noFaults: Faults = { lossRate: 0, duplicateRate: 0, maxDelayMs: 1, ghostRate: 0 };

export function helloOf(name: string, versions: readonly [number, number] = [1, 1]): Hello {
  return { kind: "hello", role: "worker", name, versions };
}

const other = (side: Side): Side => (side === "a" ? "b" : "a");

/** A small generator of numbers in [0, 1), the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class End {
  readonly link: LinkCore<Said>;
  readonly log: LinkInstruction<Said>["type"][] = [];
  value = 0;
  mirror = 0;
  ups = 0;
  transmitted = 0;
  lastDelivered = 0;
  readonly lost: string[] = [];
  /** First payload transmitted under each generation and number, by generation. */
  readonly sent = new Map<number, Map<number, number>>();
  readonly delivered = new Map<number, number[]>();

  constructor(options: LinkOptions) {
    this.link = new LinkCore(options);
  }
}

export class VirtualNetwork {
  now = 0;
  faults: Faults;
  readonly ends: Record<Side, End>;
  private readonly random: () => number;
  private readonly events: Event[] = [];
  private order = 0;
  private nextId = 0;
  /** Counts connections of each side: what was sent on an ended one does not arrive, ghosts apart. */
  private readonly connection: Record<Side, number> = { a: 1, b: 1 };
  private readonly isUp: Record<Side, boolean> = { a: true, b: true };
  private readonly quietUntil: Record<Side, number> = { a: 0, b: 0 };
  steps = 0;

  constructor(
    seed: number,
    faults: Faults,
    options: Partial<LinkOptions> = {},
    limits: Partial<Limits> = {},
  ) {
    this.random = randomFrom(seed);
    this.faults = faults;
    const make = (name: string): End =>
      new End({
        hello: helloOf(name),
        timing: defaultTiming,
        limits: { ...defaultLimits, ...limits },
        deadAfterMs: Infinity,
        resend: true,
        epoch: 0,
        ...options,
      });
    this.ends = { a: make("a"), b: make("b") };
  }

  /** The owner's counter goes up by one, and it says so. */
  increment(side: Side): void {
    const end = this.ends[side];
    end.value += 1;
    this.say(side, { id: (this.nextId += 1), add: 1 });
  }

  say(side: Side, payload: Said, nbytes = 10): void {
    this.tell(side, { type: "send", payload, nbytes });
  }

  disconnect(side: Side): void {
    if (!this.isUp[side]) return;
    this.isUp[side] = false;
    this.tell(side, { type: "disconnected" });
  }

  reconnect(side: Side): void {
    if (this.isUp[side]) return;
    this.isUp[side] = true;
    this.connection[side] += 1;
    this.tell(side, { type: "reconnected" });
  }

  /** Runs until `until`, or until nothing is left to happen. */
  run(until: number): void {
    for (;;) {
      const event = this.events[0];
      const timers = (["a", "b"] as const).map((side) => this.ends[side].link.nextTimer() ?? Infinity);
      const timer = Math.min(...timers);
      const at = Math.max(this.now, Math.min(event?.at ?? Infinity, timer));
      if (at > until || at === Infinity) break;
      this.now = at;
      if ((this.steps += 1) > 200_000) throw new Error(`no end in sight at ${this.now} ms`);
      if (event !== undefined && event.at <= timer) {
        this.events.shift();
        event.run();
      } else {
        this.tell(timers[0] === timer ? "a" : "b", { type: "tick" });
      }
    }
    if (until !== Infinity) this.now = Math.max(this.now, until);
  }

  get isIdle(): boolean {
    return (
      this.events.length === 0 && (["a", "b"] as const).every((side) => !this.ends[side].link.nextTimer())
    );
  }

  tell(side: Side, stimulus: LinkStimulus<Said>): void {
    const { link } = this.ends[side];
    link.handle(stimulus, this.now);
    link.validate();
    const gen = stimulus.type === "received" ? stimulus.frame.gen : 0;
    for (const instruction of link.drain()) this.carryOut(side, instruction, gen);
  }

  private carryOut(side: Side, instruction: LinkInstruction<Said>, gen: number): void {
    const end = this.ends[side];
    if (instruction.type !== "transmit") end.log.push(instruction.type);
    switch (instruction.type) {
      case "transmit":
        this.transmit(side, instruction.frame);
        break;
      case "up":
        end.ups += 1;
        this.say(side, { id: (this.nextId += 1), whole: end.value });
        break;
      case "deliver":
        this.deliver(end, instruction.payload, gen);
        break;
      default:
        end.lost.push(instruction.type);
    }
  }

  private deliver(end: End, payload: Said, gen: number): void {
    if (end.ups === 0) throw new Error("a message came before the link was up");
    if (payload.id <= end.lastDelivered) throw new Error(`${payload.id} came after ${end.lastDelivered}`);
    end.lastDelivered = payload.id;
    end.delivered.set(gen, [...(end.delivered.get(gen) ?? []), payload.id]);
    end.mirror = "whole" in payload ? payload.whole : end.mirror + payload.add;
  }

  private transmit(side: Side, frame: Frame): void {
    const end = this.ends[side];
    end.transmitted += 1;
    if (frame.seq > 0 && frame.payload !== undefined)
      this.checkNumber(end, frame.gen, frame.seq, frame.payload.id);
    if (!this.isUp[side] || this.random() < this.faults.lossRate) return;
    this.pass(side, frame);
    while (this.random() < this.faults.duplicateRate) this.pass(side, frame);
  }

  private checkNumber({ sent }: End, gen: number, seq: number, id: number): void {
    const numbers = sent.get(gen) ?? new Map<number, number>();
    sent.set(gen, numbers);
    const before = numbers.get(seq);
    if (before !== undefined && before !== id) throw new Error(`number ${seq} of ${gen} names two messages`);
    numbers.set(seq, id);
  }

  private pass(side: Side, frame: Frame): void {
    const to = other(side);
    const connections = this.connection.a + this.connection.b;
    const arrives = Math.max(this.quietUntil[to], this.now + this.random() * this.faults.maxDelayMs);
    this.quietUntil[to] = arrives;
    const isGhost = this.random() < this.faults.ghostRate;
    const late = isGhost ? this.random() * 2_000 : 0;
    this.at(arrives, () => {
      const isLive = this.connection.a + this.connection.b === connections && this.isUp.a && this.isUp.b;
      if (isLive) this.tell(to, { type: "received", frame });
      else if (isGhost)
        this.at(this.now + late, () => this.isUp[to] && this.tell(to, { type: "received", frame }));
    });
  }

  at(at: number, run: () => void): void {
    const event = { at, order: (this.order += 1), run };
    const place = this.events.findIndex((each) => each.at > at);
    if (place < 0) this.events.push(event);
    else this.events.splice(place, 0, event);
  }
}

/** What each side delivered in each generation is a beginning of what the other sent in it, without gaps. */
export function deliveredArePrefixes(network: VirtualNetwork): boolean {
  return (["a", "b"] as const).every((side) => {
    const { sent } = network.ends[other(side)];
    return [...network.ends[side].delivered].every(([gen, ids]) =>
      ids.every((id, i) => sent.get(gen)?.get(i + 1) === id),
    );
  });
}
