/**
 * The values a worker holds, by run, and the runs that wait for values. Only the books: the bytes are in the
 * shell's store.
 *
 * Small results travel inside the finish message and belong to the scheduler. They are remembered here for a
 * while all the same, because a successor may be on its way that counts on finding them.
 */

import { runHash } from "../../protocol/digest.js";
import type { DoneBatch } from "./stimuli.js";
import type { RunRecord } from "./run-record.js";

export interface HeldValue {
  readonly run: number;
  readonly key: string;
  readonly nbytes: number;
  /** Known to the scheduler as a copy here; inline values, and those that it told to drop, are not. */
  listed: boolean;
}

export class Values {
  readonly held = new Map<number, HeldValue>();
  readonly #awaited = new Map<number, RunRecord[]>();
  /** How many runs here have a value among their inputs. */
  readonly #pins = new Map<number, number>();
  readonly #recent: DoneBatch[] = [];
  #recentRuns = 0;
  readonly #recentLimit: number;
  /** Order-independent digest of the listed values. */
  digest = 0;
  listedBytes = 0;

  constructor(recentLimit: number) {
    this.#recentLimit = recentLimit;
  }

  has(run: number): boolean {
    return this.held.has(run);
  }

  sizeOf(run: number): number | undefined {
    return this.held.get(run)?.nbytes;
  }

  /** Notes a value that is now in the store, and returns the runs that waited for it. */
  add(value: HeldValue): readonly RunRecord[] {
    if (!this.held.has(value.run)) {
      this.held.set(value.run, value);
      if (value.listed) {
        this.digest = (this.digest ^ runHash(value.run)) >>> 0;
        this.listedBytes += value.nbytes;
      }
    }
    const waiters = this.#awaited.get(value.run);
    if (waiters === undefined) return [];
    this.#awaited.delete(value.run);
    return waiters;
  }

  /** Forgets a value; the shell is to drop it. False when it was not held. */
  delete(run: number): boolean {
    const value = this.held.get(run);
    if (value === undefined) return false;
    this.held.delete(run);
    if (value.listed) {
      this.digest = (this.digest ^ runHash(run)) >>> 0;
      this.listedBytes -= value.nbytes;
    }
    return true;
  }

  /** The scheduler does not count on the copy any more; runs here may. */
  unlist(run: number): void {
    const value = this.held.get(run);
    if (value?.listed !== true) return;
    value.listed = false;
    this.digest = (this.digest ^ runHash(run)) >>> 0;
    this.listedBytes -= value.nbytes;
  }

  /** The scheduler is told that there is a copy here. False when there is none. */
  list(run: number): boolean {
    const value = this.held.get(run);
    if (value === undefined || value.listed) return value !== undefined;
    value.listed = true;
    this.digest = (this.digest ^ runHash(run)) >>> 0;
    this.listedBytes += value.nbytes;
    return true;
  }

  pin(run: number): void {
    this.#pins.set(run, (this.#pins.get(run) ?? 0) + 1);
  }

  /** True when that was the last run that needed it. */
  unpin(run: number): boolean {
    const left = (this.#pins.get(run) ?? 0) - 1;
    if (left > 0) this.#pins.set(run, left);
    else this.#pins.delete(run);
    return left <= 0;
  }

  isPinned(run: number): boolean {
    return this.#pins.has(run);
  }

  await(run: number, record: RunRecord): void {
    const list = this.#awaited.get(run);
    if (list === undefined) this.#awaited.set(run, [record]);
    else list.push(record);
  }

  /** The runs that wait for a value which will not come; they wait for it no longer. */
  giveUp(run: number): readonly RunRecord[] {
    const waiters = this.#awaited.get(run) ?? [];
    this.#awaited.delete(run);
    return waiters;
  }

  isAwaitedBy(run: number, record: RunRecord): boolean {
    return this.#awaited.get(run)?.includes(record) === true;
  }

  /** Keeps the inline results of a batch in mind. */
  remember(batch: DoneBatch): void {
    this.#recent.push(batch);
    this.#recentRuns += batch.run.length;
    while (this.#recentRuns > this.#recentLimit && this.#recent.length > 1) {
      this.#recentRuns -= (this.#recent.shift() as DoneBatch).run.length;
    }
  }

  /** The bytes of a remembered inline result. */
  recall(run: number): Uint8Array | undefined {
    return this.recallDone(run)?.inline;
  }

  /** A remembered inline result as a batch of its own, to be reported once more. */
  recallDone(run: number): DoneBatch | undefined {
    for (let b = this.#recent.length - 1; b >= 0; b--) {
      const batch = this.#recent[b] as DoneBatch;
      const i = batch.run.indexOf(run);
      if (i < 0) continue;
      const inline = batch.inline.subarray(batch.inlineStart[i], batch.inlineStart[i + 1]);
      if (inline.length === 0) return undefined;
      return {
        run: Float64Array.of(run),
        nbytes: batch.nbytes.slice(i, i + 1),
        tookMs: batch.tookMs.slice(i, i + 1),
        inlineStart: Uint32Array.of(0, inline.length),
        inline,
      };
    }
    return undefined;
  }
}
