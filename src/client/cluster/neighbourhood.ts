/** Where the actors of one process meet: the bus between them, their addresses, and what became of them. */

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

  constructor(bus: MemoryBus) {
    this.#bus = bus;
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
