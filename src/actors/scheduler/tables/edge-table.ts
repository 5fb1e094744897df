/**
 * The edges between tasks. The dependencies of a task are a row of consecutive edges; the dependents of a task are a
 * doubly linked list through the edges that point to it, so that adding and removing one costs the same however
 * many there are.
 *
 * Rows that are given back are used again for rows of the same size.
 */

import { grown } from "./grow.js";

/** Free rows up to this size are kept by exact size, larger ones by the next power of two. */
const exactSizes = 64;

export class EdgeTable {
  /** The slot an edge points to: the dependency. */
  to = new Int32Array(256);
  /** The slot an edge belongs to: the dependent. */
  of = new Int32Array(256);
  /** Neighbours among the edges to the same dependency, or -1. */
  next = new Int32Array(256);
  previous = new Int32Array(256);
  #size = 0;
  /** First free row by size class, or -1; linked through `next`. */
  readonly #free = new Int32Array(exactSizes + 32).fill(-1);

  /** The first edge of a new row of `count` edges. */
  addRow(count: number): number {
    if (count === 0) return 0;
    const row = sizeClass(count);
    const free = this.#free[row]!;
    if (free >= 0) {
      this.#free[row] = this.next[free]!;
      return free;
    }
    const start = this.#size;
    this.#size += roomOf(count);
    if (this.#size > this.to.length) this.#grow(Math.max(this.#size, this.to.length * 2));
    return start;
  }

  removeRow(start: number, count: number): void {
    if (count === 0) return;
    const row = sizeClass(count);
    this.next[start] = this.#free[row]!;
    this.#free[row] = start;
  }

  /** Makes room for `count` more edges at once. */
  reserve(count: number): void {
    const needed = this.#size + count;
    if (needed > this.to.length) this.#grow(Math.max(needed, Math.ceil(this.to.length * 1.5)));
  }

  #grow(capacity: number): void {
    this.to = grown(this.to, capacity);
    this.of = grown(this.of, capacity);
    this.next = grown(this.next, capacity);
    this.previous = grown(this.previous, capacity);
  }
}

function sizeClass(count: number): number {
  return count <= exactSizes ? count : exactSizes + (32 - Math.clz32(count - 1)) - 6;
}

function roomOf(count: number): number {
  return count <= exactSizes ? count : 2 ** (32 - Math.clz32(count - 1));
}
