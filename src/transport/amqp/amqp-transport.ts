/**
 * RabbitMQ as Skein's bus. Mailboxes and topics are queues of this connection, bound to one direct exchange a cluster;
 * a lease is an exclusive queue, a journal a stream. Everything declared is named below `prefix.cluster.`.
 *
 * At most once, in order between two mailboxes within one session; a session's end is told as `disconnected`.
 */

import type { ConnectOptions } from "../connect-options.js";
import { defaultConnectTimeoutMs, defaultParcelBytes, defaultPendingBytes } from "../connect-options.js";
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
import { AmqpBlobs } from "./blobs.js";
import { Connection } from "./connection.js";
import { dialOf } from "./dial.js";
import { AmqpJournal } from "./journal.js";
import { AmqpLeases } from "./lease.js";
import { Mailboxes } from "./mailboxes.js";
import { Presence } from "./presence.js";
import { Publisher } from "./publisher.js";
import type { AmqpCapabilities } from "./server-info.js";
import { capabilitiesOf } from "./server-info.js";
import { checkStreams } from "./streams.js";
import { Topics } from "./topics.js";

/** RabbitMQ takes far larger ones; with this much at a time a large parcel leaves room for small ones. */
const payloadBytes = 1024 * 1024;
const drainWithinMs = 5_000;

export class AmqpTransport implements Transport {
  readonly kind = "amqp";
  readonly url: string;
  readonly limits: TransportLimits;
  private readonly connection: Connection;
  private readonly publisher: Publisher;
  private readonly mailboxes: Mailboxes;
  private readonly topics: Topics;
  private readonly leases: AmqpLeases;
  private readonly presences: Presence;
  private readonly journals = new Map<string, AmqpJournal>();
  private known: AmqpCapabilities | undefined;
  private closing: Promise<void> | undefined;

  /**
   * Connects, trying for `connectTimeoutMs`; afterwards the connection is made anew whenever it ends, for ever.
   *
   * @throws BusUnreachableError, BusRefusedError (user, password, virtual host), InvalidArgumentError (the URL).
   */
  static async connect(options: ConnectOptions): Promise<AmqpTransport> {
    const dial = await dialOf(options);
    const { connectTimeoutMs = defaultConnectTimeoutMs, onTrouble = () => undefined } = options;
    const connection = new Connection(dial, connectTimeoutMs, onTrouble);
    await connection.begin();
    const transport = new AmqpTransport(connection, options);
    try {
      await transport.publisher.open();
    } catch (error) {
      await connection.close();
      throw error;
    }
    return transport;
  }

  private constructor(connection: Connection, { limits = {} }: ConnectOptions) {
    const { parcelBytes = defaultParcelBytes, pendingBytes = defaultPendingBytes } = limits;
    this.connection = connection;
    this.url = connection.url;
    this.limits = { payloadBytes, parcelBytes };
    this.publisher = new Publisher(connection, pendingBytes, (number, key) =>
      this.mailboxes.onReturned(number, key),
    );
    this.mailboxes = new Mailboxes(connection, this.publisher, this.limits);
    this.topics = new Topics(connection, this.publisher, payloadBytes);
    this.presences = new Presence(connection, this.topics);
    this.leases = new AmqpLeases(connection);
  }

  get status(): TransportStatus {
    return this.connection.board.status;
  }

  /** The broker, its version and what it can do; as of the newest session. */
  get capabilities(): AmqpCapabilities | undefined {
    const { session } = this.connection;
    if (session !== undefined) this.known = capabilitiesOf(session);
    return this.known;
  }

  watch(listener: (status: TransportStatus) => void): () => void {
    return this.connection.board.watch(listener);
  }

  async mailbox(address: string, reader: MailboxReader): Promise<Mailbox> {
    this.connection.checkOpen(`to open the mailbox ${address}`);
    return this.mailboxes.open(address, reader);
  }

  broadcast(topic: string, bytes: Uint8Array): boolean {
    return this.topics.broadcast(topic, bytes);
  }

  async subscribe(topic: string, onBytes: (bytes: Uint8Array) => void): Promise<Subscription> {
    this.connection.checkOpen(`to subscribe to ${topic}`);
    return this.topics.subscribe(topic, onBytes);
  }

  lease(name: string, options: LeaseOptions): Lease {
    this.connection.checkOpen(`to hold the lease ${name}`);
    return this.leases.lease(name, options);
  }

  async announce(group: string, id: string, info: Uint8Array): Promise<Subscription> {
    this.connection.checkOpen(`to announce ${id} in ${group}`);
    return this.presences.announce(group, id, info);
  }

  async presence(group: string, watcher: PresenceWatcher): Promise<Subscription> {
    this.connection.checkOpen(`to watch ${group}`);
    return this.presences.watch(group, watcher);
  }

  /** @throws BusRefusedError where the broker is too old for streams. */
  async journal(name: string): Promise<Journal> {
    this.connection.checkOpen(`to open the journal ${name}`);
    checkStreams(this.capabilities, this.url, name);
    const open = this.journals.get(name) ?? new AmqpJournal(this.connection, name, payloadBytes);
    this.journals.set(name, open);
    await open.open();
    return open;
  }

  /** @throws BusRefusedError where the broker is too old for streams. */
  async blobs(name: string): Promise<Blobs> {
    this.connection.checkOpen(`to open the blobs ${name}`);
    checkStreams(this.capabilities, this.url, name);
    return new AmqpBlobs(this.connection, name, payloadBytes);
  }

  drain(): Promise<void> {
    return this.connection.board.isUp ? this.publisher.drain() : Promise.resolve();
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    this.presences.sayGoodbye();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, drainWithinMs)));
    // A broker that takes nothing must not keep this process from ending.
    await Promise.race([this.drain(), late]);
    clearTimeout(timer);
    this.leases.loseAll("its transport was closed");
    await this.connection.close();
  }
}
