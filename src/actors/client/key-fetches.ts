/**
 * Values that a client brings here from those who hold them, and the keys they are for. Everything else about bringing
 * values is transfer/fetches.ts's, as it is for workers.
 */

import type { PeerId } from "../../protocol/addresses.js";
import type { Located, PeerMessage } from "../../protocol/messages.js";
import { Fetches } from "../transfer/fetches.js";
import type { ClientConfig } from "./config.js";
import type { ClientInstruction } from "./stimuli.js";
import type { Wanted } from "./wants.js";

/** A value that none of its holders has. */
export interface Unavailable {
  readonly key: string;
  readonly run: number;
  readonly asked: readonly string[];
}

export class KeyFetches {
  readonly #fetches: Fetches;
  /** The key of each value that is under way, by the run that made it. */
  readonly #keyOf = new Map<number, string>();

  constructor(config: ClientConfig, out: ClientInstruction[]) {
    this.#fetches = new Fetches(config, out);
  }

  /** False when it is under way already. */
  want(key: string, { run, nbytes, holders }: Located): boolean {
    if (this.#keyOf.has(run)) return false;
    this.#keyOf.set(run, key);
    this.#fetches.want(run, key, nbytes, holders);
    return true;
  }

  /** Nobody waits for the value that the key had last. */
  stop(wanted: Wanted): void {
    if (this.#keyOf.size === 0 || wanted.state !== "finished") return;
    const { outcome } = wanted;
    if (outcome.state === "finished" && this.#keyOf.delete(outcome.located.run))
      this.#fetches.unwant(outcome.located.run);
  }

  /** Asks for what is wanted as far as limits allow; gives what nobody has. */
  pump(at: number): readonly Unavailable[] {
    const unavailable: Unavailable[] = [];
    for (const ended of this.#fetches.pump(at)) {
      const key = this.#taken(ended.run);
      if (key !== undefined && "asked" in ended)
        unavailable.push({ key, run: ended.run, asked: ended.asked });
    }
    return unavailable;
  }

  /** The key and run of a value that is here in whole with this chunk. */
  chunk(
    from: PeerId,
    chunk: Extract<PeerMessage, { kind: "chunk" }>,
    at: number,
  ): { readonly key: string; readonly run: number } | undefined {
    const fetched = this.#fetches.chunk(from, chunk, at);
    const key = fetched === undefined ? undefined : this.#taken(fetched.run);
    return fetched === undefined || key === undefined ? undefined : { key, run: fetched.run };
  }

  gone(from: PeerId, id: number, runs: Float64Array): void {
    this.#fetches.gone(from, id, runs);
  }

  linkReset(peer: PeerId): void {
    this.#fetches.linkReset(peer);
  }

  peerLost(peer: PeerId): void {
    this.#fetches.peerLost(peer);
  }

  tick(at: number): void {
    this.#fetches.tick(at);
  }

  /** Keys whose values are under way. */
  keys(): IterableIterator<string> {
    return this.#keyOf.values();
  }

  #taken(run: number): string | undefined {
    const key = this.#keyOf.get(run);
    this.#keyOf.delete(run);
    return key;
  }
}
