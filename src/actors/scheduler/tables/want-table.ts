/**
 * Which clients want which tasks: sets, never counters. The wants of a task are a list through the rows of this
 * table; a row also remembers whether its client was told how the task ended.
 */

import { grown } from "./grow.js";

export class WantTable {
  client = new Int32Array(64).fill(-1);
  slot = new Int32Array(64);
  next = new Int32Array(64);
  /** How the client was told that the task has settled: 0 not yet, 1 with the next drain, 2 it was. */
  told = new Uint8Array(64);
  /** Rows from here on were never used. */
  size = 0;
  #free = -1;

  /** A row at the head of a list that began with `first`. */
  add(client: number, slot: number, first: number): number {
    const row = this.#free >= 0 ? this.#free : this.#extend();
    if (row === this.#free) this.#free = this.next[row]!;
    this.client[row] = client;
    this.slot[row] = slot;
    this.next[row] = first;
    this.told[row] = 0;
    return row;
  }

  /** Takes a row, which is no longer in any list, back. */
  remove(row: number): void {
    this.client[row] = -1;
    this.next[row] = this.#free;
    this.#free = row;
  }

  #extend(): number {
    if (this.size === this.client.length) {
      const capacity = this.size * 2;
      this.client = grown(this.client, capacity, -1);
      this.slot = grown(this.slot, capacity);
      this.next = grown(this.next, capacity);
      this.told = grown(this.told, capacity);
    }
    return this.size++;
  }
}
