/** The incarnations that are over for an actor, so far as it remembers: those it gave up, those that left. */

import type { PeerId } from "../../protocol/addresses.js";

export type Departure = "given up" | "left";

const remembered = 4_096;

export class Departed {
  private readonly departures = new Map<PeerId, Departure>();

  get(peer: PeerId): Departure | undefined {
    return this.departures.get(peer);
  }

  /** Notes it as the newest; the oldest is forgotten. */
  add(peer: PeerId, how: Departure): void {
    this.departures.delete(peer);
    this.departures.set(peer, how);
    if (this.departures.size <= remembered) return;
    const [oldest] = this.departures.keys();
    if (oldest !== undefined) this.departures.delete(oldest);
  }
}
