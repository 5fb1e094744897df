/**
 * Parcels by direct TCP connections between workers, and between workers and clients: one for a process, whatever
 * number of mailboxes it has. It stands beside a bus (routed-post.ts), over which peers are found and which carries
 * what this does not reach.
 *
 * - Conversations with a scheduler never go this way, at either end: its verdicts depend on the order and the status
 *   of the bus.
 * - Each mailbox is announced on the bus with where it is and the token that lets one in (announcement.ts).
 * - Its status is `connected` until it is closed: connections come and go without anybody being told.
 */

import type { Clock } from "../../actors/runtime/clock.js";
import { systemClock } from "../../actors/runtime/system-clock.js";
import { AddressTakenError, PayloadTooLargeError, TransportClosedError } from "../../errors.js";
import type { Limits } from "../../protocol/limits.js";
import { defaultLimits } from "../../protocol/limits.js";
import type { Parcel } from "../../protocol/parcel.js";
import { parcelBytes } from "../../protocol/parcel.js";
import type { Route } from "../routed-post.js";
import type { Mailbox, MailboxReader, PostStatus, Subscription, Transport } from "../transport.js";
import { announcedName, readAnnouncement, writeAnnouncement } from "./announcement.js";
import type { DirectCounters } from "./counters.js";
import { zeroDirectCounters } from "./counters.js";
import type { Identity } from "./greeting.js";
import { newIdentity } from "./greeting.js";
import type { Listening, ListenOptions } from "./listen.js";
import { listen } from "./listen.js";
import { Peers } from "./peers.js";
import { ReceivePool } from "./receive-pool.js";

export interface DirectOptions {
  /** Where peers find each other. It is not closed with the post. */
  readonly bus: Pick<Transport, "announce" | "presence" | "watch">;
  /** `sharedName(space, "presence", "direct")`. */
  readonly group: string;
  /** Absent: peers cannot dial this process; it dials them, and what they send comes back the same way. */
  readonly listen?: ListenOptions;
  readonly limits?: Limits;
  readonly clock?: Clock;
  /** Connections at most. Default 256: far below what a process may have open. */
  readonly connections?: number;
  /** Connections at most that have not yet said who they are. Default 64. */
  readonly strangers?: number;
  /** How long a connection may take to be made and greeted. Default 5,000. */
  readonly greetingTimeoutMs?: number;
  /** The first wait before a peer that could not be reached is dialed again. Default 1,000. */
  readonly redialAfterMs?: number;
  /** How often connections give a sign of life; after four without any, they end. Default 2,500. */
  readonly beatMs?: number;
}

const redialMaxMs = 60_000;
/** Twice what is under way to one asker. */
const pooledBytes = 16 * 1024 * 1024;

interface Box {
  readonly reader: MailboxReader;
  announced: Subscription | undefined;
  isAnnouncing: boolean;
}

export class DirectPost implements Route {
  readonly limits: { readonly parcelBytes: number };
  readonly counters: DirectCounters = zeroDirectCounters();
  readonly #self: Identity = newIdentity();
  readonly #options: DirectOptions;
  readonly #pool = new ReceivePool(pooledBytes);
  readonly #peers: Peers;
  readonly #boxes = new Map<string, Box>();
  readonly #watchers = new Set<(status: PostStatus) => void>();
  readonly #clock: Clock;
  #listening: Listening | undefined;
  #presence: Subscription | undefined;
  #unwatch: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: DirectOptions) {
    const limits = options.limits ?? defaultLimits;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.limits = { parcelBytes: limits.parcelBytes };
    this.#peers = new Peers({
      self: this.#self,
      clock: this.#clock,
      limits,
      pool: this.#pool,
      connections: options.connections ?? 256,
      strangers: options.strangers ?? 64,
      greetingTimeoutMs: options.greetingTimeoutMs ?? 5_000,
      redialAfterMs: options.redialAfterMs ?? 1_000,
      redialMaxMs,
      beatMs: options.beatMs ?? 2_500,
      counters: this.counters,
      onParcel: (to, parcel) => this.#receive(to, parcel),
    });
  }

  /**
   * Listens, and begins to watch for peers.
   *
   * @throws DataPortError when the port cannot be had.
   */
  static async start(options: DirectOptions): Promise<DirectPost> {
    const post = new DirectPost(options);
    try {
      await post.#begin();
    } catch (error) {
      await post.close();
      throw error;
    }
    return post;
  }

  async #begin(): Promise<void> {
    const { bus, group, listen: listenOn } = this.#options;
    if (listenOn !== undefined)
      this.#listening = await listen(listenOn, (socket) => this.#peers.accept(socket));
    this.#unwatch = bus.watch((status) => {
      if (status === "connected") for (const address of this.#boxes.keys()) void this.#announce(address);
    });
    this.#presence = await bus.presence(group, {
      onJoined: (name, info) => {
        const announced = readAnnouncement(info);
        const isGood = announced !== undefined && takesDirect(announced.address);
        if (isGood) this.#peers.joined(name, announced);
        else this.counters.announcementsRefused += 1;
      },
      onLeft: (name) => this.#peers.left(name),
    });
  }

  /** The port that peers dial; undefined where they cannot. */
  get port(): number | undefined {
    return this.#listening?.port;
  }

  /** Connections that there are, those not yet greeted included. */
  get connections(): number {
    return this.#peers.size;
  }

  get status(): PostStatus {
    return this.#closing === undefined ? "connected" : "closed";
  }

  watch(listener: (status: PostStatus) => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  reaches(to: string, from: string): boolean {
    return takesDirect(from) && this.#peers.to(to) !== undefined;
  }

  streams(from: string, to: string): boolean {
    return this.reaches(to, from);
  }

  /** Dials, unless that is under way or has failed a short while ago. */
  prepare(to: string, from: string): void {
    if (takesDirect(from)) this.#peers.dial(to);
  }

  async mailbox(address: string, reader: MailboxReader): Promise<Mailbox> {
    if (this.#closing !== undefined) throw new TransportClosedError("of direct connections", "mailbox");
    if (this.#boxes.has(address)) throw new AddressTakenError(address);
    const box: Box = { reader, announced: undefined, isAnnouncing: false };
    this.#boxes.set(address, box);
    await this.#announce(address);
    return {
      address,
      send: (to, parcel) => this.#send(address, to, parcel),
      close: async () => {
        if (this.#boxes.get(address) !== box) return;
        this.#boxes.delete(address);
        await box.announced?.close();
      },
    };
  }

  /**
   * Says that a buffer which came in a parcel has been used up: its memory takes in another one. Nothing happens for
   * bytes from elsewhere.
   */
  giveBack(bytes: Uint8Array): void {
    this.#pool.giveBack(bytes);
  }

  #send(from: string, to: string, parcel: Parcel): boolean {
    const nbytes = parcelBytes(parcel);
    const { parcelBytes: limit } = this.limits;
    if (nbytes > limit) throw new PayloadTooLargeError(to, nbytes, limit);
    if (this.reaches(to, from)) return this.#peers.to(to)?.send(to, parcel) ?? false;
    this.prepare(to, from);
    return false;
  }

  #receive(to: string, parcel: Parcel): void {
    const box = this.#boxes.get(to);
    if (box === undefined || !takesDirect(to)) this.counters.strays += 1;
    else box.reader.onParcel(parcel);
  }

  /** Says on the bus where a mailbox is. While the bus is down that cannot be; it is tried again when it is back. */
  async #announce(address: string): Promise<void> {
    const box = this.#boxes.get(address);
    if (box === undefined || box.announced !== undefined || box.isAnnouncing || !takesDirect(address)) return;
    box.isAnnouncing = true;
    const { host = "", port = 0 } = this.#listening ?? {};
    const info = writeAnnouncement({ address, ...this.#self, host, port });
    try {
      const announced = await this.#options.bus.announce(this.#options.group, announcedName(address), info);
      if (this.#boxes.get(address) === box) box.announced = announced;
      else await announced.close();
    } catch {
      // Peers reach it by the bus, as they do without direct connections.
    } finally {
      box.isAnnouncing = false;
    }
  }

  /** Lets what waits go out, for up to a second, then ends every connection. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#unwatch?.();
    this.#listening?.close();
    await this.#peers.close();
    const boxes = [...this.#boxes.values()];
    this.#boxes.clear();
    await Promise.allSettled([this.#presence?.close(), ...boxes.map((box) => box.announced?.close())]);
    this.#clock.defer(() => {
      for (const watcher of this.#watchers) watcher("closed");
    });
  }
}

/** Whether a mailbox's conversations may go directly: `skein.team-a.box.worker.w1.8f3a`, by its role. */
function takesDirect(address: string): boolean {
  const [, , kind, role] = address.split(".", 4);
  return kind === "box" && (role === "worker" || role === "client");
}
