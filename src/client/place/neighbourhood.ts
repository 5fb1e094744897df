/**
 * Where actors of one process live: mailboxes for new incarnations, and word of who leads. One process, one
 * neighbourhood; whether its mailboxes are in memory, on a bus or both is nobody else's concern.
 */

import type { Clock } from "../../actors/runtime/clock.js";
import type { ShellRefusal } from "../../actors/runtime/counters.js";
import type { Post } from "../../actors/runtime/post.js";
import { systemClock } from "../../actors/runtime/system-clock.js";
import { uniqueId } from "../../collections/unique.js";
import { mailboxName, peerId, type Namespace, type PeerId, type Role } from "../../protocol/addresses.js";
import { spokenVersions } from "../../protocol/envelope.js";
import type { Hello } from "../../protocol/messages.js";

/** What every actor's shell is given. */
export interface ShellPlace {
  readonly id: PeerId;
  readonly hello: Hello;
  readonly post: Post;
  readonly address: (peer: PeerId) => string;
  readonly clock: Clock;
  /** Takes back the memory of a value's part that has been stored, for the next one that comes in. */
  readonly giveBack?: (bytes: Uint8Array) => void;
  /** Told of each message that is not taken: of which kind of fault, what is wrong with it, and who has sent it. */
  readonly onRefused?: (why: ShellRefusal, detail: string, from: PeerId | undefined) => void;
}

/** What carries the parcels of a process's actors. */
export interface Posts {
  /** A post for one more actor. */
  make(): Promise<Post>;
  giveBack?(bytes: Uint8Array): void;
}

export interface Neighbourhood {
  /** A place for a new incarnation. */
  place(role: Role, name: string): Promise<ShellPlace>;
  /** Says that this scheduler leads, in this term. */
  lead(scheduler: PeerId, epoch: number): Promise<void>;
  /** The scheduler that leads, when there is one now. */
  readonly leader: PeerId | undefined;
  /** Calls `meet` with the scheduler there is, and with each later one, until the function given back is called. */
  follow(meet: (scheduler: PeerId) => void): () => void;
}

/** A new incarnation's place on a post. */
export async function placeOn(posts: Posts, space: Namespace, role: Role, name: string): Promise<ShellPlace> {
  const post = await posts.make();
  return {
    ...(posts.giveBack === undefined ? {} : { giveBack: (bytes) => posts.giveBack?.(bytes) }),
    id: peerId(role, name, uniqueId()),
    hello: { kind: "hello", role, name, versions: spokenVersions },
    post,
    address: (peer) => mailboxName(space, peer),
    clock: systemClock,
  };
}

/** Those who want to know who leads. */
export class Followers {
  readonly #meets = new Set<(scheduler: PeerId) => void>();
  #leader: PeerId | undefined;

  get leader(): PeerId | undefined {
    return this.#leader;
  }

  lead(scheduler: PeerId): void {
    this.#leader = scheduler;
    for (const meet of this.#meets) meet(scheduler);
  }

  /** It is not seen any more. Whoever follows it finds that out by its silence. */
  left(scheduler: PeerId): void {
    if (this.#leader === scheduler) this.#leader = undefined;
  }

  follow(meet: (scheduler: PeerId) => void): () => void {
    this.#meets.add(meet);
    if (this.#leader !== undefined) meet(this.#leader);
    return () => void this.#meets.delete(meet);
  }
}
