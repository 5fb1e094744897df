/**
 * What is on a bus in memory: mailboxes, topics, groups, leases, journals, blobs. Parcels are handed on as bytes, never
 * as objects; nothing is delivered within a call, everything in the order in which it was sent, once a turn of the
 * clock's.
 */

import type { Clock } from "../../actors/runtime/clock.js";
import { systemClock } from "../../actors/runtime/system-clock.js";
import type { MailboxReader } from "../../actors/runtime/post.js";
import { AddressTakenError } from "../../errors.js";
import type { Parcel } from "../../protocol/parcel.js";
import type { PresenceWatcher } from "../transport.js";
import { MemoryJournal } from "./memory-journal.js";
import { MemoryLeases } from "./memory-lease.js";

export interface MemoryBusOptions {
  readonly clock?: Clock;
  /** The largest message in one piece; larger parcels are cut. Default: none is. */
  readonly payloadBytes?: number;
  readonly parcelBytes?: number;
  /** Whether journals refuse records of an older term themselves. Default true. */
  readonly writeFence?: boolean;
}

export interface MemoryFaults {
  /** How many times a parcel arrives: 0 loses it, 2 repeats it. */
  copies?: (to: string, parcel: Parcel) => number;
}

/** A transport, as far as the bus knows it. */
interface Connected {
  /** Counts its connections: what was sent on an ended one does not arrive. */
  readonly connection: number;
  receive(reader: MailboxReader, parcel: Parcel): void;
}

/** A mailbox on the bus, with the transport whose connection it lives on. */
interface Box {
  readonly owner: Connected;
  readonly reader: MailboxReader;
}

/** What the transports of a bus share. */
export class MemoryHub {
  readonly clock: Clock;
  readonly payloadBytes: number;
  readonly parcelBytes: number;
  readonly faults: MemoryFaults = {};
  readonly leases: MemoryLeases;
  private readonly writeFence: boolean;
  private readonly boxes = new Map<string, Box>();
  private readonly topics = new Map<string, Set<(bytes: Uint8Array) => void>>();
  private readonly groups = new Map<string, Group>();
  private readonly journals = new Map<string, MemoryJournal>();
  private readonly blobs = new Map<string, Map<string, Uint8Array>>();
  private queue: (() => void)[] = [];

  constructor(options: MemoryBusOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.payloadBytes = options.payloadBytes ?? Number.MAX_SAFE_INTEGER;
    this.parcelBytes = options.parcelBytes ?? 1024 * 1024 * 1024;
    this.writeFence = options.writeFence ?? true;
    this.leases = new MemoryLeases(this.clock);
  }

  /** Runs something in the next turn, after what waits already. */
  later(run: () => void): void {
    this.queue.push(run);
    if (this.queue.length === 1) this.clock.defer(() => this.turn());
  }

  private turn(): void {
    const due = this.queue;
    this.queue = [];
    let done = 0;
    try {
      for (const run of due) {
        done += 1;
        run();
      }
    } finally {
      // A reader that throws is a defect of the reader: the error is not swallowed, and the others get theirs.
      if (done < due.length) {
        const isScheduled = this.queue.length > 0;
        this.queue = [...due.slice(done), ...this.queue];
        if (!isScheduled) this.clock.defer(() => this.turn());
      }
    }
  }

  addBox(address: string, box: Box): void {
    if (this.boxes.has(address)) throw new AddressTakenError(address);
    this.boxes.set(address, box);
  }

  removeBox(address: string): void {
    this.boxes.delete(address);
  }

  /** Whether there is a mailbox at this address. */
  hasBox(address: string): boolean {
    return this.boxes.has(address);
  }

  /** Passes a parcel on, in the next turn; what an ended connection had under way is lost. */
  pass(sender: Connected, from: MailboxReader, to: string, parcel: Parcel): void {
    const copies = this.faults.copies?.(to, parcel) ?? 1;
    const { connection } = sender;
    for (let i = 0; i < copies; i += 1) {
      this.later(() => {
        const box = this.boxes.get(to);
        if (sender.connection !== connection) return;
        if (box === undefined) from.onNobody?.(to);
        else box.owner.receive(box.reader, parcel);
      });
    }
  }

  topic(name: string): Set<(bytes: Uint8Array) => void> {
    return entry(this.topics, name, () => new Set());
  }

  group(name: string): Group {
    return entry(this.groups, name, () => new Group((run) => this.later(run)));
  }

  journal(name: string): MemoryJournal {
    return entry(
      this.journals,
      name,
      () => new MemoryJournal(name, this.writeFence, (run) => this.later(run)),
    );
  }

  blobsOf(name: string): Map<string, Uint8Array> {
    return entry(this.blobs, name, () => new Map<string, Uint8Array>());
  }
}

/** Who is announced in a group, and who watches. */
export class Group {
  private readonly members = new Map<string, Uint8Array>();
  private readonly watchers = new Set<PresenceWatcher>();
  private readonly later: (run: () => void) => void;

  constructor(later: (run: () => void) => void) {
    this.later = later;
  }

  join(id: string, info: Uint8Array): void {
    this.members.set(id, info);
    for (const watcher of this.watchers) this.tell(watcher, () => watcher.onJoined(id, info));
  }

  leave(id: string): void {
    if (!this.members.delete(id)) return;
    for (const watcher of this.watchers) this.tell(watcher, () => watcher.onLeft(id));
  }

  watch(watcher: PresenceWatcher): void {
    this.watchers.add(watcher);
    for (const [id, info] of this.members) this.tell(watcher, () => watcher.onJoined(id, info));
  }

  unwatch(watcher: PresenceWatcher): void {
    this.watchers.delete(watcher);
  }

  private tell(watcher: PresenceWatcher, run: () => void): void {
    this.later(() => {
      if (this.watchers.has(watcher)) run();
    });
  }
}

function entry<T>(map: Map<string, T>, name: string, make: () => T): T {
  const known = map.get(name);
  if (known !== undefined) return known;
  const made = make();
  map.set(name, made);
  return made;
}
