/** The first elements of a bag. */

import type { GraphSource } from "../../graph/source.js";
import { Lazy } from "../lazy.js";
import { runner, type ComputeOptions } from "../runner.js";
import { checkWhole } from "./check.js";
import { partitionsFrom, partitionsHolding, taken } from "./ops/rearrange.js";
import type { Partitioned } from "./partitioned.js";

/**
 * A graph says beforehand what it needs, and how many partitions hold n elements is known only afterwards. So the
 * graph of this value needs all that may be needed; computed by itself, it goes round by round.
 */
export class LazyTake<T> extends Lazy<T[]> {
  readonly #bag: Partitioned;
  readonly #n: number;

  constructor(bag: Partitioned, n: number) {
    checkWhole(n, 0, "bag.take(n)");
    const { key, source } = taken(bag, n, partitionsHolding(bag, n));
    super(key, source);
    this.#bag = bag;
    this.#n = n;
  }

  override async compute(options?: ComputeOptions): Promise<T[]> {
    const bag = this.#bag;
    const needed = partitionsHolding(bag, this.#n);
    // Where partitions share work, or their lengths are known, rounds would only repeat it.
    if (!bag.blockwise || bag.shape.lengths !== undefined) return super.compute(options);
    const found: T[] = [];
    for (let from = 0, size = 1; from < needed && found.length < this.#n; from += size, size = from) {
      const some = partitionsFrom(bag, from, from + size);
      const { key, source } = taken(some, this.#n - found.length, some.keys.length);
      for (const item of await runner().compute(new Lazy<T[]>(key, source), options)) found.push(item);
    }
    return found;
  }

  override over(source: GraphSource): Lazy<T[]> {
    return new Lazy<T[]>(this.key, source);
  }
}
