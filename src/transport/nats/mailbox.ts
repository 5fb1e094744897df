/**
 * A mailbox: a subject that one subscription reads, without a queue group, and what is sent from it. A parcel is one message where
 * the server's limit allows, pieces of one otherwise. Core NATS does not say when nobody reads, and is not asked.
 */

import { PayloadTooLargeError } from "../../errors.js";
import { joinParcel, splitFrame } from "../../protocol/codec/framing.js";
import type { Parcel } from "../../protocol/parcel.js";
import { parcelBytes } from "../../protocol/parcel.js";
import { Cutter, isPiece, Joiner } from "../fragments.js";
import type { Mailbox, MailboxReader } from "../transport.js";
import type { Connection } from "./connection.js";

export interface MailboxOptions {
  readonly parcelBytes: number;
  /** A number that no other sender on the bus has. */
  readonly sender: bigint;
}

export async function openMailbox(
  connection: Connection,
  address: string,
  reader: MailboxReader,
  options: MailboxOptions,
): Promise<Mailbox> {
  const joiner = new Joiner(options.parcelBytes);
  const subscription = await connection.subscribe(address, ({ data }) => receive(joiner, reader, data));
  const sender = new Sender(connection, options);
  return {
    address,
    send: (to, parcel) => sender.send(to, parcel),
    close: () => subscription.close(),
  };
}

function receive(joiner: Joiner, reader: MailboxReader, bytes: Uint8Array): void {
  const frame = isPiece(bytes) ? joiner.accept(bytes) : bytes;
  if (frame !== undefined) reader.onParcel(splitFrame(frame) ?? { head: frame, buffers: [] });
}

class Sender {
  private readonly connection: Connection;
  private readonly limitBytes: number;
  private readonly sender: bigint;
  private cutter: Cutter | undefined;
  private cutterBytes = 0;

  constructor(connection: Connection, { parcelBytes: limitBytes, sender }: MailboxOptions) {
    this.connection = connection;
    this.limitBytes = limitBytes;
    this.sender = sender;
  }

  send(to: string, parcel: Parcel): boolean {
    const nbytes = parcelBytes(parcel);
    if (nbytes > this.limitBytes) throw new PayloadTooLargeError(to, nbytes, this.limitBytes);
    if (this.connection.status !== "connected") return false;
    const frame = joinParcel(parcel);
    if (frame.length <= this.connection.payloadBytes) return this.connection.publish(to, frame);
    for (const piece of this.cut(frame)) if (!this.connection.publish(to, piece)) return false;
    return true;
  }

  /** Another server of the cluster may have another limit. */
  private cut(frame: Uint8Array): Iterable<Uint8Array> {
    const { payloadBytes } = this.connection;
    if (this.cutter === undefined || this.cutterBytes !== payloadBytes) {
      this.cutter = new Cutter(this.sender, payloadBytes);
      this.cutterBytes = payloadBytes;
    }
    return this.cutter.cut(frame);
  }
}
