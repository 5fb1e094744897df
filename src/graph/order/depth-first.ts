/**
 * The plain candidate: depth first from each output, and at once whatever costs nothing.
 *
 * With the rows of `labelsOf`, dearest need first, this is the Sethi–Ullman order, the best there is where no result
 * is needed twice. With the rows as written it follows whatever sense the author's order has.
 */

import type { GraphIndex } from "../graph-index.js";
import type { Execution } from "./execution.js";

export class DepthFirst {
  readonly #depStart: Int32Array;
  readonly #rows: Int32Array;
  readonly #cursor: Int32Array;

  constructor(index: GraphIndex, rows: Int32Array) {
    this.#depStart = index.depStart;
    this.#rows = rows;
    this.#cursor = new Int32Array(index.size);
  }

  /** Runs all that `outputs` need, output by output; gives up as soon as more than `limit` results are held. */
  run(execution: Execution, outputs: Int32Array, limit: number): void {
    const cursor = this.#cursor;
    const rows = this.#rows;
    const path: number[] = [];
    for (const output of outputs) {
      if (execution.isDone(output)) continue;
      if (execution.peak > limit) return;
      cursor[output] = this.#depStart[output]!;
      path.push(output);
      while (path.length > 0 && execution.peak <= limit) {
        const v = path[path.length - 1]!;
        if (execution.isDone(v)) path.pop();
        else if (execution.isReady(v)) {
          path.pop();
          execution.run(v);
        } else {
          let e = cursor[v]!;
          while (execution.isDone(rows[e]!)) e++;
          cursor[v] = e;
          const next = rows[e]!;
          cursor[next] = this.#depStart[next]!;
          path.push(next);
        }
      }
    }
  }
}
