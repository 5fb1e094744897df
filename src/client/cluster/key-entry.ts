/** What a client knows of one key that it holds: what became of it, and who waits for that. */

import { inlineOutcome, pending } from "../../actors/client/outcome.js";
import type { InlineValues, Outcome } from "../../actors/client/stimuli.js";

/** Told once: the bytes of the value, which stand from `start` up to `end`, or why there is none. */
export interface ValueWaiter {
  arrived(bytes: Uint8Array, start: number, end: number): void;
  failed(error: Error): void;
}

/** Handles on a key, whoever waits for it, and what became of it. */
export class KeyEntry {
  handles = 1;
  /** An error made here, which the scheduler knows nothing of. */
  failure: Error | undefined;
  /** Waiting for the value: nearly always one, and one costs no array. */
  forValue: ValueWaiter | ValueWaiter[] | undefined;
  /** Waiting only for the key to be settled. */
  forEnd: (() => void)[] | undefined;
  #outcome: Outcome = pending;
  /** Where its value stands among those that came with it: an outcome is made of it when somebody asks. */
  #values: InlineValues | undefined;
  #row = 0;

  get outcome(): Outcome {
    return this.#values === undefined ? this.#outcome : inlineOutcome(this.#values, this.#row);
  }

  get isPending(): boolean {
    return this.#values === undefined && this.#outcome.state === "pending";
  }

  set(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#values = undefined;
  }

  setInline(values: InlineValues, row: number): void {
    this.#values = values;
    this.#row = row;
  }

  wait(waiter: ValueWaiter): void {
    const { forValue } = this;
    if (forValue === undefined) this.forValue = waiter;
    else if (Array.isArray(forValue)) forValue.push(waiter);
    else this.forValue = [forValue, waiter];
  }

  /** False when it did not wait. */
  unwait(waiter: ValueWaiter): boolean {
    const waiting = this.waiting();
    const others = waiting.filter((each) => each !== waiter);
    this.forValue = others.length === 0 ? undefined : others;
    return others.length < waiting.length;
  }

  /** Whoever waits for the value. */
  waiting(): readonly ValueWaiter[] {
    const { forValue } = this;
    if (forValue === undefined) return [];
    return Array.isArray(forValue) ? forValue : [forValue];
  }
}
