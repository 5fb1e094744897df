/** Calls on workers that a client waits for: one answer when all have spoken, or are gone. */

import type { PeerId } from "../../../protocol/addresses.js";
import type { RanOnWorker, WireFunction } from "../../../protocol/messages.js";

/** What one worker said to a call on every worker. */
export interface WorkerAnswer {
  readonly worker: string;
  readonly ok: boolean;
  readonly value?: Uint8Array;
  readonly error?: RanOnWorker["error"];
}

export interface OpenCall {
  readonly client: PeerId;
  /** The client's number for it. */
  readonly id: number;
  readonly fn: WireFunction;
  readonly args: Uint8Array;
  /** Workers that have yet to answer, by incarnation, with their names. */
  readonly waiting: Map<PeerId, string>;
  readonly answers: WorkerAnswer[];
}

export class Questions {
  readonly #open = new Map<number, OpenCall>();
  #next = 1;

  /** A number for a call, under which the workers answer. */
  open(call: OpenCall): number {
    const number = this.#next++;
    this.#open.set(number, call);
    return number;
  }

  /** A worker's answer. Gives the call when it was the last. */
  answered(number: number, peer: PeerId, answer: Omit<WorkerAnswer, "worker">): OpenCall | undefined {
    const call = this.#open.get(number);
    const name = call?.waiting.get(peer);
    if (call === undefined || name === undefined) return undefined;
    call.waiting.delete(peer);
    call.answers.push({ worker: name, ...answer });
    if (call.waiting.size > 0) return undefined;
    this.#open.delete(number);
    return call;
  }

  /** Open calls, by number. */
  *calls(): IterableIterator<readonly [number, OpenCall]> {
    yield* Array.from(this.#open);
  }

  clientGone(peer: PeerId): void {
    for (const [number, call] of this.#open) if (call.client === peer) this.#open.delete(number);
  }
}
