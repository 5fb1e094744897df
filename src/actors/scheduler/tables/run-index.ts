/**
 * Which task a run belongs to. Runs of this term are numbers in a row, and those of interest lie close together, so
 * they are kept in pages of 64; a page is given back when its last run is. Runs of earlier terms, found on workers
 * after a take-over, are few and stand in a map.
 */

import { grown } from "./grow.js";

const pageBits = 6;
const pageSize = 1 << pageBits;
const offsetMask = pageSize - 1;

export class RunIndex {
  readonly #first: number;
  /** Page `p` stands at `p * pageSize`; -1 is no task. */
  #pages = new Int32Array(16 * pageSize).fill(-1);
  #used = new Uint8Array(16);
  #pageCount = 0;
  readonly #free: number[] = [];
  readonly #pageOf = new Map<number, number>();
  readonly #earlier = new Map<number, number>();
  /** The page looked up last: runs come in order, so it is nearly always the right one. */
  #lastId = -1;
  #lastPage = -1;

  /** @param first the lowest run of this term. */
  constructor(first: number) {
    this.#first = first;
  }

  get(run: number): number {
    const counter = run - this.#first;
    if (!(counter >= 0 && counter < 4294967296)) return this.#earlier.get(run) ?? -1;
    const page = this.#find(Math.floor(counter / pageSize));
    return page < 0 ? -1 : this.#pages[page * pageSize + (counter & offsetMask)]!;
  }

  set(run: number, slot: number): void {
    const counter = run - this.#first;
    if (!(counter >= 0 && counter < 4294967296)) {
      this.#earlier.set(run, slot);
      return;
    }
    const id = Math.floor(counter / pageSize);
    let page = this.#find(id);
    if (page < 0) page = this.#addPage(id);
    const at = page * pageSize + (counter & offsetMask);
    if (this.#pages[at]! < 0) this.#used[page]!++;
    this.#pages[at] = slot;
  }

  delete(run: number): void {
    const counter = run - this.#first;
    if (!(counter >= 0 && counter < 4294967296)) {
      this.#earlier.delete(run);
      return;
    }
    const id = Math.floor(counter / pageSize);
    const page = this.#find(id);
    if (page < 0) return;
    const at = page * pageSize + (counter & offsetMask);
    if (this.#pages[at]! < 0) return;
    this.#pages[at] = -1;
    if (--this.#used[page]! > 0) return;
    this.#pageOf.delete(id);
    this.#free.push(page);
    this.#lastId = -1;
  }

  #find(id: number): number {
    if (id === this.#lastId) return this.#lastPage;
    const page = this.#pageOf.get(id);
    if (page === undefined) return -1;
    this.#lastId = id;
    this.#lastPage = page;
    return page;
  }

  #addPage(id: number): number {
    const page = this.#free.pop() ?? this.#pageCount++;
    if (page === this.#used.length) {
      this.#used = grown(this.#used, page * 2);
      this.#pages = grown(this.#pages, page * 2 * pageSize, -1);
    }
    this.#pageOf.set(id, page);
    this.#lastId = id;
    this.#lastPage = page;
    return page;
  }
}
