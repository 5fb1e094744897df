/** Parts of a graph without any edge between them, and the rim of a part, where a walk should begin. */

import type { GraphIndex } from "../graph-index.js";

export interface Rim {
  /** The output nearest to the rim. */
  readonly output: number;
  /** The output farthest from it. */
  readonly opposite: number;
  /** How near each member is: 0 for the nearest, each number once. Valid until the next part is asked for. */
  readonly nearness: Int32Array;
}

export class Parts {
  readonly #index: GraphIndex;
  /** The number of the search that last met a task. */
  readonly #met: Int32Array;
  readonly #nearness: Int32Array;
  readonly #members: Int32Array;
  /** Part `i` ends before place `ends[i]` of the members. */
  readonly #ends: number[] = [];
  #searches = 0;

  constructor(index: GraphIndex) {
    this.#index = index;
    this.#met = new Int32Array(index.size);
    this.#nearness = new Int32Array(index.size);
    this.#members = new Int32Array(index.size);
    let end = 0;
    for (let v = 0; v < index.size; v++) {
      if (this.#met[v] !== 0) continue;
      end = this.#searchAll(v, this.#members, end);
      this.#ends.push(end);
    }
  }

  get count(): number {
    return this.#ends.length;
  }

  /** The tasks of a part, from one of them outwards. A view, not to be written to. */
  members(part: number): Int32Array {
    return this.#members.subarray(part === 0 ? 0 : this.#ends[part - 1], this.#ends[part]);
  }

  /**
   * The rim of a part: near a task that is about as far from all others as there is. A front that starts there has
   * only one side, and may keep even by going on to what is nearest.
   *
   * Such a task is found as for the ordering of sparse matrices: go to the one farthest from any, and from there to
   * the farthest again (N. E. Gibbs, W. G. Poole, P. K. Stockmeyer, SIAM J. Numer. Anal. 13, 1976).
   */
  rim(members: Int32Array): Rim {
    const { dependentStart } = this.#index;
    const queue = new Int32Array(members.length);
    this.#searchAll(this.#farthest(members), queue, 0);
    this.#searchAll(this.#farthest(queue), queue, 0);
    for (let i = 0; i < queue.length; i++) this.#nearness[queue[i]!] = i;
    const output = queue.find((v) => dependentStart[v] === dependentStart[v + 1])!;
    const opposite = queue.findLast((v) => dependentStart[v] === dependentStart[v + 1])!;
    return { output, opposite, nearness: this.#nearness };
  }

  /** Of the tasks met last, one with few edges. */
  #farthest(queue: Int32Array): number {
    const { depStart, dependentStart } = this.#index;
    const edges = (v: number): number =>
      depStart[v + 1]! - depStart[v]! + dependentStart[v + 1]! - dependentStart[v]!;
    let best = queue[queue.length - 1]!;
    for (let at = queue.length - 2; at >= Math.max(0, queue.length - 64); at--) {
      if (edges(queue[at]!) < edges(best)) best = queue[at]!;
    }
    return best;
  }

  /** Puts all that is connected with `v` into `queue`, nearest first; gives the place after the last. */
  #searchAll(v: number, queue: Int32Array, from: number): number {
    const { depStart, dep, dependentStart, dependent } = this.#index;
    const met = this.#met;
    const now = ++this.#searches;
    let end = from;
    queue[end++] = v;
    met[v] = now;
    for (let at = from; at < end; at++) {
      const u = queue[at]!;
      for (let e = depStart[u]!; e < depStart[u + 1]!; e++) {
        const w = dep[e]!;
        if (met[w] === now) continue;
        met[w] = now;
        queue[end++] = w;
      }
      for (let e = dependentStart[u]!; e < dependentStart[u + 1]!; e++) {
        const w = dependent[e]!;
        if (met[w] === now) continue;
        met[w] = now;
        queue[end++] = w;
      }
    }
    return end;
  }
}
