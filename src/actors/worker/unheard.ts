/**
 * Small results go with the message that tells of them. Until that is known to have arrived they are kept; there are no
 * more of them than a worker makes within its lease, for past it nothing is started.
 */

import { taskFlags } from "../../protocol/messages.js";
import type { Gift } from "./gift.js";
import type { RunRecord } from "./run-record.js";
import type { DoneBatch } from "./stimuli.js";

interface Told {
  /** When it was told. */
  readonly at: number;
  readonly batch: DoneBatch;
  /** The run of each of the batch's rows. */
  readonly records: readonly RunRecord[];
}

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
