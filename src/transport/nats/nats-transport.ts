/**
 * The port on NATS. Mailboxes, topics and presence need a server of 2.9 and nothing else; journals, leases and blobs need its
 * JetStream. Whatever is open comes back with the connection; what was sent around its end is lost, and told.
 */

import { randomBytes } from "node:crypto";
import { AddressTakenError, PayloadTooLargeError } from "../../errors.js";
import { defaultParcelBytes, defaultPendingBytes, shownUrl } from "../connect-options.js";
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
import { announce } from "./announce.js";
import { Connection } from "./connection.js";
import { dial } from "./dial.js";
import type { JetStreamFindings } from "./examine.js";
import { examineJetStream, forgetBlobs, tryWriting } from "./examine.js";
import { JetStream } from "./jetstream.js";
import { openMailbox } from "./mailbox.js";
import { openBlobs } from "./nats-blobs.js";
import { openJournal } from "./nats-journal.js";
import { NatsLease } from "./nats-lease.js";
import type { NatsOptions } from "./nats-options.js";
import { defaultPresenceBeatMs } from "./nats-options.js";
import { watchPresence } from "./presence.js";

/** What the server at the other end is, and can do. */
export interface NatsCapabilities {
  /** Whether it has JetStream: journals, leases and blobs. */
  readonly journal: boolean;
  /** Its name. */
  readonly server: string;
  readonly version: string;
  /** Its largest message in bytes. */
  readonly maxPayload: number;
  /** The name of the cluster of servers that it belongs to; empty for a server on its own. */
  readonly clusterName: string;
}

/** How long closing waits for a server that does not answer. */
const closeWithinMs = 5_000;

export class NatsTransport implements Transport {
  readonly kind = "nats";
  readonly url: string;
  private readonly connection: Connection;
  private readonly jet: JetStream;
  private readonly options: NatsOptions;
  private readonly sender = randomBytes(8).readBigUInt64LE();
  private readonly addresses = new Set<string>();
  private readonly leases = new Set<NatsLease>();
  private readonly endings = new Set<() => Promise<void>>();
  private closing: Promise<void> | undefined;

  private constructor(connection: Connection, options: NatsOptions) {
    this.connection = connection;
    this.url = connection.url;
    this.options = options;
    this.jet = new JetStream(connection);
  }

  /**
   * A connection to the server, or to one of them.
   *
   * @throws BusUnreachableError when none answers within `connectTimeoutMs`.
   * @throws BusRefusedError when the server refuses who connects, or is older than 2.9.
   */
  static async connect(options: NatsOptions): Promise<NatsTransport> {
    const url = shownUrl(options.url);
    const nc = await dial(url, options);
    const pendingBytes = options.limits?.pendingBytes ?? defaultPendingBytes;
    const onTrouble = options.onTrouble ?? ((error: Error) => process.emitWarning(error));
    return new NatsTransport(new Connection(nc, { url, pendingBytes, onTrouble }), options);
  }

  get status(): TransportStatus {
    return this.connection.status;
  }

  get limits(): TransportLimits {
    return {
      payloadBytes: this.connection.payloadBytes,
      parcelBytes: this.options.limits?.parcelBytes ?? defaultParcelBytes,
    };
  }

  get capabilities(): NatsCapabilities {
    const info = this.connection.nc.info;
    return {
      journal: info?.jetstream === true,
      server: info?.server_name ?? "",
      version: info?.version ?? "",
      maxPayload: this.connection.payloadBytes,
      clusterName: info?.cluster ?? "",
    };
  }

  /** What is known of how journals and leases are kept. */
  examine(journals: readonly string[], leases: readonly string[]): Promise<JetStreamFindings> {
    return examineJetStream(this.jet, journals, leases);
  }

  /** Whether records may be appended to a journal, and taken from it; writes nothing. @throws BusRefusedError */
  tryWriting(journal: string): Promise<void> {
    return tryWriting(this.jet, journal);
  }

  /** Removes a store of blobs with all that is in it. */
  forgetBlobs(name: string): Promise<void> {
    return forgetBlobs(this.jet, name);
  }

  watch(listener: (status: TransportStatus) => void): () => void {
    return this.connection.watch(listener);
  }

  async mailbox(address: string, reader: MailboxReader): Promise<Mailbox> {
    this.connection.checkOpen("mailbox");
    if (this.addresses.has(address)) throw new AddressTakenError(address);
    this.addresses.add(address);
    try {
      const { parcelBytes } = this.limits;
      const mailbox = await openMailbox(this.connection, address, reader, {
        parcelBytes,
        sender: this.sender,
      });
      let isOpen = true;
      return {
        ...mailbox,
        close: async () => {
          if (!isOpen) return;
          isOpen = false;
          this.addresses.delete(address);
          await mailbox.close();
        },
      };
    } catch (error) {
      this.addresses.delete(address);
      throw error;
    }
  }

  broadcast(topic: string, bytes: Uint8Array): boolean {
    const { payloadBytes } = this.connection;
    if (bytes.length > payloadBytes) throw new PayloadTooLargeError(topic, bytes.length, payloadBytes);
    return this.connection.publish(topic, bytes.slice());
  }

  subscribe(topic: string, onBytes: (bytes: Uint8Array) => void): Promise<Subscription> {
    return this.connection.subscribe(topic, ({ data }) => onBytes(data));
  }

  lease(name: string, options: LeaseOptions): Lease {
    this.connection.checkOpen("lease");
    const lease = new NatsLease(this.jet, name, options, this.replicas);
    this.leases.add(lease);
    return lease;
  }

  async announce(group: string, id: string, info: Uint8Array): Promise<Subscription> {
    return this.kept(await announce(this.connection, group, id, info, this.presenceBeatMs));
  }

  async presence(group: string, watcher: PresenceWatcher): Promise<Subscription> {
    return this.kept(await watchPresence(this.connection, group, watcher, this.presenceBeatMs));
  }

  async journal(name: string): Promise<Journal> {
    this.connection.checkOpen("journal");
    return openJournal(this.jet, name, this.replicas);
  }

  async blobs(name: string): Promise<Blobs> {
    this.connection.checkOpen("blobs");
    return openBlobs(this.jet, name, this.replicas);
  }

  async drain(): Promise<void> {
    await this.connection.flushed("draining");
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeWithinMs)));
    await Promise.race([this.farewell(), tooLong]);
    clearTimeout(timer);
    await this.connection.close();
  }

  private async farewell(): Promise<void> {
    const ends = [
      ...[...this.endings].map((end) => end()),
      ...[...this.leases].map((lease) => lease.abandon()),
    ];
    await Promise.allSettled(ends);
    await this.drain();
  }

  /** Ends with its owner's `close`, or with the transport. */
  private kept(subscription: Subscription): Subscription {
    const end = async (): Promise<void> => {
      if (this.endings.delete(end)) await subscription.close();
    };
    this.endings.add(end);
    return { close: end };
  }

  private get replicas(): number {
    return this.options.replicas ?? 1;
  }

  private get presenceBeatMs(): number {
    return this.options.presenceBeatMs ?? defaultPresenceBeatMs;
  }
}
