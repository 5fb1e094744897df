/**
 * Who can be reached directly: the processes that are announced, the addresses each has, and the connections to them.
 *
 * - A process is dialed when something is to go there for the first time, not before; one that cannot be reached is
 *   left alone for a while, longer each time.
 * - There may be two connections with one process, each dialed by another end. An end sends on the one it was dialed
 *   by, if there is one: whoever has dialed reads without copying, and who dials first is who wants something.
 * - Connections, and strangers who have not said who they are, are bounded in number. Where there is no room, the
 *   connection unused for longest makes it, if it has been so for some time.
 * - When the last address of a process is not announced any more, its connections end.
 */

import type { Socket } from "node:net";
import type { Clock } from "../../actors/runtime/clock.js";
import type { Parcel } from "../../protocol/parcel.js";
import type { Announcement } from "./announcement.js";
import { announcedName } from "./announcement.js";
import type { ConnectionEnd, ConnectionOptions, ConnectionOwner } from "./connection.js";
import { Connection } from "./connection.js";
import type { DirectCounters } from "./counters.js";
import type { FrameLimits } from "./frames.js";
import type { Identity } from "./greeting.js";
import type { ReceivePool } from "./receive-pool.js";
import { hello, helloBytes, isWelcomeOf, nameOf, readHello, welcome, welcomeBytes } from "./greeting.js";

export interface PeersOptions {
  readonly self: Identity;
  readonly clock: Clock;
  readonly limits: FrameLimits;
  readonly pool: ReceivePool;
  /** How many connections there may be, and how many more before their greeting. */
  readonly connections: number;
  readonly strangers: number;
  readonly greetingTimeoutMs: number;
  /** The wait after a connection could not be made, or broke; each further one is twice as long … */
  readonly redialAfterMs: number;
  /** … up to this. */
  readonly redialMaxMs: number;
  readonly beatMs: number;
  readonly counters: DirectCounters;
  readonly onParcel: (to: string, parcel: Parcel) => void;
}

interface Peer {
  readonly id: string;
  /** Where each of its mailboxes is announced; the newest says how to reach it. */
  readonly addresses: Set<string>;
  announced: Announcement | undefined;
  accepted: Connection | undefined;
  dialed: Connection | undefined;
  failures: number;
  dialAgainAtMs: number;
}

/** A connection that was open for this long was a good one; unused for this long, it may make room. */
const settledMs = 10_000;
/** What waits in a connection, or is on its way, when it is to end has so much time. */
const finishMs = 1_000;

export class Peers {
  readonly #options: PeersOptions;
  readonly #selfId: string;
  readonly #peers = new Map<string, Peer>();
  readonly #byAddress = new Map<string, Peer>();
  readonly #byName = new Map<string, Announcement>();
  readonly #connections = new Set<Connection>();
  readonly #strangers = new Set<Connection>();
  #disarmBeat: (() => void) | undefined;
  #isClosed = false;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#selfId = nameOf(options.self.id);
  }

  // ---- what is announced

  joined(name: string, announced: Announcement): void {
    // Whoever may announce could otherwise take an address away from its owner.
    if (announcedName(announced.address) !== name) {
      this.#options.counters.announcementsRefused += 1;
      return;
    }
    const id = nameOf(announced.id);
    if (id === this.#selfId) return;
    const before = this.#byName.get(name);
    if (before !== undefined && nameOf(before.id) !== id) this.left(name);
    const peer = this.#peer(id);
    peer.addresses.add(announced.address);
    peer.announced = announced;
    this.#byAddress.set(announced.address, peer);
    this.#byName.set(name, announced);
  }

  left(name: string): void {
    const announced = this.#byName.get(name);
    if (announced === undefined) return;
    this.#byName.delete(name);
    const peer = this.#byAddress.get(announced.address);
    this.#byAddress.delete(announced.address);
    if (peer === undefined) return;
    peer.addresses.delete(announced.address);
    if (peer.addresses.size > 0) return;
    // What it said last may still be on its way.
    void peer.accepted?.finish("left", finishMs);
    void peer.dialed?.finish("left", finishMs);
    this.#peers.delete(peer.id);
  }

  // ---- ways to an address

  /** The open connection to whoever has this address. */
  to(address: string): Connection | undefined {
    const peer = this.#byAddress.get(address);
    if (peer === undefined) return undefined;
    if (peer.accepted?.isOpen === true) return peer.accepted;
    return peer.dialed?.isOpen === true ? peer.dialed : undefined;
  }

  /** Dials whoever has this address, unless that is under way, has just failed, or there is no room. */
  dial(address: string): void {
    const peer = this.#byAddress.get(address);
    const target = peer?.announced;
    if (peer === undefined || target === undefined || target.port === 0) return;
    if (peer.dialed !== undefined || peer.accepted?.isOpen === true) return;
    const { self, clock, counters } = this.#options;
    if (this.#isClosed || clock.now() < peer.dialAgainAtMs || !this.#hasRoom()) return;
    counters.dialed += 1;
    let openedAtMs: number | undefined;
    const connection = Connection.dial(
      target,
      hello(target.token, self.id),
      this.#connectionOptions(welcomeBytes),
      {
        greeted: (bytes) => (isWelcomeOf(bytes, target.id) ? { reply: undefined } : { end: "preamble" }),
        ready: () => (openedAtMs = clock.now()),
        parcel: this.#options.onParcel,
        ended: (why) => {
          this.#gone(connection, why);
          if (peer.dialed === connection) peer.dialed = undefined;
          this.#dialLater(peer, why, openedAtMs);
        },
      },
    );
    peer.dialed = connection;
    this.#add(connection);
  }

  #dialLater(peer: Peer, why: ConnectionEnd, openedAtMs: number | undefined): void {
    if (why === "idle") return;
    const { clock, redialAfterMs, redialMaxMs } = this.#options;
    const wasGood = openedAtMs !== undefined && clock.now() - openedAtMs >= settledMs;
    const waitMs = Math.min(redialAfterMs * 2 ** (wasGood ? 0 : peer.failures), redialMaxMs);
    peer.failures = wasGood ? 1 : peer.failures + 1;
    peer.dialAgainAtMs = clock.now() + waitMs;
  }

  // ---- being dialed

  accept(socket: Socket): void {
    const { self, counters, strangers } = this.#options;
    if (this.#isClosed || this.#strangers.size >= strangers) {
      counters.ended.full += 1;
      socket.destroy();
      return;
    }
    let peer: Peer | undefined;
    const owner: ConnectionOwner = {
      greeted: (bytes) => {
        const read = readHello(bytes, self);
        if (typeof read === "string") return { end: read };
        if (!this.#hasRoom()) return { end: "full" };
        peer = this.#peer(read.id);
        return { reply: welcome(self.id) };
      },
      ready: () => {
        this.#strangers.delete(connection);
        counters.accepted += 1;
        if (peer === undefined) return;
        const before = peer.accepted;
        peer.accepted = connection;
        this.#add(connection);
        before?.end("lost");
      },
      parcel: this.#options.onParcel,
      ended: (why) => {
        this.#strangers.delete(connection);
        this.#gone(connection, why);
        if (peer?.accepted === connection) peer.accepted = undefined;
        if (peer !== undefined) this.#forgetIfUnknown(peer);
      },
    };
    const connection = Connection.accept(socket, this.#connectionOptions(helloBytes), owner);
    this.#strangers.add(connection);
  }

  // ---- connections

  /** How many are open or being made. */
  get size(): number {
    return this.#connections.size + this.#strangers.size;
  }

  /** Ends all of them; what waits may go out first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#disarmBeat?.();
    for (const stranger of this.#strangers) stranger.end("closed");
    await Promise.all([...this.#connections].map((connection) => connection.finish("closed", finishMs)));
  }

  #connectionOptions(greetingBytes: number): ConnectionOptions {
    const { clock, limits, pool, greetingTimeoutMs } = this.#options;
    return { clock, limits, pool, greetingTimeoutMs, greetingBytes };
  }

  #peer(id: string): Peer {
    const known = this.#peers.get(id);
    if (known !== undefined) return known;
    const peer = {
      id,
      addresses: new Set<string>(),
      announced: undefined,
      accepted: undefined,
      dialed: undefined,
      failures: 0,
      dialAgainAtMs: 0,
    };
    this.#peers.set(id, peer);
    return peer;
  }

  /** Of who has dialed without being announced, nothing is kept beyond the connection. */
  #forgetIfUnknown(peer: Peer): void {
    const isKnown = peer.addresses.size > 0 || peer.accepted !== undefined;
    if (!isKnown && this.#peers.get(peer.id) === peer) this.#peers.delete(peer.id);
  }

  #add(connection: Connection): void {
    this.#connections.add(connection);
    if (this.#disarmBeat === undefined) this.#beatLater();
  }

  #gone(connection: Connection, why: ConnectionEnd): void {
    this.#connections.delete(connection);
    this.#options.counters.ended[why] += 1;
  }

  #hasRoom(): boolean {
    const { connections, clock } = this.#options;
    if (this.#connections.size < connections) return true;
    let [oldest] = this.#connections;
    for (const each of this.#connections)
      if (oldest !== undefined && each.usedAtMs < oldest.usedAtMs) oldest = each;
    if (oldest === undefined || clock.now() - oldest.usedAtMs < settledMs) return false;
    oldest.end("idle");
    return true;
  }

  #beatLater(): void {
    const { clock, beatMs } = this.#options;
    this.#disarmBeat = clock.setTimer(clock.now() + beatMs, () => {
      this.#disarmBeat = undefined;
      for (const connection of this.#connections) connection.beat();
      if (this.#connections.size > 0) this.#beatLater();
    });
  }
}
