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

const nobody: readonly RunRecord[] = [];

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
  readonly #recent: RecentRuns;
  /** Order-independent digest of the listed values. */
  digest = 0;
  listedBytes = 0;

  constructor(recentLimit: number) {
    this.#recent = new RecentRuns(recentLimit);
  }

  has(run: number): boolean {
    return this.held.has(run);
  }

  sizeOf(run: number): number | undefined {
    return this.held.get(run)?.nbytes;
  }

  keyOf(run: number): string | undefined {
    return this.held.get(run)?.key;
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

  /** The runs that wait for a value. */
  waiters(run: number): readonly RunRecord[] {
    return this.#awaited.get(run) ?? nobody;
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
    this.#recent.add(batch);
  }

  /** The bytes of a remembered inline result. */
  recall(run: number): Uint8Array | undefined {
    const found = this.#recent.find(run);
    return found === undefined ? undefined : inlineOf(found.batch, found.row);
  }

  /** A remembered inline result as a batch of its own, to be reported once more. */
  recallDone(run: number): DoneBatch | undefined {
    const found = this.#recent.find(run);
    if (found === undefined) return undefined;
    const { batch, row } = found;
    const inline = inlineOf(batch, row);
    if (inline === undefined) return undefined;
    return {
      run: Float64Array.of(run),
      nbytes: batch.nbytes.slice(row, row + 1),
      tookMs: batch.tookMs.slice(row, row + 1),
      inlineStart: Uint32Array.of(0, inline.length),
      inline,
    };
  }
}

function inlineOf(batch: DoneBatch, row: number): Uint8Array | undefined {
  const [start, end] = [batch.inlineStart[row] as number, batch.inlineStart[row + 1] as number];
  return start === end ? undefined : batch.inline.subarray(start, end);
}

/**
 * Where the results of the latest runs are, each in the place that its number names: a later run of the same place takes
 * it. Runs are counted up, so what is remembered are the latest, and looking one up costs one look.
 */
class RecentRuns {
  readonly #run: Float64Array;
  readonly #row: Uint32Array;
  readonly #batch: (DoneBatch | undefined)[];

  constructor(places: number) {
    this.#run = new Float64Array(places);
    this.#row = new Uint32Array(places);
    this.#batch = Array.from({ length: places }, () => undefined);
  }

  add(batch: DoneBatch): void {
    for (let row = 0; row < batch.run.length; row++) {
      const run = batch.run[row] as number;
      const place = run % this.#run.length;
      this.#run[place] = run;
      this.#row[place] = row;
      this.#batch[place] = batch;
    }
  }

  find(run: number): { readonly batch: DoneBatch; readonly row: number } | undefined {
    const place = run % this.#run.length;
    const batch = this.#batch[place];
    return batch === undefined || this.#run[place] !== run
      ? undefined
      : { batch, row: this.#row[place] as number };
  }
}
