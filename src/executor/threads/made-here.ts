/**
 * Values that tasks of a thread have made and later tasks of the same message need: kept from the one to the other,
 * and not a moment longer.
 */

import type { Work } from "./messages.js";

interface Made {
  readonly value: unknown;
  /** How many rows have yet to use it. */
  left: number;
}

export class MadeHere {
  /** How many rows will use the value of a run that has not ended yet. */
  readonly #awaited = new Map<number, number>();
  readonly #made = new Map<number, Made>();

  expect({ run, uses }: Work): void {
    for (let row = 0; row < uses.length; row++) if (uses[row]! > 0) this.#awaited.set(run[row]!, uses[row]!);
  }

  /** The run has ended with this value. */
  made(run: number, value: unknown): void {
    const left = this.#awaited.get(run);
    if (left === undefined) return;
    this.#awaited.delete(run);
    this.#made.set(run, { value, left });
  }

  /** The run will not have a value here. */
  failed(run: number): void {
    this.#awaited.delete(run);
  }

  /** Whether all that row `i` needs of earlier rows was made. */
  isComplete(work: Work, i: number): boolean {
    if (work.uses.length === 0) return true;
    let complete = true;
    forEachMade(work, i, (run) => (complete &&= this.#made.has(run)));
    return complete;
  }

  value(run: number): unknown {
    return this.#made.get(run)?.value;
  }

  /** Row `i` has taken what it needs, or will not need it. */
  used(work: Work, i: number): void {
    if (work.uses.length === 0) return;
    forEachMade(work, i, (run) => {
      const made = this.#made.get(run);
      if (made !== undefined && --made.left <= 0) this.#made.delete(run);
    });
  }
}

function forEachMade({ depStart, dep, valueRun, run }: Work, i: number, visit: (run: number) => void): void {
  for (let e = depStart[i]!; e < depStart[i + 1]!; e++) {
    const row = dep[e]! - valueRun.length;
    if (row >= 0) visit(run[row]!);
  }
}
