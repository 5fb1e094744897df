/**
 * A simulated run: which tasks are done, which results are held, and what runs at once because it costs nothing.
 *
 * A ready task that frees at least as many results as it adds is run at once. This never raises the peak: the
 * number of results held is a submodular function of the set of finished tasks, so moving such a task forward
 * adds to no later moment. What is left to decide is only which of the tasks that add a result runs next.
 *
 * Invariants
 * 1. `order[0 … at-1]` are the tasks that ran, each once, each after all it needs.
 * 2. Between two calls no waiting task is both ready and free of cost.
 * 3. `users[d]` is the number of data dependents of `d` that have not run; `userSum[d]` the xor of their ids, so
 *    that the last of them is known without a search.
 */

import type { GraphIndex } from "../graph-index.js";

const waiting = 0;
const queued = 1;
const done = 2;

export class Execution {
  readonly order: Int32Array;
  /** How many tasks have run. */
  at = 0;
  /** The most results held when a task started. */
  peak = 0;
  /** The sum of the results held over the starts of all tasks. */
  total = 0;
  /** Tasks that became ready, but add a result, since the reader last emptied this list. */
  readonly readied: number[] = [];

  readonly #index: GraphIndex;
  readonly #allUsers: Int32Array;
  readonly #allUserSums: Int32Array;
  readonly #needed: Int32Array;
  readonly #users: Int32Array;
  readonly #userSum: Int32Array;
  readonly #phase: Uint8Array;
  readonly #free: number[] = [];
  #held = 0;

  constructor(index: GraphIndex) {
    const { size, depStart, dataEnd, dep } = index;
    this.#index = index;
    this.order = new Int32Array(size);
    this.#needed = new Int32Array(size);
    this.#users = new Int32Array(size);
    this.#userSum = new Int32Array(size);
    this.#phase = new Uint8Array(size);
    this.#allUsers = new Int32Array(size);
    this.#allUserSums = new Int32Array(size);
    for (let v = 0; v < size; v++) {
      for (let e = depStart[v]!; e < dataEnd[v]!; e++) {
        this.#allUsers[dep[e]!]!++;
        this.#allUserSums[dep[e]!]! ^= v;
      }
    }
  }

  /** Forgets all that ran; `members` are the tasks of the next run. */
  begin(members: Int32Array): void {
    const { depStart } = this.#index;
    for (let i = 0; i < members.length; i++) {
      const v = members[i]!;
      this.#needed[v] = depStart[v + 1]! - depStart[v]!;
      this.#users[v] = this.#allUsers[v]!;
      this.#userSum[v] = this.#allUserSums[v]!;
      this.#phase[v] = waiting;
    }
    this.at = this.peak = this.total = this.#held = 0;
    this.readied.length = 0;
  }

  isDone(v: number): boolean {
    return this.#phase[v] === done;
  }

  isReady(v: number): boolean {
    return this.#needed[v] === 0;
  }

  /** Whether `v` has run and its result is still needed. */
  isHeld(v: number): boolean {
    return this.#phase[v] === done && this.#users[v]! > 0;
  }

  /** Runs the ready task `v`, then all that has become free of cost. */
  run(v: number): void {
    this.#step(v);
    for (let next = this.#free.pop(); next !== undefined; next = this.#free.pop()) this.#step(next);
  }

  #step(v: number): void {
    const { depStart, dataEnd, dep, dependentStart, dependent } = this.#index;
    const needed = this.#needed;
    const users = this.#users;
    const phase = this.#phase;
    let held = this.#held;
    phase[v] = done;
    this.order[this.at++] = v;
    this.total += held;
    if (held > this.peak) this.peak = held;
    if (users[v]! > 0) held++;
    for (let e = depStart[v]!, end = dataEnd[v]!; e < end; e++) {
      const d = dep[e]!;
      this.#userSum[d]! ^= v;
      const left = --users[d]!;
      if (left === 0) held--;
      else if (left === 1) {
        const last = this.#userSum[d]!;
        if (needed[last] === 0 && phase[last] === waiting) this.#queue(last);
      }
    }
    this.#held = held;
    // Backwards, because free tasks are taken from the end: equals run in order of insertion.
    for (let e = dependentStart[v + 1]! - 1, end = dependentStart[v]!; e >= end; e--) {
      const w = dependent[e]!;
      if (--needed[w]! > 0) continue;
      if (this.#costsNothing(w)) this.#queue(w);
      else this.readied.push(w);
    }
  }

  #queue(v: number): void {
    this.#phase[v] = queued;
    this.#free.push(v);
  }

  /** Whether running the ready task `w` frees as many results as it adds. */
  #costsNothing(w: number): boolean {
    const users = this.#users;
    if (users[w] === 0) return true;
    const { depStart, dataEnd, dep } = this.#index;
    for (let e = depStart[w]!, end = dataEnd[w]!; e < end; e++) if (users[dep[e]!] === 1) return true;
    return false;
  }
}
