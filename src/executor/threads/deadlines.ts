/**
 * Which runs of a thread must end by when: those with a time limit of their own, once they have begun, and those that
 * were told to stop. One timer, for the earliest of them.
 */

import type { WireError } from "../../protocol/messages.js";
import { standingClockMs } from "./slots.js";
import type { ThreadRuns } from "./thread-runs.js";

export interface DeadlineEvents {
  /** The run of this slot is to be told to stop. */
  tellToStop(slot: number, reason: string): void;
  /** One that was told did not. */
  hasNotStopped(): void;
}

/** A run that is to stop: what it then fails with, and when the thread is ended if it has not. */
interface Stopping {
  readonly error: WireError;
  readonly deadline: number;
}

/** What the thread has beyond the grace to give up an asynchronous task by itself. */
const answerMs = 200;

export class Deadlines {
  readonly #graceMs: number;
  readonly #events: DeadlineEvents;
  /** Slots whose time limit is being watched. */
  readonly #timed = new Set<number>();
  readonly #stopping = new Map<number, Stopping>();
  #timer: NodeJS.Timeout | undefined;

  constructor(graceMs: number, events: DeadlineEvents) {
    this.#graceMs = graceMs;
    this.#events = events;
  }

  /** Runs were given to the thread. */
  added(runs: ThreadRuns, slots: Uint32Array): void {
    for (const slot of slots) if (runs.at(slot)?.options?.timeoutMs !== undefined) this.#timed.add(slot);
    if (this.#timed.size > 0) this.watch(runs);
  }

  /** Tells a run to stop, unless it was told before. */
  stop(slot: number, error: WireError): void {
    if (this.#stopping.has(slot)) return;
    this.#stopping.set(slot, { error, deadline: standingClockMs() + this.#graceMs + answerMs });
    this.#events.tellToStop(slot, error.message);
  }

  /** What the run of a slot was told to stop for. */
  whyStopped(slot: number): WireError | undefined {
    return this.#stopping.get(slot)?.error;
  }

  /** The run has ended, or was taken back. */
  ended(slot: number): void {
    this.#stopping.delete(slot);
    this.#timed.delete(slot);
  }

  takenBack(slot: number): void {
    this.#timed.delete(slot);
  }

  /** Looks after time limits and graces. */
  watch(runs: ThreadRuns): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const now = standingClockMs();
    let next = this.#stopOverdue(runs, now);
    for (const { deadline } of this.#stopping.values()) {
      if (deadline <= now) return this.#events.hasNotStopped();
      next = Math.min(next, deadline - now);
    }
    if (next < Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.watch(runs), Math.max(1, next));
  }

  /** Stops what has run for too long; gives how long the next one has. */
  #stopOverdue(runs: ThreadRuns, now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const slot of this.#timed) {
      const limit = runs.at(slot)?.options?.timeoutMs as number;
      const left = runs.hasBegun(slot) ? runs.startedAt(slot) + limit - now : limit;
      if (left > 0) next = Math.min(next, left);
      else {
        this.#timed.delete(slot);
        this.stop(slot, timedOut(limit));
      }
    }
    return next;
  }

  /** The thread is gone. Gives the slots of what was told to stop, and why. */
  clear(): readonly (readonly [slot: number, WireError])[] {
    clearTimeout(this.#timer);
    const stopped = [...this.#stopping].map(([slot, { error }]) => [slot, error] as const);
    this.#stopping.clear();
    this.#timed.clear();
    return stopped;
  }
}

function timedOut(timeoutMs: number): WireError {
  const message = `it ran longer than its timeoutMs of ${timeoutMs} ms`;
  return {
    kind: "timeout",
    name: "TaskTimeoutError",
    code: "ERR_TASK_TIMEOUT",
    message,
    details: { timeoutMs },
  };
}
