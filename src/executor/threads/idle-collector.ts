/**
 * Lets an idle thread find out which futures its tasks have left behind. They are let go of when they are garbage, and a
 * thread without work makes too little of that for a collection to come by itself.
 */

import type { GarbageCollector } from "../garbage.js";

const afterMs = 500;

export class IdleCollector {
  readonly #garbage: GarbageCollector;
  readonly #isIdle: () => boolean;
  readonly #held: () => number;
  /** What was held when the last collection had been: reachable, for all one knows. */
  #kept = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param held how many keys the tasks' futures hold. */
  constructor(garbage: GarbageCollector, isIdle: () => boolean, held: () => number) {
    this.#garbage = garbage;
    this.#isIdle = isIdle;
    this.#held = held;
  }

  /** A turn has ended. Collects some time later, unless there is work again or nothing has been left behind. */
  turnEnded(): void {
    const held = this.#held();
    this.#kept = Math.min(this.#kept, held);
    if (held === this.#kept || this.#timer !== undefined || !this.#isIdle()) return;
    this.#timer = setTimeout(() => this.#collect(), afterMs).unref();
  }

  #collect(): void {
    this.#timer = undefined;
    if (!this.#isIdle()) return;
    this.#garbage.collect(false);
    this.#kept = this.#held();
  }
}
