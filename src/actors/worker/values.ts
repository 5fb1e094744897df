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
  /** It came with an incarnation that was given up, and so is no more than an offer. */
  readonly gift?: true;
}

/** All that is known of one value: there is an entry for as long as it is held, needed or waited for. */
class Entry {
  held: HeldValue | undefined;
  /** How many runs here have it among their inputs. */
  pins = 0;
  waiters: RunRecord[] | undefined;
}

export class Values {
  readonly #entries = new Map<number, Entry>();
  readonly #recent: RecentRuns;
  /** Order-independent digest of the listed values. */
  digest = 0;
  listedBytes = 0;

  constructor(recentLimit: number) {
    this.#recent = new RecentRuns(recentLimit);
  }

  /** The value, if it is held. */
  get(run: number): HeldValue | undefined {
    return this.#entries.get(run)?.held;
  }

  has(run: number): boolean {
    return this.get(run) !== undefined;
  }

  /** All that are held. */
  all(): HeldValue[] {
    return [...this.#entries.values()].flatMap(({ held }) => (held === undefined ? [] : [held]));
  }

  sizeOf(run: number): number | undefined {
    return this.get(run)?.nbytes;
  }

  keyOf(run: number): string | undefined {
    return this.get(run)?.key;
  }

  /** Notes a value that is now in the store, and returns the runs that waited for it. */
  add(value: HeldValue): readonly RunRecord[] {
    const entry = this.#entry(value.run);
    if (entry.held === undefined) {
      entry.held = value;
      if (value.listed) this.#count(value, 1);
    }
    const { waiters } = entry;
    entry.waiters = undefined;
    return waiters ?? nobody;
  }

  /** Forgets a value; the shell is to drop it. False when it was not held. */
  delete(run: number): boolean {
    const entry = this.#entries.get(run);
    if (entry?.held === undefined) return false;
    if (entry.held.listed) this.#count(entry.held, -1);
    entry.held = undefined;
    this.#dropIfEmpty(run, entry);
    return true;
  }

  /** The scheduler does not count on the copy any more; runs here may. */
  unlist(run: number): void {
    const value = this.get(run);
    if (value?.listed !== true) return;
    value.listed = false;
    this.#count(value, -1);
  }

  /** The scheduler is told that there is a copy here. False when there is none. */
  list(run: number): boolean {
    const value = this.get(run);
    if (value === undefined || value.listed) return value !== undefined;
    value.listed = true;
    this.#count(value, 1);
    return true;
  }

  #count({ run, nbytes }: HeldValue, by: 1 | -1): void {
    this.digest = (this.digest ^ runHash(run)) >>> 0;
    this.listedBytes += by * nbytes;
  }

  /** One run more needs it. */
  pin(run: number): void {
    this.#entry(run).pins++;
  }

  /**
   * One run less needs it. True when it was held for runs alone, and that was the last: it is forgotten, and the shell
   * is to drop it.
   */
  unpin(run: number): boolean {
    const entry = this.#entries.get(run);
    if (entry === undefined || --entry.pins > 0) return false;
    entry.pins = 0;
    // Whoever is still noted as waiting for it is gone, too.
    entry.waiters = undefined;
    const isNobodys = entry.held?.listed === false;
    if (isNobodys) entry.held = undefined;
    this.#dropIfEmpty(run, entry);
    return isNobodys;
  }

  isPinned(run: number): boolean {
    return (this.#entries.get(run)?.pins ?? 0) > 0;
  }

  await(run: number, record: RunRecord): void {
    const entry = this.#entry(run);
    if (entry.waiters === undefined) entry.waiters = [record];
    else entry.waiters.push(record);
  }

  /** The runs that wait for a value. */
  waiters(run: number): readonly RunRecord[] {
    return this.#entries.get(run)?.waiters ?? nobody;
  }

  /** The runs that wait for a value which will not come; they wait for it no longer. */
  giveUp(run: number): readonly RunRecord[] {
    const entry = this.#entries.get(run);
    const waiters = entry?.waiters;
    if (entry === undefined || waiters === undefined) return nobody;
    entry.waiters = undefined;
    this.#dropIfEmpty(run, entry);
    return waiters;
  }

  isAwaitedBy(run: number, record: RunRecord): boolean {
    return this.waiters(run).includes(record);
  }

  #entry(run: number): Entry {
    const known = this.#entries.get(run);
    if (known !== undefined) return known;
    const entry = new Entry();
    this.#entries.set(run, entry);
    return entry;
  }

  #dropIfEmpty(run: number, { held, pins, waiters }: Entry): void {
    if (held === undefined && pins === 0 && waiters === undefined) this.#entries.delete(run);
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
