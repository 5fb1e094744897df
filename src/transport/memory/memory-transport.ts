/** One connection to a bus in memory. */

import { NotConnectedError, PayloadTooLargeError, TransportClosedError } from "../../errors.js";
import { joinParcel, splitFrame } from "../../protocol/codec/framing.js";
import type { Parcel } from "../../protocol/parcel.js";
import { parcelBytes } from "../../protocol/parcel.js";
import { Cutter, isPiece, Joiner } from "../fragments.js";
import type {
  Blobs,
  Journal,
  Lease,
  LeaseOptions,
  Mailbox,
  MailboxReader,
  PresenceWatcher,
  Subscription,
  Transport,
  TransportLimits,
  TransportStatus,
} from "../transport.js";
import type { MemoryHub } from "./memory-hub.js";

/** What a connection holds on the bus: goes when the connection goes, comes back with it. */
interface Presence {
  readonly group: string;
  readonly id: string;
  readonly info: Uint8Array;
}

export class MemoryTransport implements Transport {
  readonly kind = "memory";
  readonly url = "memory:";
  readonly limits: TransportLimits;
  /** Counts connections: what was sent on an ended one does not arrive. */
  connection = 1;
  private state: TransportStatus = "connected";
  private closing: Promise<void> | undefined;
  private readonly bus: MemoryHub;
  private readonly cutter: Cutter;
  private readonly joiner: Joiner;
  private readonly watchers = new Set<(status: TransportStatus) => void>();
  private readonly announced = new Set<Presence>();
  private readonly leases = new Set<{ lose(why: string): void }>();
  private readonly endings = new Set<() => void>();

  constructor(bus: MemoryHub, sender: bigint) {
    this.bus = bus;
    this.limits = { payloadBytes: bus.payloadBytes, parcelBytes: bus.parcelBytes };
    this.cutter = new Cutter(sender, bus.payloadBytes);
    this.joiner = new Joiner(bus.parcelBytes);
  }

  get status(): TransportStatus {
    return this.state;
  }

  watch(listener: (status: TransportStatus) => void): () => void {
    this.watchers.add(listener);
    return () => void this.watchers.delete(listener);
  }

  async mailbox(address: string, reader: MailboxReader): Promise<Mailbox> {
    this.checkOpen("mailbox");
    this.bus.addBox(address, { owner: this, reader });
    const close = this.holding(() => this.bus.removeBox(address));
    return {
      address,
      send: (to, parcel) => this.send(reader, to, parcel),
      close: async () => close(),
    };
  }

  /** Whether this bus has a mailbox at this address: as a route beside others, it takes only what it can deliver. */
  reaches(address: string): boolean {
    return this.bus.hasBox(address);
  }

  /** Whole parcels are never copied; only where the bus has a largest message, they are cut. */
  sharesMemory(_: string, to: string): boolean {
    return this.limits.payloadBytes >= this.limits.parcelBytes && this.reaches(to);
  }

  private send(from: MailboxReader, to: string, parcel: Parcel): boolean {
    const nbytes = parcelBytes(parcel);
    if (nbytes > this.limits.parcelBytes) throw new PayloadTooLargeError(to, nbytes, this.limits.parcelBytes);
    if (this.state !== "connected") return false;
    if (nbytes <= this.limits.payloadBytes) {
      this.bus.pass(this, from, to, parcel);
      return true;
    }
    for (const piece of this.cutter.cut(joinParcel(parcel)))
      this.bus.pass(this, from, to, { head: piece, buffers: [] });
    return true;
  }

  /** A parcel or a piece of one has come for a mailbox of this connection. */
  receive(reader: MailboxReader, parcel: Parcel): void {
    if (this.state === "disconnected" || this.state === "closed") return;
    if (!isPiece(parcel.head)) {
      reader.onParcel(parcel);
      return;
    }
    const frame = this.joiner.accept(parcel.head);
    if (frame !== undefined) reader.onParcel(splitFrame(frame) ?? { head: frame, buffers: [] });
  }

  broadcast(topic: string, bytes: Uint8Array): boolean {
    if (bytes.length > this.limits.payloadBytes) {
      throw new PayloadTooLargeError(topic, bytes.length, this.limits.payloadBytes);
    }
    if (this.state !== "connected") return false;
    const sent = bytes.slice();
    const { connection } = this;
    this.bus.later(() => {
      if (this.connection === connection) for (const subscriber of this.bus.topic(topic)) subscriber(sent);
    });
    return true;
  }

  async subscribe(topic: string, onBytes: (bytes: Uint8Array) => void): Promise<Subscription> {
    this.checkOpen("subscribe");
    const subscriber = (bytes: Uint8Array): void => {
      if (this.state !== "disconnected") onBytes(bytes);
    };
    this.bus.topic(topic).add(subscriber);
    return this.subscription(() => void this.bus.topic(topic).delete(subscriber));
  }

  lease(name: string, options: LeaseOptions): Lease {
    this.checkOpen("lease");
    const lease = this.bus.leases.lease(name, options, () => this.reach("lease"));
    this.leases.add(lease);
    return lease;
  }

  async announce(group: string, id: string, info: Uint8Array): Promise<Subscription> {
    this.checkOpen("announce");
    const presence = { group, id, info };
    this.announced.add(presence);
    this.bus.group(group).join(id, info);
    return this.subscription(() => {
      this.announced.delete(presence);
      this.bus.group(group).leave(id);
    });
  }

  async presence(group: string, watcher: PresenceWatcher): Promise<Subscription> {
    this.checkOpen("presence");
    this.bus.group(group).watch(watcher);
    return this.subscription(() => this.bus.group(group).unwatch(watcher));
  }

  async journal(name: string): Promise<Journal> {
    this.checkOpen("journal");
    return this.bus.journal(name).opened(() => this.reach("journal"));
  }

  async blobs(name: string): Promise<Blobs> {
    this.checkOpen("blobs");
    const store = this.bus.blobsOf(name);
    return {
      put: async (key, bytes) => {
        await this.reach("put");
        store.set(key, bytes.slice());
      },
      get: async (key) => {
        await this.reach("get");
        return store.get(key)?.slice();
      },
      delete: async (key) => {
        await this.reach("delete");
        store.delete(key);
      },
    };
  }

  drain(): Promise<void> {
    return this.state === "connected" ? new Promise((resolve) => this.bus.later(resolve)) : Promise.resolve();
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    await this.drain();
    for (const end of this.endings) end();
    for (const lease of this.leases) lease.lose("its transport was closed");
    this.become("closed");
  }

  // ---- what a test does to the connection

  /** Ends the connection: what is under way is lost, leases and announcements go. */
  disconnect(): void {
    if (this.state === "closed" || this.state === "disconnected") return;
    this.connection += 1;
    for (const { group, id } of this.announced) this.bus.group(group).leave(id);
    for (const lease of this.leases) lease.lose("the connection ended");
    this.become("disconnected");
  }

  reconnect(): void {
    if (this.state !== "disconnected") return;
    for (const { group, id, info } of this.announced) this.bus.group(group).join(id, info);
    this.become("connected");
  }

  /** The bus takes nothing from this connection for now; what it took before still arrives. */
  block(): void {
    if (this.state === "connected") this.become("blocked");
  }

  unblock(): void {
    if (this.state === "blocked") this.become("connected");
  }

  private become(status: TransportStatus): void {
    this.state = status;
    this.bus.later(() => {
      for (const watcher of this.watchers) watcher(status);
    });
  }

  private checkOpen(what: string): void {
    if (this.state === "closed") throw new TransportClosedError(this.url, what);
  }

  /** A request to the bus: answered in a later turn; fails while the connection is down. */
  private async reach(what: string): Promise<void> {
    this.checkOpen(what);
    await new Promise<void>((resolve) => this.bus.later(resolve));
    this.checkOpen(what);
    if (this.state === "disconnected") throw new NotConnectedError(this.url, what);
  }

  private subscription(end: () => void): Subscription {
    const close = this.holding(end);
    return { close: async () => close() };
  }

  /** Something that ends once: when closed by its owner, or with the transport. */
  private holding(end: () => void): () => void {
    const once = (): void => {
      if (this.endings.delete(once)) end();
    };
    this.endings.add(once);
    return once;
  }
}
