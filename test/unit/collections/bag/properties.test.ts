/** Every method of bags against the same thing done to one plain array, over random elements and partitionings. */

import { isDeepStrictEqual } from "node:util";
import { expect } from "chai";
import fc from "fast-check";
import { Bag } from "../../../../src/collections/bag/bag.js";
import { anyValue, smallInteger, someBag } from "../../../support/bags.js";
import { computePlain } from "../../../support/compute-plain.js";

const numbers = someBag(smallInteger);
const values = someBag(anyValue);

/** What the bags' documentation calls equal, written the slow way. */
function equal(a: unknown, b: unknown): boolean {
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  return a === b || isDeepStrictEqual(a, b);
}

function holds<A>(arbitrary: fc.Arbitrary<A>, check: (a: A) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(arbitrary, check), { numRuns: 150 });
}

/** Elements by key, in order of the keys' first appearance. */
function grouped<T>(items: readonly T[], by: (item: T) => unknown): [unknown, T[]][] {
  const groups: [unknown, T[]][] = [];
  for (const item of items) {
    const group = groups.find(([key]) => equal(key, by(item)));
    if (group === undefined) groups.push([by(item), [item]]);
    else group[1].push(item);
  }
  return groups;
}

describe("A bag gives what a plain array gives", () => {
  it("as a whole", () =>
    holds(values, async ({ items, bag }) => {
      expect(await computePlain(bag)).to.deep.equal(items);
    }));

  it("for map, filter, flatMap and pluck in a row", () =>
    holds(numbers, async ({ items, bag }) => {
      const result = bag
        .map((x) => ({ x, half: x / 2 }))
        .filter(({ x }) => x % 2 === 0)
        .flatMap(({ x, half }) => (x === 0 ? [] : [{ v: x }, { v: half }]))
        .pluck("v");
      const expected = items.filter((x) => x % 2 === 0).flatMap((x) => (x === 0 ? [] : [x, x / 2]));
      expect(await computePlain(result)).to.deep.equal(expected);
    }));

  it("for map, filter and flatMap with callbacks that are asynchronous now and then", () =>
    holds(numbers, async ({ items, bag }) => {
      const late = <T>(x: number, value: T): T | Promise<T> => (x > 0 ? Promise.resolve(value) : value);
      expect(await computePlain(bag.map((x) => late(x, x + 1)))).to.deep.equal(items.map((x) => x + 1));
      expect(await computePlain(bag.filter((x) => late(x, x % 2 === 0)))).to.deep.equal(
        items.filter((x) => x % 2 === 0),
      );
      expect(await computePlain(bag.flatMap((x) => late(x, [x, x])))).to.deep.equal(
        items.flatMap((x) => [x, x]),
      );
    }));

  it("for flatMap whose results are arrays, nested arrays and no arrays", () =>
    holds(values, async ({ items, bag }) => {
      expect(await computePlain(bag.flatMap((x) => (x === null ? [[x]] : x)))).to.deep.equal(
        items.flatMap((x) => (x === null ? [[x]] : x)),
      );
    }));

  it("for fold and reduce with a function that is associative and not commutative", () =>
    holds(someBag<string>(fc.constantFrom("a", "b", "c", "")), async ({ items, bag }) => {
      const splitEvery = 2;
      const join = (a: string, b: string): string => a + b;
      expect(await computePlain(bag.fold(join, ">"))).to.equal(items.reduce(join, ">"));
      expect(await computePlain(bag.fold(join, undefined, ">", { splitEvery }))).to.equal(
        items.reduce(join, ">"),
      );
      expect(await computePlain(bag.reduce(join, "<"))).to.equal(items.reduce(join, "<"));
      if (items.length > 0) {
        expect(await computePlain(bag.reduce(join, undefined, { splitEvery }))).to.equal(items.reduce(join));
      }
    }));

  it("for fold into something else, which the callback may change", () =>
    holds(values, async ({ items, bag }) => {
      const folded = bag.fold(
        (all, item) => {
          all.push(item);
          return all;
        },
        (a, b) => [...a, ...b],
        [] as unknown[],
        { splitEvery: 2 },
      );
      expect(await computePlain(folded)).to.deep.equal(items);
      expect(await computePlain(folded)).to.deep.equal(items);
    }));

  it("for count, sum, mean, min and max", () =>
    holds(fc.tuple(numbers, fc.integer({ min: 2, max: 4 })), async ([{ items, bag }, splitEvery]) => {
      const sum = items.reduce((a, b) => a + b, 0);
      expect(await computePlain(bag.count({ splitEvery }))).to.equal(items.length);
      expect(await computePlain(bag.sum({ splitEvery }))).to.equal(sum);
      if (items.length === 0) return;
      expect(await computePlain(bag.mean({ splitEvery }))).to.equal(sum / items.length);
      expect(await computePlain(bag.min({ splitEvery }))).to.equal(Math.min(...items));
      expect(await computePlain(bag.max({ splitEvery }))).to.equal(Math.max(...items));
    }));

  it("for min and max of strings, bigints and dates", () => {
    const kinds = fc.oneof(
      someBag<unknown>(fc.string({ maxLength: 2 })),
      someBag<unknown>(fc.bigInt({ min: -3n, max: 3n })),
      someBag<unknown>(fc.constantFrom(0, 5, 9).map((time) => new Date(time))),
    );
    return holds(kinds, async ({ items, bag }) => {
      if (items.length === 0) return;
      const ordered = [...items].sort(
        (a, b) => Number((a as number) > (b as number)) - Number((a as number) < (b as number)),
      );
      expect(await computePlain(bag.min())).to.deep.equal(ordered[0]);
      expect(await computePlain(bag.max())).to.deep.equal(ordered.at(-1));
    });
  });

  it("for min and max of numbers with NaN among them, which is then the answer", () =>
    holds(someBag(fc.constantFrom(1, 2, NaN)), async ({ items, bag }) => {
      if (items.length === 0) return;
      expect(await computePlain(bag.min())).to.deep.equal(Math.min(...items));
      expect(await computePlain(bag.max())).to.deep.equal(Math.max(...items));
    }));

  it("for distinct, with and without a key", () =>
    holds(values, async ({ items, bag }) => {
      const firsts = (by: (x: unknown) => unknown): unknown[] =>
        grouped(items, by).map(([, [first]]) => first);
      expect(await computePlain(bag.distinct(undefined, { splitEvery: 2 }))).to.deep.equal(firsts((x) => x));
      expect(await computePlain(bag.distinct((x) => typeof x))).to.deep.equal(firsts((x) => typeof x));
    }));

  it("for frequencies", () =>
    holds(values, async ({ items, bag }) => {
      const expected = grouped(items, (x) => x).map(([value, all]) => [value, all.length]);
      expect(await computePlain(bag.frequencies({ splitEvery: 2 }))).to.deep.equal(expected);
    }));

  it("for groupBy, into any number of partitions", () =>
    holds(fc.tuple(values, fc.integer({ min: 1, max: 7 })), async ([{ items, bag }, partitions]) => {
      const place = items.map((value, i) => ({ value, i }));
      const withPlaces = bag.zip(place.map(({ i }) => i)).map(([value, i]) => ({ value, i }));
      const groups = withPlaces.groupBy((x) => x.value, { partitions });
      expect(groups.partitions).to.equal(partitions);
      expect(await computePlain(groups)).to.deep.equal(grouped(place, (x) => x.value));
      expect(await computePlain(withPlaces.groupBy("value"))).to.deep.equal(grouped(place, (x) => x.value));
    }));

  it("for foldBy, with and without combine and initial value", () =>
    holds(numbers, async ({ items, bag }) => {
      const by = (x: number): boolean => x % 2 === 0;
      const groups = grouped(items, by);
      const add = (a: number, b: number): number => a + b;
      expect(await computePlain(bag.foldBy(by, add))).to.deep.equal(
        groups.map(([key, all]) => [key, all.reduce(add)]),
      );
      expect(await computePlain(bag.foldBy(by, add, 100))).to.deep.equal(
        groups.map(([key, all]) => [key, all.reduce(add, 100)]),
      );
      const lists = bag.foldBy(
        by,
        (all, x) => {
          all.push(x);
          return all;
        },
        (a, b) => [...a, ...b],
        () => [] as number[],
        { splitEvery: 2 },
      );
      expect(await computePlain(lists)).to.deep.equal(groups);
    }));

  it("for topK: a stable sort from above, cut off", () => {
    const element = fc.record({ rank: fc.constantFrom(1, 2, 3, NaN), id: fc.nat(99) });
    return holds(fc.tuple(someBag(element), fc.nat(8)), async ([{ items, bag }, k]) => {
      const height = (x: { rank: number }): number => (Number.isNaN(x.rank) ? -Infinity : x.rank);
      const expected = [...items].sort((a, b) => Math.sign(height(b) - height(a)) || 0).slice(0, k);
      expect(await computePlain(bag.topK(k, "rank", { splitEvery: 2 }))).to.deep.equal(expected);
      expect(await computePlain(bag.topK(k, (x) => x.rank))).to.deep.equal(expected);
    });
  });

  it("for join with an array and with a bag of any partitioning", () =>
    holds(fc.tuple(values, someBag(anyValue)), async ([{ items, bag }, other]) => {
      const expected = items.flatMap((a) => other.items.filter((b) => equal(a, b)).map((b) => [a, b]));
      const self = (x: unknown): unknown => x;
      expect(await computePlain(bag.join(other.bag, self))).to.deep.equal(expected);
      expect(await computePlain(bag.join(other.items, self, self))).to.deep.equal(expected);
    }));

  it("for join by different keys on both sides", () => {
    const left = someBag(fc.record({ id: fc.nat(3), name: fc.constantFrom("x", "y") }));
    return holds(fc.tuple(left, numbers), async ([{ items, bag }, other]) => {
      const expected = items.flatMap((a) =>
        other.items.filter((b) => a.id === Math.abs(b)).map((b) => [a, b]),
      );
      expect(await computePlain(bag.join(other.bag, "id", Math.abs))).to.deep.equal(expected);
    });
  });

  it("for zip of bags and arrays whose partitions do not fit together", () =>
    holds(fc.tuple(values, numbers, values), async ([a, b, c]) => {
      const length = Math.min(a.items.length, b.items.length, c.items.length);
      const expected = Array.from({ length }, (_, i) => [a.items[i], b.items[i], c.items[i]]);
      expect(await computePlain(a.bag.zip(b.bag, c.bag))).to.deep.equal(expected);
      expect(await computePlain(a.bag.zip(b.items, c.bag))).to.deep.equal(expected);
      expect(await computePlain(a.bag.zip(b.items, c.items))).to.deep.equal(expected);
      expect(await computePlain(a.bag.zip())).to.deep.equal(a.items.map((x) => [x]));
    }));

  it("for zip of a bag with what was mapped from it", () =>
    holds(numbers, async ({ items, bag }) => {
      expect(await computePlain(bag.zip(bag.map((x) => -x)))).to.deep.equal(items.map((x) => [x, -x]));
    }));

  it("for accumulate, with and without an initial value", () =>
    holds(numbers, async ({ items, bag }) => {
      const running = (start: readonly string[], rest: readonly (string | number)[]): string[] => {
        const out = [...start];
        for (const item of rest) out.push(`${out.at(-1) ?? ""}${item},`);
        return out;
      };
      const step = (text: string, x: string | number): string => `${text}${x},`;
      expect(await computePlain(bag.accumulate(step, "0:"))).to.deep.equal(running(["0:"], items));
      const sums = items.map((_, i) => items.slice(0, i + 1).reduce((a, b) => a + b));
      expect(await computePlain(bag.accumulate((a, b) => a + b))).to.deep.equal(sums);
    }));

  it("for take", () =>
    holds(fc.tuple(values, fc.nat(30)), async ([{ items, bag }, n]) => {
      expect(await computePlain(bag.take(n))).to.deep.equal(items.slice(0, n));
    }));

  it("for repartition into any number of partitions, and back", () =>
    holds(fc.tuple(values, fc.integer({ min: 1, max: 40 })), async ([{ items, bag }, n]) => {
      const other = bag.repartition(n);
      expect(other.partitions).to.equal(n);
      expect(await computePlain(other)).to.deep.equal(items);
      expect(await computePlain(other.repartition(bag.partitions))).to.deep.equal(items);
    }));

  it("for concat of bags and arrays, a bag with itself among them", () =>
    holds(fc.tuple(values, values), async ([a, b]) => {
      expect(await computePlain(a.bag.concat(b.bag, a.bag, b.items))).to.deep.equal([
        ...a.items,
        ...b.items,
        ...a.items,
        ...b.items,
      ]);
    }));

  it("for mapPartitions with sorting in place, which changes nobody else's elements", () =>
    holds(numbers, async ({ items, bag }) => {
      const sorted = bag.repartition(1).mapPartitions((all) => all.sort((a, b) => a - b));
      const both = sorted.concat(bag);
      expect(await computePlain(both)).to.deep.equal([...[...items].sort((a, b) => a - b), ...items]);
    }));

  it("for a range, in any number of partitions", () =>
    holds(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 60 })), async ([n, partitions]) => {
      expect(await computePlain(Bag.range(n, { partitions }))).to.deep.equal([...Array(n).keys()]);
      expect(await computePlain(Bag.range(n))).to.deep.equal([...Array(n).keys()]);
    }));

  it("for operations upon each other's results", () =>
    holds(fc.tuple(numbers, fc.integer({ min: 1, max: 5 })), async ([{ items, bag }, partitions]) => {
      const result = bag
        .groupBy((x) => Math.abs(x), { partitions })
        .map(([key, all]) => ({ key, size: all.length }))
        .join(bag.frequencies(), "key", 0)
        .map(([group, [value, count]]) => [group.key, group.size, value, count]);
      const expected = grouped(items, Math.abs).flatMap(([key, all]) =>
        grouped(items, (x) => x)
          .filter(([value]) => value === key)
          .map(([value, same]) => [key, all.length, value, same.length]),
      );
      expect(await computePlain(result)).to.deep.equal(expected);
    }));
});
