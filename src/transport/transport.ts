/**
 * The port: everything Skein asks of a message bus. Memory, NATS and RabbitMQ implement it and pass one suite,
 * `transportContract` (src/testing/transport-contract.ts). Names are given whole (src/protocol/addresses.ts builds
 * them); a transport declares and deletes only names it was given.
 *
 * What a bus need not promise: delivery. Mailboxes and topics are at most once or more than once, in order between
 * one sender and one reader within one live connection. What it must not do: throw from a callback, call back within
 * a call, or lose something without `watch` having told of a `disconnected`, other than for a slow reader.
 */

import type { Mailbox, MailboxReader, Post, PostStatus } from "../actors/runtime/post.js";

export type { Mailbox, MailboxReader, Post, PostStatus };
export type TransportStatus = PostStatus;

export interface TransportLimits {
  /** The bus's own largest message; larger parcels are cut and joined by the transport. */
  readonly payloadBytes: number;
  /** The largest parcel it takes; above: PayloadTooLargeError. */
  readonly parcelBytes: number;
}

export interface Transport extends Post {
  /** `memory`, `nats`, `amqp`; and for people, where it is connected to. */
  readonly kind: string;
  readonly url: string;
  readonly limits: TransportLimits;
  /** To everybody who subscribes to the topic at this moment, the sender included. False: not taken. */
  broadcast(topic: string, bytes: Uint8Array): boolean;
  subscribe(topic: string, onBytes: (bytes: Uint8Array) => void): Promise<Subscription>;
  /** A lock that times out. It says who may try to lead; only the journal says who does. */
  lease(name: string, options: LeaseOptions): Lease;
  /** Announces that `id` is here, with a few bytes about it, until `close` or the connection's end. */
  announce(group: string, id: string, info: Uint8Array): Promise<Subscription>;
  /** Tells of everyone announced in the group, present and to come. */
  presence(group: string, watcher: PresenceWatcher): Promise<Subscription>;
  journal(name: string): Promise<Journal>;
  blobs(name: string): Promise<Blobs>;
  /** Waits until the bus has taken what was sent. */
  drain(): Promise<void>;
  /** Drains, ends mailboxes, subscriptions, announcements and leases of this transport, and disconnects. Idempotent. */
  close(): Promise<void>;
}

export interface Subscription {
  close(): Promise<void>;
}

export interface PresenceWatcher {
  onJoined(id: string, info: Uint8Array): void;
  /** It closed, or its connection ended. Not a verdict of death: it may come back under the same id. */
  onLeft(id: string): void;
}

export interface LeaseOptions {
  /** Who holds it, for people. */
  readonly holder: string;
  readonly ttlMs: number;
  /** The lease ended without `release`: taken, expired, or no longer knowable. At most once for each `acquire`. */
  onLost(why: string): void;
}

export interface Lease {
  /** Whether this holder has it now, as far as it can know. */
  readonly held: boolean;
  /** True when won; false when somebody else has it. */
  acquire(): Promise<boolean>;
  /** Extends it by its ttl; false (and `onLost`) when it is lost. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

/** A record's place in the log: from 1, without gaps, never used twice. */
export type JournalPosition = number;

export interface JournalRecord {
  readonly position: JournalPosition;
  /** The position of the claim under which it was written; equal to `position` for a claim itself. */
  readonly term: JournalPosition;
  readonly bytes: Uint8Array;
}

/**
 * An append-only log with one leader at a time. A record counts only if its term is the newest claim before it
 * (`effective` in journal.ts): a log that cannot refuse a late writer lets its readers do so.
 */
export interface Journal {
  /** Whether the store itself refuses records of an older term. */
  readonly writeFence: boolean;
  /** Appends a claim; its position is the term of all that is appended under it. */
  claim(bytes: Uint8Array): Promise<JournalPosition>;
  /**
   * Appends records in order, all or a prefix; resolves with the position of the last once they are stored.
   *
   * @throws JournalFencedError when a newer claim is known to be in the log.
   */
  append(term: JournalPosition, records: readonly Uint8Array[]): Promise<JournalPosition>;
  /** The position of the first record that is still there and of the next one to be written. */
  bounds(): Promise<{ readonly first: JournalPosition; readonly next: JournalPosition }>;
  /** Stored records from `from` on, up to the end as it was when called. */
  read(from: JournalPosition): AsyncIterable<JournalRecord>;
  /** Stored records from `from` on, then each new one, in order and without gaps. */
  tail(from: JournalPosition, onRecord: (record: JournalRecord) => void): Promise<Subscription>;
  /** Forgets records before `before`. */
  trim(before: JournalPosition): Promise<void>;
}

/** Named byte strings too large for a message or a record. */
export interface Blobs {
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
  delete(name: string): Promise<void>;
}
