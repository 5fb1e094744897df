/**
 * Bringing values here from other workers: who is asked for what, how much at once, and whom to ask next when a
 * holder has not got it, falls silent or dies. Values are asked for in batches per holder, and arrive in chunks
 * under credit.
 */

import type { TransferConfig, Sink, SendToPeer, StoreChunk } from "./transfer.js";

interface Wanted {
  readonly run: number;
  readonly key: string;
  readonly nbytes: number;
  holders: string[];
  /** Everyone it was asked of, for the report when nobody has it. */
  readonly asked: string[];
  /** The Get under way, if any. */
  get: number | undefined;
  /** Times it was asked for again because a link had started afresh. */
  again: number;
}

interface Getting {
  readonly id: number;
  readonly from: string;
  /** Sizes, by run. */
  readonly runs: Map<number, number>;
  lastAt: number;
  /** Bytes that came and for which no new credit has been given yet. */
  owed: number;
}

/** Credit is given in parts of this many; a message for each chunk would cost as much as the chunk. */
const creditParts = 4;

/** A holder whose link starts afresh again and again is asked no more often than this for one value. */
const askedAgain = 5;

/** A value has come in whole, or cannot be had. */
export type Fetched =
  | { readonly run: number; readonly key: string; readonly nbytes: number }
  | { readonly run: number; readonly asked: readonly string[] };

export class Fetches {
  readonly #config: TransferConfig;
  readonly #wanted = new Map<number, Wanted>();
  readonly #getting = new Map<number, Getting>();
  /** When each holder last handed out anything. */
  readonly #heardAt = new Map<string, number>();
  readonly #out: Sink<SendToPeer | StoreChunk>;
  /** Of all that was asked for and has not come. */
  #comingBytes = 0;
  #nextId = 1;

  constructor(config: TransferConfig, out: Sink<SendToPeer | StoreChunk>) {
    this.#config = config;
    this.#out = out;
  }

  get size(): number {
    return this.#wanted.size;
  }

  isWanted(run: number): boolean {
    return this.#wanted.has(run);
  }

  want(run: number, key: string, nbytes: number, holders: readonly string[]): void {
    const known = this.#wanted.get(run);
    if (known === undefined) {
      this.#wanted.set(run, { run, key, nbytes, holders: [...holders], asked: [], get: undefined, again: 0 });
      return;
    }
    for (const holder of holders) {
      if (!known.holders.includes(holder) && !known.asked.includes(holder)) known.holders.push(holder);
    }
  }

  /** Nobody here needs it any more. A chunk still under way is dropped when it comes. */
  unwant(run: number): void {
    const wanted = this.#wanted.get(run);
    if (wanted === undefined) return;
    this.#wanted.delete(run);
    if (wanted.get !== undefined) this.#taken(wanted.get, run);
  }

  /** Asks holders for what is wanted and not yet asked for, within the limits, and if there is room for it. */
  pump(at: number, hasRoom = true): Fetched[] {
    const failed: Fetched[] = [];
    const batches = new Map<string, Wanted[]>();
    for (const wanted of this.#wanted.values()) {
      if (wanted.get !== undefined) continue;
      if (wanted.holders.length === 0) {
        failed.push({ run: wanted.run, asked: wanted.asked });
        this.#wanted.delete(wanted.run);
        continue;
      }
      const holder = wanted.holders.find((h) => batches.has(h)) ?? (wanted.holders[0] as string);
      const batch = batches.get(holder);
      if (batch === undefined) batches.set(holder, [wanted]);
      else batch.push(wanted);
    }
    if (!hasRoom) return failed;
    for (const [holder, batch] of batches) {
      const room = this.#config.fetchingBytes - this.#comingBytes;
      if (this.#getting.size >= this.#config.fetchesOut || room <= 0) break;
      this.#ask(holder, batch, Math.min(room, this.#config.fetchBatchBytes), at);
    }
    return failed;
  }

  #ask(holder: string, batch: readonly Wanted[], mostBytes: number, at: number): void {
    const id = this.#nextId++;
    const runs = new Map<number, number>();
    let bytes = 0;
    for (const wanted of batch) {
      if (runs.size > 0 && bytes + wanted.nbytes > mostBytes) break;
      bytes += wanted.nbytes;
      wanted.get = id;
      runs.set(wanted.run, wanted.nbytes);
    }
    this.#comingBytes += bytes;
    this.#getting.set(id, { id, from: holder, runs, lastAt: at, owed: 0 });
    const message = {
      kind: "get",
      id,
      runs: Float64Array.from(runs.keys()),
      credit: this.#config.creditBytes,
    } as const;
    this.#out.push({ type: "send", to: holder, message });
  }

  /** A chunk came. The value, when it is whole. */
  chunk(
    from: string,
    chunk: {
      readonly id: number;
      readonly run: number;
      readonly key?: string;
      readonly offset: number;
      readonly total: number;
      readonly bytes: Uint8Array;
    },
    at: number,
  ): Fetched | undefined {
    const { id, run, offset, total, bytes } = chunk;
    const getting = this.#getting.get(id);
    if (getting === undefined || getting.from !== from) {
      // Also for what is not wanted any more: who serves it would wait for ever, and serve nobody else.
      this.#out.push({ type: "send", to: from, message: { kind: "credit", id, bytes: bytes.length } });
      return undefined;
    }
    getting.lastAt = at;
    this.#heardAt.set(from, at);
    getting.owed += bytes.length;
    if (getting.owed * creditParts >= this.#config.creditBytes) this.#giveCredit(getting);
    const wanted = this.#wanted.get(run);
    if (wanted?.get !== id) return undefined;
    this.#out.push({ type: "storeChunk", run, offset, total, bytes });
    if (offset + bytes.length < total) return undefined;
    this.#wanted.delete(run);
    this.#taken(id, run);
    return { run, key: chunk.key ?? wanted.key, nbytes: total };
  }

  /** A holder has not got these. */
  gone(from: string, id: number, runs: Iterable<number>): void {
    if (this.#getting.get(id)?.from !== from) return;
    for (const run of runs) this.#notFrom(from, id, run);
  }

  peerLost(peer: string): void {
    this.#heardAt.delete(peer);
    for (const getting of this.#getting.values()) {
      if (getting.from === peer)
        for (const run of [...getting.runs.keys()]) this.#notFrom(peer, getting.id, run);
    }
    for (const wanted of this.#wanted.values()) {
      if (wanted.holders.includes(peer)) this.#strike(wanted, peer);
    }
  }

  /** What was asked of the peer, or was on its way from it, may be lost: it is asked again. */
  linkReset(peer: string): void {
    for (const getting of this.#getting.values()) {
      if (getting.from !== peer) continue;
      this.#getting.delete(getting.id);
      for (const [run, nbytes] of getting.runs) {
        this.#comingBytes -= nbytes;
        const wanted = this.#wanted.get(run);
        if (wanted?.get !== getting.id) continue;
        wanted.get = undefined;
        if (++wanted.again > askedAgain) this.#strike(wanted, peer);
      }
    }
  }

  /** Gives up on holders that have been silent for too long. */
  tick(at: number): void {
    for (const getting of this.#getting.values()) {
      // Over a slow network a part takes long, and who serves would take the silence for the end.
      if (getting.owed > 0) this.#giveCredit(getting);
      // Whoever hands out one value after the other over a slow line has not forgotten the later ones.
      const lastAt = Math.max(getting.lastAt, this.#heardAt.get(getting.from) ?? 0);
      if (at - lastAt < this.#config.fetchStallMs) continue;
      for (const run of [...getting.runs.keys()]) this.#notFrom(getting.from, getting.id, run);
    }
  }

  #notFrom(holder: string, id: number, run: number): void {
    this.#taken(id, run);
    const wanted = this.#wanted.get(run);
    if (wanted?.get !== id) return;
    wanted.get = undefined;
    this.#strike(wanted, holder);
  }

  #strike(wanted: Wanted, holder: string): void {
    wanted.holders = wanted.holders.filter((h) => h !== holder);
    if (!wanted.asked.includes(holder)) wanted.asked.push(holder);
  }

  #giveCredit(getting: Getting): void {
    const { id, from, owed } = getting;
    getting.owed = 0;
    this.#out.push({ type: "send", to: from, message: { kind: "credit", id, bytes: owed } });
  }

  #taken(id: number, run: number): void {
    const getting = this.#getting.get(id);
    if (getting === undefined) return;
    this.#comingBytes -= getting.runs.get(run) ?? 0;
    getting.runs.delete(run);
    if (getting.runs.size === 0) this.#getting.delete(id);
  }
}
