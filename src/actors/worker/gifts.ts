/**
 * What a worker that was given up leaves to the incarnation in its place: its finished results. They may have been made
 * again elsewhere meanwhile, so they are offered to the scheduler, which takes what is wanted and nowhere else, and has
 * the rest freed. Runs are not left to anybody: they were given away.
 */

import { taskFlags } from "../../protocol/messages.js";
import type { RunRecord } from "./run-record.js";
import type { WorkerState } from "./state.js";
import type { DoneBatch } from "./stimuli.js";

export interface Gift {
  readonly run: number;
  readonly key: string;
  readonly nbytes: number;
  /** The value itself, where it is not in the store already. */
  readonly bytes?: Uint8Array;
}

/**
 * Every value held, and the small results that nobody may have heard of. Whether a value may be used is for the
 * scheduler to say: a worker does not know whether what it has fetched is pure.
 */
export function giftsOf(state: WorkerState): Gift[] {
  const gifts: Gift[] = [];
  const held = new Set<number>();
  for (const { run, key, nbytes, listed } of state.values.all()) {
    if (!listed || key === "") continue;
    held.add(run);
    gifts.push({ run, key, nbytes });
  }
  for (const gift of state.unheard.gifts()) if (!held.has(gift.run)) gifts.push(gift);
  return gifts;
}

interface Told {
  /** When it was told. */
  readonly at: number;
  readonly batch: DoneBatch;
  /** The run of each of the batch's rows. */
  readonly records: readonly RunRecord[];
}

/**
 * Small results go with the message that tells of them. Until that is known to have arrived they are kept; there are no
 * more of them than a worker makes within its lease, for past it nothing is started.
 */
export class Unheard {
  #told: Told[] = [];

  add(told: Told): void {
    this.#told.push(told);
  }

  /** What was told before then has arrived. */
  heard(atMs: number): void {
    if (this.#told[0] === undefined || this.#told[0].at >= atMs) return;
    this.#told = this.#told.filter(({ at }) => at >= atMs);
  }

  /** The pure ones: an impure task's run counts as lost with its worker. */
  *gifts(): IterableIterator<Gift> {
    for (const { batch, records } of this.#told) {
      for (const [row, { run, key, source, column }] of records.entries()) {
        const bytes = batch.inline.subarray(batch.inlineStart[row], batch.inlineStart[row + 1]);
        const isPure = ((source.flags[column] ?? 0) & taskFlags.pure) !== 0;
        if (bytes.length > 0 && isPure) yield { run, key, nbytes: bytes.length, bytes };
      }
    }
  }
}
