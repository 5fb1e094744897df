/** Bags for property tests: any elements, partitioned in any way a bag can be. */

import fc from "fast-check";
import { Bag } from "../../src/collections/bag/bag.js";
import { delayed } from "../../src/collections/delayed.js";

export interface SomeBag<T> {
  /** The elements in order. */
  readonly items: T[];
  readonly bag: Bag<T>;
  /** How the bag was made, for reports of failed properties. */
  readonly made: string;
}

/** At most 24 elements in 1 to 6 runs, empty ones among them; their lengths known beforehand or not. */
export function someBag<T>(element: fc.Arbitrary<T>): fc.Arbitrary<SomeBag<T>> {
  return fc
    .record({
      runs: fc.array(fc.array(element, { maxLength: 4 }), { minLength: 1, maxLength: 6 }),
      form: fc.constantFrom("of", "delayed", "concat"),
      partitions: fc.integer({ min: 1, max: 30 }),
    })
    .map(({ runs, form, partitions }) => {
      const items = runs.flat();
      const made = `${form} ${fc.stringify(runs)}, ${partitions}`;
      if (form === "of") return { items, bag: Bag.of(items, { partitions }), made };
      if (form === "delayed") return { items, bag: bagOfRuns(runs), made };
      const bags = runs.map((run, i) => (i % 2 === 0 ? Bag.of(run) : bagOfRuns([run])));
      return { items, bag: Bag.concat(...bags), made };
    });
}

/** A bag with exactly these partitions, whose lengths nobody knows before they are computed. */
export function bagOfRuns<T>(runs: readonly (readonly T[])[]): Bag<T> {
  return Bag.fromDelayed(runs.map((run) => delayed(() => [...run], { name: "run" })()));
}

/** Values of many kinds, few enough that equal ones meet. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer({ min: -1, max: 3 }),
  fc.constantFrom<unknown>("", "a", "1", "null", "\u0000", "\u0000(null"),
  fc.constantFrom<unknown>(NaN, 0, -0, 1n, true, false, null, undefined),
  fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 2 }),
  fc.record({ a: fc.constantFrom<unknown>(1, "1", [1], null) }, { noNullPrototype: true }),
  fc.constantFrom(0, 1, NaN).map((time) => new Date(time)),
);

export const smallInteger = fc.integer({ min: -5, max: 5 });
