/** Time and chance in the hands of a test: the `sync` scheduler's surroundings with a clock that stands still. */

import type { LogFields } from "../../src/executor/current-task.js";
import type { LogLevel, Surroundings } from "../../src/executor/sync/surroundings.js";

interface Timer {
  readonly dueMs: number;
  readonly fire: () => void;
}

export class ManualSurroundings implements Surroundings {
  readonly lines: { key: string; level: LogLevel; message: string; fields: LogFields | undefined }[] = [];
  /** How often the event loop was given its turn. */
  turns = 0;
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, then: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + ms, fire: then };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  nextTurn(then: () => void): void {
    this.turns++;
    setImmediate(then);
  }

  random(): number {
    return 0.5;
  }

  log(key: string, level: LogLevel, message: string, fields: LogFields | undefined): void {
    this.lines.push({ key, level, message, fields });
  }

  /** How long until each timer that is set, soonest first. */
  get waits(): number[] {
    return [...this.#timers].map((timer) => timer.dueMs - this.#nowMs).sort((a, b) => a - b);
  }

  /** Lets time pass without anything getting its turn, as a busy function does. */
  spend(ms: number): void {
    this.#nowMs += ms;
  }

  /** Lets time pass, fires what is due, and gives promises and turns the time they need. */
  async advance(ms: number): Promise<void> {
    this.#nowMs += ms;
    for (const timer of this.#timers) {
      if (timer.dueMs <= this.#nowMs && this.#timers.delete(timer)) timer.fire();
    }
    await settled();
  }
}

/** Resolves when promises and immediates that are under way have had their turns. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
