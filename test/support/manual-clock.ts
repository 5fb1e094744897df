/** A clock that stands still until it is told to go on; what is deferred runs before any time passes. */

import type { Clock } from "../../src/actors/runtime/clock.js";

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  private nowMs = 0;
  private deferred: (() => void)[] = [];
  private timers: Timer[] = [];

  now(): number {
    return this.nowMs;
  }

  setTimer(atMs: number, run: () => void): () => void {
    const timer = { atMs, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  defer(run: () => void): void {
    this.deferred.push(run);
  }

  get pendingTimers(): number {
    return this.timers.length;
  }

  /** Runs what is deferred, and what that defers, without letting time pass. */
  settle(): void {
    for (let turns = 0; this.deferred.length > 0; turns += 1) {
      if (turns > 10_000) throw new Error("turn follows turn without end");
      const due = this.deferred;
      this.deferred = [];
      for (const run of due) run();
    }
  }

  /** Lets so much time pass, ringing timers on the way. */
  advance(ms: number): void {
    const until = this.nowMs + ms;
    for (let steps = 0; ; steps += 1) {
      this.settle();
      if (steps > 100_000) throw new Error("timer follows timer without end");
      const [next] = this.timers.toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > until) break;
      this.timers = this.timers.filter((each) => each !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = until;
  }

  /** The event loop stands still: time passes, and no timer rings until the next `advance`. */
  stall(ms: number): void {
    this.nowMs += ms;
  }
}
