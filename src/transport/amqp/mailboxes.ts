/**
 * Mailboxes: parcels as one string of bytes, cut where they are larger than one message. Pieces are joined mailbox by
 * mailbox, since two mailboxes' queues are not in order with each other.
 */

import { randomBytes } from "node:crypto";
import { AddressTakenError, PayloadTooLargeError } from "../../errors.js";
import { joinParcel, splitFrame } from "../../protocol/codec/framing.js";
import type { Parcel } from "../../protocol/parcel.js";
import { parcelBytes } from "../../protocol/parcel.js";
import { Cutter, isPiece, Joiner } from "../fragments.js";
import type { Mailbox, MailboxReader, TransportLimits } from "../transport.js";
import type { Connection } from "./connection.js";
import { keyOf } from "./names.js";
import type { Publisher } from "./publisher.js";
import { callSafely, Reader } from "./reader.js";

interface Box {
  readonly number: string;
  readonly reader: MailboxReader;
}

export class Mailboxes {
  private readonly connection: Connection;
  private readonly publisher: Publisher;
  private readonly limits: TransportLimits;
  private readonly cutter: Cutter;
  private readonly taken = new Set<string>();
  private readonly boxes = new Map<string, Box>();
  /** Addresses whose routing key is not the address itself. */
  private readonly shortened = new Map<string, string>();
  private count = 0;

  constructor(connection: Connection, publisher: Publisher, limits: TransportLimits) {
    this.connection = connection;
    this.publisher = publisher;
    this.limits = limits;
    this.cutter = new Cutter(randomBytes(8).readBigUInt64LE(), limits.payloadBytes);
  }

  /** The broker found nobody at a routing key: told to the mailbox whose number the message bears. */
  onReturned(number: string, key: string): void {
    const box = this.boxes.get(number);
    if (box === undefined) return;
    callSafely(() => box.reader.onNobody?.(this.shortened.get(key) ?? key));
  }

  async open(address: string, reader: MailboxReader): Promise<Mailbox> {
    if (this.taken.has(address)) throw new AddressTakenError(address);
    this.taken.add(address);
    this.count += 1;
    const box: Box = { number: String(this.count), reader };
    const joiner = new Joiner(this.limits.parcelBytes);
    const reading = new Reader(this.connection, address, (bytes) => receive(bytes, joiner, reader));
    try {
      await this.connection.patiently(() => this.publisher.prepare(address));
      await reading.open();
    } catch (error) {
      this.taken.delete(address);
      throw error;
    }
    this.boxes.set(box.number, box);
    let isOpen = true;
    return {
      address,
      send: (to, parcel) => isOpen && this.send(box, to, parcel),
      close: async () => {
        if (!isOpen) return;
        isOpen = false;
        this.boxes.delete(box.number);
        await reading.close();
        this.taken.delete(address);
      },
    };
  }

  private send(from: Box, to: string, parcel: Parcel): boolean {
    const nbytes = parcelBytes(parcel);
    if (nbytes > this.limits.parcelBytes) throw new PayloadTooLargeError(to, nbytes, this.limits.parcelBytes);
    if (this.connection.board.status !== "connected") return false;
    const key = keyOf(to);
    if (key !== to) this.shortened.set(key, to);
    const frame = joinParcel(parcel);
    const options = { mandatory: true, messageId: from.number };
    if (frame.length <= this.limits.payloadBytes) return this.publisher.send(to, frame, options);
    let isFirst = true;
    for (const piece of this.cutter.cut(frame)) {
      // One answer is enough where nobody is.
      if (!this.publisher.send(to, piece, isFirst ? options : {})) return false;
      isFirst = false;
    }
    return true;
  }
}

function receive(bytes: Uint8Array, joiner: Joiner, reader: MailboxReader): void {
  const frame = isPiece(bytes) ? joiner.accept(bytes) : bytes;
  if (frame !== undefined) reader.onParcel(splitFrame(frame) ?? { head: frame, buffers: [] });
}
