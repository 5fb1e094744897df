/**
 * The incarnations an actor talks with, each with its link, by name and by address; and those that are over for it,
 * which get no link again. Makes links and forgets them; what happens on them is links.ts's.
 */

import type { PeerId, Role } from "../../protocol/addresses.js";
import { parsePeerId } from "../../protocol/addresses.js";
import type { Message } from "../../protocol/messages.js";
import type { Parcel } from "../../protocol/parcel.js";
import { LinkCore } from "../link/link.core.js";
import { Departed, type Departure } from "./departed.js";
import type { LinksOptions } from "./links-owner.js";

export interface Peer {
  readonly id: PeerId;
  readonly role: Role;
  readonly address: string;
  readonly link: LinkCore<Parcel, Message>;
  saidBye: boolean;
}

export class Peers {
  private readonly byId = new Map<PeerId, Peer>();
  private readonly byAddress = new Map<string, Peer>();
  private readonly departed = new Departed();
  private readonly options: LinksOptions;

  constructor(options: LinksOptions) {
    this.options = options;
  }

  get ids(): readonly PeerId[] {
    return [...this.byId.keys()];
  }

  get size(): number {
    return this.byId.size;
  }

  all(): IterableIterator<Peer> {
    return this.byId.values();
  }

  has(id: PeerId): boolean {
    return this.byId.has(id);
  }

  get(id: PeerId): Peer | undefined {
    return this.byId.get(id);
  }

  at(address: string): Peer | undefined {
    return this.byAddress.get(address);
  }

  /** How the incarnation ended for this actor, if it did. */
  endOf(id: PeerId): Departure | undefined {
    return this.departed.get(id);
  }

  /** The one known longest among those whose links are closed. */
  oldestClosed(): PeerId | undefined {
    for (const { id, link } of this.byId.values()) if (link.stateName === "closed") return id;
    return undefined;
  }

  /** @param epoch the term this actor leads in, 0 when it does not. */
  add(id: PeerId, epoch: number): Peer {
    const { hello, timing, limits, resend, address } = this.options;
    const role = parsePeerId(id)?.role ?? "worker";
    const deadAfterMs = role === "client" ? timing.clientGoneMs : timing.deadAfterMs;
    const link = new LinkCore<Parcel, Message>({ hello, timing, limits, deadAfterMs, resend, epoch });
    const peer = { id, role, address: address(id), link, saidBye: false };
    this.byId.set(id, peer);
    this.byAddress.set(peer.address, peer);
    return peer;
  }

  /** It is over, in this way: there will be no other link with it. Gives the one there was. */
  end(id: PeerId, how: Departure): Peer | undefined {
    this.departed.add(id, how);
    const peer = this.byId.get(id);
    if (peer === undefined) return undefined;
    this.byId.delete(id);
    this.byAddress.delete(peer.address);
    return peer;
  }
}
