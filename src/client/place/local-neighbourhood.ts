/** Actors of this process among themselves: mailboxes in memory. */

import type { Namespace, PeerId, Role } from "../../protocol/addresses.js";
import type { MemoryBus } from "../../transport/memory/memory-bus.js";
import { Followers, placeOn, type Neighbourhood, type ShellPlace } from "./neighbourhood.js";

const space: Namespace = { prefix: "skein", cluster: "local" };

export class LocalNeighbourhood implements Neighbourhood {
  readonly #bus: MemoryBus;
  readonly #followers = new Followers();

  constructor(bus: MemoryBus) {
    this.#bus = bus;
  }

  get leader(): PeerId | undefined {
    return this.#followers.leader;
  }

  lead(scheduler: PeerId): Promise<void> {
    this.#followers.lead(scheduler);
    return Promise.resolve();
  }

  follow(meet: (scheduler: PeerId) => void): () => void {
    return this.#followers.follow(meet);
  }

  place(role: Role, name: string): Promise<ShellPlace> {
    return placeOn({ make: () => this.#bus.connect() }, space, role, name);
  }
}
