/**
 * The way back from any task to something ready: from each task to the first of its needs that has not run.
 *
 * Ways only get shorter at their far end, as tasks run, and then go on elsewhere. Each task on a known way keeps the
 * next one and a leap further on, spaced so that the last task not yet run is found in logarithmic time (jump
 * pointers: E. W. Myers, "An applicative random-access stack", Inf. Process. Lett. 17, 1983). So a task is passed
 * step by step only when one of its needs has run, and many goals may share one long way.
 */

import type { GraphIndex } from "../graph-index.js";
import type { Execution } from "./execution.js";

const unknown = -1;

export class Ways {
  readonly #depStart: Int32Array;
  readonly #rows: Int32Array;
  readonly #execution: Execution;
  /** Where in its row the first need that has not run may stand. */
  readonly #cursor: Int32Array;
  readonly #next: Int32Array;
  readonly #leap: Int32Array;
  /** Steps from here to the end of the way when it was laid. */
  readonly #steps: Int32Array;
  readonly #fresh: number[] = [];

  constructor(index: GraphIndex, rows: Int32Array, execution: Execution) {
    this.#depStart = index.depStart;
    this.#rows = rows;
    this.#execution = execution;
    this.#cursor = new Int32Array(index.size);
    this.#next = new Int32Array(index.size);
    this.#leap = new Int32Array(index.size);
    this.#steps = new Int32Array(index.size);
  }

  begin(members: Int32Array): void {
    for (let i = 0; i < members.length; i++) {
      const v = members[i]!;
      this.#cursor[v] = this.#depStart[v]!;
      this.#next[v] = unknown;
    }
  }

  /** The ready task that the way from `goal`, which has not run, ends at. */
  end(goal: number): number {
    const execution = this.#execution;
    const next = this.#next;
    const leap = this.#leap;
    const rows = this.#rows;
    const fresh = this.#fresh;
    let v = goal;
    while (!execution.isReady(v)) {
      if (next[v] !== unknown) {
        if (!execution.isDone(leap[v]!)) {
          v = leap[v]!;
          continue;
        }
        if (!execution.isDone(next[v]!)) {
          v = next[v]!;
          continue;
        }
      }
      let e = this.#cursor[v]!;
      while (execution.isDone(rows[e]!)) e++;
      this.#cursor[v] = e;
      next[v] = rows[e]!;
      fresh.push(v);
      v = rows[e]!;
    }
    this.#leap[v] = v;
    this.#steps[v] = 0;
    for (let w = fresh.pop(); w !== undefined; w = fresh.pop()) this.#lay(w);
    return v;
  }

  #lay(v: number): void {
    const leap = this.#leap;
    const steps = this.#steps;
    const n = this.#next[v]!;
    const far = leap[n]!;
    const toFar = steps[n]! - steps[far]!;
    const onwards = steps[far]! - steps[leap[far]!]!;
    steps[v] = steps[n]! + 1;
    leap[v] = toFar === onwards ? leap[far]! : n;
  }
}
