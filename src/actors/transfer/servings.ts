/**
 * Handing values out to peers, in chunks under credit: no more bytes are under way to a peer than it has room
 * for, and no more peers are served at once than the limit.
 */

import type { TransferConfig, Sink, SendToPeer, SendChunk } from "./transfer.js";

/** What is there to be handed out: the size and the key of each value, by run. */
export interface Holdings {
  sizeOf(run: number): number | undefined;
  keyOf(run: number): string | undefined;
}

interface Serving {
  readonly to: string;
  readonly id: number;
  readonly runs: number[];
  at: number;
  offset: number;
  credit: number;
  /** When it began, or the asker last gave credit. */
  lastAt: number;
  /** It goes over a connection that has been fast so far. */
  isFast: boolean;
}

/** A fast line carries this many bytes a millisecond: a large part is on it for no longer than it takes notice of. */
const fastBytesPerMs = 20_000;

/** An asker that has not given up within its own limit times this never will do anything. */
const patience = 2;

export class Servings {
  readonly #config: TransferConfig;
  readonly #values: Holdings;
  readonly #out: Sink<SendToPeer | SendChunk>;
  readonly #active = new Map<string, Serving>();
  readonly #waiting: Serving[] = [];
  /** Peers with which memory is shared. */
  readonly #near = new Set<string>();
  #atMs = 0;

  constructor(config: TransferConfig, values: Holdings, out: Sink<SendToPeer | SendChunk>) {
    this.#config = config;
    this.#values = values;
    this.#out = out;
  }

  /** Whether a value is being handed out, or is about to be. */
  get size(): number {
    return this.#active.size + this.#waiting.length;
  }

  /** What is handed out to this peer need not be cut. */
  peerIsNear(peer: string): void {
    this.#near.add(peer);
  }

  get(to: string, id: number, runs: Float64Array, credit: number, atMs: number): void {
    this.#atMs = atMs;
    const gone = runs.filter((run) => this.#values.sizeOf(run) === undefined);
    if (gone.length > 0) this.#out.push({ type: "send", to, message: { kind: "gone", id, runs: gone } });
    const here = [...runs].filter((run) => this.#values.sizeOf(run) !== undefined);
    if (here.length === 0) return;
    const serving: Serving = { to, id, runs: here, at: 0, offset: 0, credit, lastAt: atMs, isFast: false };
    if (this.#active.size >= this.#config.fetchesIn) this.#waiting.push(serving);
    else this.#start(serving);
  }

  /** @param streams whether what is sent now goes over a connection of its own. */
  credit(from: string, id: number, bytes: number, atMs: number, streams = false): void {
    this.#atMs = atMs;
    const serving = this.#active.get(`${from}\n${id}`);
    if (serving === undefined) return;
    serving.credit += bytes;
    serving.isFast = streams && bytes >= (atMs - serving.lastAt) * fastBytesPerMs;
    serving.lastAt = atMs;
    this.#send(serving);
  }

  peerLost(peer: string): void {
    this.#near.delete(peer);
    this.linkReset(peer);
  }

  /** Nothing asked for before is awaited any more. */
  linkReset(peer: string): void {
    for (const [name, serving] of this.#active) if (serving.to === peer) this.#active.delete(name);
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      if (this.#waiting[i]?.to === peer) this.#waiting.splice(i, 1);
    }
    this.#next();
  }

  /** Askers that have given no credit for long have given up, or are gone. */
  tick(atMs: number): void {
    this.#atMs = atMs;
    for (const [name, { lastAt }] of this.#active)
      if (atMs - lastAt >= patience * this.#config.fetchStallMs) this.#active.delete(name);
    this.#next();
  }

  #start(serving: Serving): void {
    serving.lastAt = this.#atMs;
    this.#active.set(`${serving.to}\n${serving.id}`, serving);
    this.#send(serving);
  }

  #send(serving: Serving): void {
    while (serving.at < serving.runs.length) {
      const run = serving.runs[serving.at] as number;
      const total = this.#values.sizeOf(run);
      if (total === undefined) {
        // Freed while it was being handed out.
        const message = { kind: "gone", id: serving.id, runs: Float64Array.of(run) } as const;
        this.#out.push({ type: "send", to: serving.to, message });
        serving.at++;
        serving.offset = 0;
        continue;
      }
      if (serving.credit <= 0) return;
      const { to, id, offset } = serving;
      const length = Math.min(this.#chunkBytes(serving), total - offset);
      const key = offset + length < total ? undefined : this.#values.keyOf(run);
      const named = key === undefined ? {} : { key };
      this.#out.push({ type: "sendChunk", to, id, run, ...named, offset, length, total });
      serving.credit -= length;
      serving.offset += length;
      if (serving.offset >= total) {
        serving.at++;
        serving.offset = 0;
      }
    }
    this.#active.delete(`${serving.to}\n${serving.id}`);
    this.#next();
  }

  #chunkBytes({ to, isFast }: Serving): number {
    const { chunkBytes, streamedChunkBytes, sharedChunkBytes } = this.#config;
    if (this.#near.has(to)) return sharedChunkBytes;
    return isFast ? streamedChunkBytes : chunkBytes;
  }

  #next(): void {
    while (this.#active.size < this.#config.fetchesIn) {
      const serving = this.#waiting.shift();
      if (serving === undefined) return;
      this.#start(serving);
    }
  }
}
