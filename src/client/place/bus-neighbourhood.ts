/**
 * Actors on a bus. Whoever leads announces itself with its term; of several that do, the one of the newest term
 * counts, and one of an older term finds out by itself that it does not.
 */

import { parsePeerId, sharedName, type Namespace, type PeerId, type Role } from "../../protocol/addresses.js";
import type { Subscription, Transport } from "../../transport/transport.js";
import { Followers, placeOn, type Neighbourhood, type Posts, type ShellPlace } from "./neighbourhood.js";

interface Leader {
  readonly peer: PeerId;
  readonly epoch: number;
}

export class BusNeighbourhood implements Neighbourhood {
  readonly #transport: Transport;
  readonly #space: Namespace;
  readonly #posts: Posts;
  readonly #onRefused: ShellPlace["onRefused"];
  readonly #followers = new Followers();
  readonly #group: string;
  #newest: Leader = { peer: "", epoch: 0 };
  #watch: Subscription | undefined;
  #announced: Subscription | undefined;

  private constructor(
    transport: Transport,
    space: Namespace,
    posts: Posts,
    onRefused: ShellPlace["onRefused"],
  ) {
    this.#transport = transport;
    this.#space = space;
    this.#posts = posts;
    this.#onRefused = onRefused;
    this.#group = sharedName(space, "presence", "schedulers");
  }

  /**
   * @param posts what carries the actors' parcels, when that is more than the bus alone.
   * @param onRefused is told of every message that an actor here does not take.
   */
  static async join(
    transport: Transport,
    space: Namespace,
    posts: Posts = { make: () => Promise.resolve(transport) },
    onRefused?: ShellPlace["onRefused"],
  ): Promise<BusNeighbourhood> {
    const joined = new BusNeighbourhood(transport, space, posts, onRefused);
    joined.#watch = await transport.presence(joined.#group, {
      onJoined: (_, info) => joined.#see(info),
      onLeft: (id) => {
        if (parsePeerId(joined.#newest.peer)?.inc === id) joined.#followers.left(joined.#newest.peer);
      },
    });
    return joined;
  }

  /** The scheduler that was seen leading in the newest term, here or not, and that term. */
  get newest(): Leader {
    return this.#newest;
  }

  get leader(): PeerId | undefined {
    return this.#followers.leader;
  }

  follow(meet: (scheduler: PeerId) => void): () => void {
    return this.#followers.follow(meet);
  }

  async place(role: Role, name: string): Promise<ShellPlace> {
    const place = await placeOn(this.#posts, this.#space, role, name);
    return this.#onRefused === undefined ? place : { ...place, onRefused: this.#onRefused };
  }

  async lead(peer: PeerId, epoch: number): Promise<void> {
    const before = this.#announced;
    this.#announced = undefined;
    await before?.close();
    // Those who are at home with it need no bus to meet it.
    this.#meet({ peer, epoch });
    const info = new TextEncoder().encode(JSON.stringify({ peer, epoch }));
    this.#announced = await this.#transport.announce(this.#group, parsePeerId(peer)?.inc ?? peer, info);
  }

  async close(): Promise<void> {
    await this.#announced?.close();
    await this.#watch?.close();
  }

  #see(info: Uint8Array): void {
    const leader = readLeader(info);
    if (leader !== undefined) this.#meet(leader);
  }

  #meet(leader: Leader): void {
    if (leader.epoch < this.#newest.epoch) return;
    const isSame = leader.peer === this.#newest.peer && this.#followers.leader === leader.peer;
    this.#newest = leader;
    if (!isSame) this.#followers.lead(leader.peer);
  }
}

/** The bus is open to others: what cannot be read announces nobody. */
function readLeader(info: Uint8Array): Leader | undefined {
  let said: Partial<Leader> | null;
  try {
    said = JSON.parse(new TextDecoder().decode(info)) as Partial<Leader> | null;
  } catch {
    return undefined;
  }
  const { peer, epoch } = said ?? {};
  if (typeof peer !== "string" || parsePeerId(peer)?.role !== "scheduler") return undefined;
  return Number.isSafeInteger(epoch) && (epoch as number) > 0 ? { peer, epoch: epoch as number } : undefined;
}
