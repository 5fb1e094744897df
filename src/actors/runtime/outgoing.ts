/** What leaves an actor: messages made into parcels, stamped with their link's numbers, put on the bus and counted. */

import type { PeerId } from "../../protocol/addresses.js";
import { stampParcel } from "../../protocol/codec/codec.js";
import type { LinkMessage, Stale } from "../../protocol/envelope.js";
import type { Message } from "../../protocol/messages.js";
import type { Parcel } from "../../protocol/parcel.js";
import { parcelBytes } from "../../protocol/parcel.js";
import type { LinkFrame } from "../link/link.js";
import type { Counters } from "./counters.js";
import type { LinksOptions } from "./links-owner.js";
import type { Peer } from "./peers.js";
import type { Mailbox } from "./post.js";

export class Outgoing {
  private readonly options: LinksOptions;
  private readonly counters: Counters;
  private mailbox: Mailbox | undefined;

  constructor(options: LinksOptions, counters: Counters) {
    this.options = options;
    this.counters = counters;
  }

  use(mailbox: Mailbox): void {
    this.mailbox = mailbox;
  }

  encode(message: Message | LinkMessage, to: PeerId): Parcel {
    return this.options.codec.encode(message, this.options.id, to);
  }

  /** Sends what a link wants sent: a parcel made before, or a message of the link's own. */
  transmit(peer: Peer, { payload, control, epoch, gen, seq, ack }: LinkFrame<Parcel>): void {
    const parcel = payload ?? this.encode(control ?? { kind: "ack" }, peer.id);
    const v = seq === 0 ? this.options.hello.versions[0] : peer.link.version;
    stampParcel(parcel, { v, epoch, gen, seq, ack });
    this.post(peer.address, parcel);
  }

  /** Tells somebody with whom there is no link that it is out of date. */
  tellStale(to: PeerId, stale: Stale, epoch: number): void {
    const parcel = this.encode(stale, to);
    const v = this.options.hello.versions[0];
    stampParcel(parcel, { v, epoch, gen: 0, seq: 0, ack: 0 });
    this.post(this.options.address(to), parcel);
  }

  private post(address: string, parcel: Parcel): void {
    this.counters.sent += 1;
    this.counters.sentBytes += parcelBytes(parcel);
    this.mailbox?.send(address, parcel);
  }
}
