/** Where the actors of one process meet: the bus between them, their addresses, and who leads. */

import type { Post } from "../../actors/runtime/post.js";
import { systemClock } from "../../actors/runtime/system-clock.js";
import type { Clock } from "../../actors/runtime/clock.js";
import { uniqueId } from "../../collections/unique.js";
import { mailboxName, peerId, type PeerId, type Role } from "../../protocol/addresses.js";
import { spokenVersions } from "../../protocol/envelope.js";
import type { Hello } from "../../protocol/messages.js";
import type { MemoryBus } from "../../transport/memory/memory-bus.js";

const space = { prefix: "skein", cluster: "local" };

/** What every actor's shell is given. */
export interface ShellPlace {
  readonly id: PeerId;
  readonly hello: Hello;
  readonly post: Post;
  readonly address: (peer: PeerId) => string;
  readonly clock: Clock;
}

export class Neighbourhood {
  readonly #bus: MemoryBus;
  readonly #followers = new Set<(scheduler: PeerId) => void>();
  #scheduler: PeerId | undefined;

  constructor(bus: MemoryBus) {
    this.#bus = bus;
  }

  /** There is a new scheduler: all who follow meet it. */
  lead(scheduler: PeerId): void {
    this.#scheduler = scheduler;
    for (const meet of this.#followers) meet(scheduler);
  }

  /** Calls `meet` with the scheduler there is, and with each later one, until the function given back is called. */
  follow(meet: (scheduler: PeerId) => void): () => void {
    this.#followers.add(meet);
    if (this.#scheduler !== undefined) meet(this.#scheduler);
    return () => void this.#followers.delete(meet);
  }

  /** A place on the bus for a new incarnation. */
  async place(role: Role, name: string): Promise<ShellPlace> {
    return {
      id: peerId(role, name, uniqueId()),
      hello: { kind: "hello", role, name, versions: spokenVersions },
      post: await this.#bus.connect(),
      address: (peer) => mailboxName(space, peer),
      clock: systemClock,
    };
  }
}
