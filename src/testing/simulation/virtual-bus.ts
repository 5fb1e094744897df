/**
 * A message bus with faults: it loses, repeats and delays, keeps order only within one live connection and sometimes
 * not even there, and is cut into parts now and then. It carries real parcels: whoever writes to one that was sent
 * changes nothing here.
 */

import type { Mailbox, MailboxReader, Post, PostStatus } from "../../actors/runtime/post.js";
import type { Parcel } from "../../protocol/parcel.js";
import type { VirtualClock } from "../virtual-clock.js";
import type { Dice } from "./dice.js";
import type { Process } from "./process.js";

/** The part of the faults that the bus looks at; may change while it runs. */
export interface BusFaults {
  readonly lossRate: number;
  readonly duplicateRate: number;
  readonly maxDelayMs: number;
  readonly overtakenRate: number;
  readonly tellsNobody: boolean;
}

interface Box {
  readonly reader: MailboxReader;
  readonly post: BusPost;
}

/** What a message takes on an idle bus. */
const leastDelayMs = 0.05;
/** A message that is overtaken comes later by up to this. */
const overtakenMs = 500;

export class VirtualBus {
  faults: BusFaults;
  sent = 0;
  lost = 0;
  readonly #clock: VirtualClock;
  readonly #dice: Dice;
  readonly #boxes = new Map<string, Box>();
  /** When the last message of a pair arrives: the next one does not come before. */
  readonly #lastAt = new Map<string, number>();
  /** Directions between two processes that are cut, and stopped up until a time. */
  readonly #cuts = new Map<string, number>();
  readonly #clogs = new Map<string, number>();

  constructor(clock: VirtualClock, dice: Dice, faults: BusFaults) {
    this.#clock = clock;
    this.#dice = dice;
    this.faults = faults;
  }

  connect(process: Process): BusPost {
    return new BusPost(process, this);
  }

  /** What `from` sends to `to` is lost until then. */
  cut(from: string, to: string, untilMs: number): void {
    this.#cuts.set(`${from}>${to}`, untilMs);
  }

  clog(from: string, to: string, untilMs: number): void {
    this.#clogs.set(`${from}>${to}`, untilMs);
  }

  heal(): void {
    this.#cuts.clear();
    this.#clogs.clear();
    // What was held up comes when it comes; nothing new waits for it.
    this.#lastAt.clear();
  }

  open(address: string, reader: MailboxReader, post: BusPost): void {
    this.#boxes.set(address, { reader, post });
  }

  close(address: string): void {
    this.#boxes.delete(address);
  }

  carry(from: Box, to: string, { head, buffers }: Parcel): void {
    this.sent++;
    const { lossRate, duplicateRate } = this.faults;
    if (this.#dice.next() < lossRate) {
      this.lost++;
      return;
    }
    const parcel = { head: head.slice(), buffers: buffers.map((each) => each.slice()) };
    this.#pass(from, to, parcel);
    if (this.#dice.next() < duplicateRate)
      this.#pass(from, to, { head: head.slice(), buffers: parcel.buffers });
  }

  #pass(from: Box, to: string, parcel: Parcel): void {
    const sender = from.post;
    const { maxDelayMs, overtakenRate } = this.faults;
    const now = this.#clock.now();
    const pair = `${sender.process.name}>${to}`;
    let arrivesAt = now + leastDelayMs + this.#dice.next() * maxDelayMs;
    const receiver = this.#boxes.get(to)?.post.process.name ?? "";
    const direction = `${sender.process.name}>${receiver}`;
    if ((this.#cuts.get(direction) ?? 0) > now) {
      this.lost++;
      return;
    }
    arrivesAt = Math.max(arrivesAt, this.#clogs.get(direction) ?? 0);
    if (overtakenRate > 0 && this.#dice.next() < overtakenRate) {
      arrivesAt += this.#dice.next() * overtakenMs;
    } else {
      arrivesAt = Math.max(arrivesAt, this.#lastAt.get(pair) ?? 0);
      this.#lastAt.set(pair, arrivesAt);
    }
    const connection = sender.connection;
    this.#clock.setTimer(arrivesAt, () => this.#arrive(from, connection, to, parcel));
  }

  #arrive(from: Box, connection: number, to: string, parcel: Parcel): void {
    const sender = from.post;
    const box = this.#boxes.get(to);
    // What was under way when a connection ended is lost with it.
    if (sender.connection !== connection || box?.post.status === "disconnected") {
      this.lost++;
      return;
    }
    if (box !== undefined) {
      box.post.process.enter(() => box.reader.onParcel(parcel));
    } else if (this.faults.tellsNobody && sender.status === "connected") {
      sender.process.enter(() => from.reader.onNobody?.(to));
    }
  }
}

/** One process's connection to the bus. */
export class BusPost implements Post {
  readonly limits = { parcelBytes: 1024 * 1024 };
  readonly process: Process;
  /** Counts up each time the connection is lost. */
  connection = 1;
  #status: PostStatus = "connected";
  readonly #bus: VirtualBus;
  readonly #listeners = new Set<(status: PostStatus) => void>();

  constructor(process: Process, bus: VirtualBus) {
    this.process = process;
    this.#bus = bus;
  }

  get status(): PostStatus {
    return this.#status;
  }

  mailbox(address: string, reader: MailboxReader): Promise<Mailbox> {
    const box: Box = { reader, post: this };
    this.#bus.open(address, reader, this);
    return Promise.resolve({
      address,
      send: (to, parcel) => {
        if (this.#status !== "connected" || this.process.state === "dead") return false;
        this.#bus.carry(box, to, parcel);
        return true;
      },
      close: () => {
        this.#bus.close(address);
        return Promise.resolve();
      },
    });
  }

  watch(listener: (status: PostStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  disconnect(): void {
    if (this.#status !== "connected") return;
    this.connection++;
    this.#become("disconnected");
  }

  reconnect(): void {
    if (this.#status === "disconnected") this.#become("connected");
  }

  #become(status: PostStatus): void {
    this.#status = status;
    this.process.enter(() => {
      for (const listener of this.#listeners) listener(status);
    });
  }
}
