/**
 * Asynchronous tasks of a thread that are under way: how many places they take, and which of them has been told to
 * stop. Each settles once: by its own end, or by being given up, whichever comes first.
 */

import { CancelledError } from "../../errors.js";
import type { TaskRun } from "./task-run.js";

export interface PendingEvents {
  finished(run: TaskRun, value: unknown): void;
  failed(run: TaskRun, thrown: unknown): void;
  /** There is a place for another task. */
  placeFree(): void;
}

export class PendingRuns {
  readonly #graceMs: number;
  readonly #events: PendingEvents;
  readonly #bySlot = new Map<number, TaskRun>();
  #occupied = 0;

  /** @param graceMs a task that was told to stop is given up after this. */
  constructor(graceMs: number, events: PendingEvents) {
    this.#graceMs = graceMs;
    this.#events = events;
  }

  /** Places that are taken. */
  get occupied(): number {
    return this.#occupied;
  }

  /** Those under way, with those that have given up their places. */
  get count(): number {
    return this.#bySlot.size;
  }

  add(run: TaskRun, pending: PromiseLike<unknown>): void {
    if (!run.hasSeceded) this.#occupied++;
    this.#bySlot.set(run.slot, run);
    pending.then(
      (value) => {
        if (this.#settles(run)) this.#events.finished(run, value);
      },
      (thrown: unknown) => {
        if (this.#settles(run)) this.#events.failed(run, thrown);
      },
    );
  }

  /** Its place is free for another task from here on. */
  seceded(run: TaskRun): void {
    if (this.#bySlot.get(run.slot) === run) this.#occupied--;
    this.#events.placeFree();
  }

  /** Tells a task to stop. One that does not is given up: it holds a promise, not the thread. */
  abort(slot: number, reason: string): void {
    const run = this.#bySlot.get(slot);
    if (run === undefined) return;
    const error = new CancelledError("The task", reason);
    run.abort(error);
    setTimeout(() => {
      if (this.#settles(run)) this.#events.failed(run, error);
    }, this.#graceMs);
  }

  /** True once for each run: whoever comes first has the say. */
  #settles(run: TaskRun): boolean {
    if (this.#bySlot.get(run.slot) !== run) return false;
    this.#bySlot.delete(run.slot);
    if (!run.hasSeceded) this.#occupied--;
    this.#events.placeFree();
    return true;
  }
}
