/** Chance for a simulation: one seed, split into a generator of its own for each component. */

import { Random } from "../../actors/random.js";

export class Dice {
  readonly #random: Random;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#random = new Random(this.#seed);
  }

  /** A generator of its own: what one component draws does not change what another one does. */
  split(name: string): Dice {
    let h = (this.#seed ^ 0x9e3779b9) >>> 0;
    for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193) >>> 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    return new Dice((h ^ (h >>> 13)) >>> 0);
  }

  /** A number in [0, 1). */
  next(): number {
    return this.#random.next();
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    return this.#random.below(bound);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.#random.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.#random.below(from.length)] as T;
  }

  /** Some of them, each with this probability, in their order. */
  some<T>(from: readonly T[], probability: number): T[] {
    return from.filter(() => this.chance(probability));
  }
}
