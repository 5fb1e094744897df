/**
 * The tasks that workers process, one row a task, linked per worker in the order of assignment. A row lasts as long as
 * the task is processing: few of all tasks are, so what is written and read again and again lies close together.
 */

import { grown } from "./grow.js";

const smallest = 64;

export class AssignmentTable {
  slot = new Int32Array(smallest);
  /** Neighbours in the list of the worker, or -1. */
  previous = new Int32Array(smallest);
  next = new Int32Array(smallest);
  atMs = new Float64Array(smallest);
  /** When it should have ended, going by what its like took. */
  expectedAtMs = new Float64Array(smallest);
  /** What it adds to its worker's occupancy beside the time that tasks of its kind take, in milliseconds. */
  extraMs = new Float32Array(smallest);
  #size = 0;
  #free = -1;

  add(slot: number): number {
    const row = this.#free >= 0 ? this.#free : this.#extend();
    if (row === this.#free) this.#free = this.next[row]!;
    this.slot[row] = slot;
    return row;
  }

  remove(row: number): void {
    this.slot[row] = -1;
    this.next[row] = this.#free;
    this.#free = row;
  }

  #extend(): number {
    if (this.#size === this.slot.length) {
      const capacity = this.#size * 2;
      this.slot = grown(this.slot, capacity);
      this.previous = grown(this.previous, capacity);
      this.next = grown(this.next, capacity);
      this.atMs = grown(this.atMs, capacity);
      this.expectedAtMs = grown(this.expectedAtMs, capacity);
      this.extraMs = grown(this.extraMs, capacity);
    }
    return this.#size++;
  }
}
