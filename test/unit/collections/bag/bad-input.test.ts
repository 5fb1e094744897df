/** What bags refuse, when, and in what words. */

import { expect } from "chai";
import { Bag } from "../../../../src/collections/bag/bag.js";
import { delayed } from "../../../../src/collections/delayed.js";
import { EmptyBagError, InvalidArgumentError, TokenizeError } from "../../../../src/errors.js";
import { bagOfRuns } from "../../../support/bags.js";
import { computePlain, failurePlain } from "../../../support/compute-plain.js";

const bag = Bag.of([1, 2, 3], { partitions: 2 });
const empties: readonly (readonly [string, Bag<number>])[] = [
  ["Bag.of([])", Bag.of<number>([])],
  ["Bag.range(0)", Bag.range(0)],
  ["five empty partitions", Bag.of<number>([], { partitions: 5 })],
  ["nothing concatenated", Bag.concat<number>()],
  ["no delayed partitions", Bag.fromDelayed<number>([])],
  ["everything filtered out", bag.filter(() => false)],
];

for (const [name, empty] of empties) {
  describe(`An empty bag: ${name}`, () => {
    it("has at least one partition and no elements", async () => {
      expect(empty.partitions).to.be.greaterThan(0);
      expect(await computePlain(empty)).to.deep.equal([]);
    });

    it("has count and sum 0, and folds to the initial value", async () => {
      expect(await computePlain(empty.count())).to.equal(0);
      expect(await computePlain(empty.sum())).to.equal(0);
      expect(await computePlain(empty.fold((a, b) => a + b, 7))).to.equal(7);
      expect(await computePlain(empty.reduce((a, b) => a + b, 7))).to.equal(7);
      expect(await computePlain(empty.accumulate((a, b) => a + b, 7))).to.deep.equal([7]);
    });

    it("gives empty bags", async () => {
      const results = [
        [empty.map((x) => x), empty.distinct(), empty.frequencies(), empty.topK(3), empty.repartition(3)],
        [empty.groupBy((x) => x), empty.groupBy((x) => x, { partitions: 3 }), empty.join([1], (x) => x)],
        [empty.foldBy((x) => x, Math.max), empty.zip([1, 2]), empty.accumulate((a, b) => a + b)],
      ].flat();
      for (const result of results) expect(await computePlain<unknown>(result)).to.deep.equal([]);
      expect(await computePlain(empty.take(5))).to.deep.equal([]);
    });

    for (const operation of ["mean", "min", "max", "reduce"] as const) {
      it(`fails to give its ${operation} with an EmptyBagError`, async () => {
        const lazy = operation === "reduce" ? empty.reduce((a, b) => a + b) : empty[operation]();
        const error = await failurePlain(lazy);
        expect(error).to.be.instanceOf(EmptyBagError);
        expect(error.message).to.match(new RegExp(`^${operation} of an empty bag has no value\\. \\w`));
      });
    }
  });
}

describe("Building a bag", () => {
  it("of what is not iterable is refused, with a hint for asynchronous iterables", () => {
    for (const wrong of [5, null, undefined, {}, () => 1])
      expect(() => Bag.of(wrong as never)).to.throw(InvalidArgumentError, /not iterable/);
    const asynchronous = (async function* () {
      yield await Promise.resolve(1);
    })();
    expect(() => Bag.of(asynchronous as never)).to.throw(InvalidArgumentError, /Collect the asynchronous/);
  });

  it("with a wrong number of partitions is refused", () => {
    for (const partitions of [0, -1, 1.5, NaN, Infinity, "3", null]) {
      const options = { partitions: partitions as number };
      expect(() => Bag.of([1], options)).to.throw(InvalidArgumentError, /partitions/);
      expect(() => Bag.range(1, options)).to.throw(InvalidArgumentError, /partitions/);
      expect(() => bag.groupBy((x) => x, options)).to.throw(InvalidArgumentError, /partitions/);
      expect(() => bag.repartition(partitions as number)).to.throw(InvalidArgumentError, /partitions/);
    }
  });

  it("with options that are none, or unknown, is refused", () => {
    expect(() => Bag.of([1], { npartitions: 3 } as never)).to.throw(InvalidArgumentError, /npartitions/);
    expect(() => Bag.of([1], 3 as never)).to.throw(InvalidArgumentError, /options/);
    expect(() => bag.map((x) => x, { retires: 1 } as never)).to.throw(InvalidArgumentError, /retires/);
    expect(() => bag.map((x) => x, { name: "" })).to.throw(InvalidArgumentError, /name/);
    expect(() => bag.count({ splitEvery: 1 })).to.throw(InvalidArgumentError, /splitEvery/);
    expect(() => bag.sum({ split: 3 } as never)).to.throw(InvalidArgumentError, /split/);
  });

  it("of a range that is no whole number is refused", () => {
    for (const n of [-1, 1.5, NaN, "3"])
      expect(() => Bag.range(n as number)).to.throw(InvalidArgumentError, /Bag\.range/);
  });

  it("of lazy values among the elements is refused, with a way out", () => {
    const lazy = delayed(() => [1])();
    expect(() => Bag.of([1, lazy])).to.throw(InvalidArgumentError, /Bag\.fromDelayed/);
    expect(() => Bag.fromDelayed([[1]] as never)).to.throw(InvalidArgumentError, /Bag\.of/);
    expect(() => Bag.fromDelayed(5 as never)).to.throw(InvalidArgumentError, /not iterable/);
  });
});

describe("A bag's methods", () => {
  it("refuse what is no function at once, naming the method", () => {
    const none = "x => x" as never;
    const calls: Readonly<Record<string, () => unknown>> = {
      map: () => bag.map(none),
      filter: () => bag.filter(undefined as never),
      flatMap: () => bag.flatMap(none),
      mapPartitions: () => bag.mapPartitions(none),
      fold: () => bag.fold(none, 0),
      reduce: () => bag.reduce(none),
      foldBy: () => bag.foldBy((x) => x, none),
      accumulate: () => bag.accumulate(none),
    };
    for (const [method, call] of Object.entries(calls))
      expect(call, method).to.throw(InvalidArgumentError, new RegExp(`bag\\.${method}\\b.*Give a function`));
  });

  it("refuse keys that are neither functions nor names", () => {
    const none = { key: 1 } as never;
    for (const call of [
      () => bag.groupBy(none),
      () => bag.foldBy(none, Math.max),
      () => bag.distinct(none),
      () => bag.topK(1, none),
      () => bag.join([1], none),
      () => bag.join([1], (x) => x, none),
      () => bag.pluck(none),
      () => bag.pluck([none]),
    ])
      expect(call).to.throw(InvalidArgumentError, /name of a property/);
  });

  it("refuse counts that are none", () => {
    for (const n of [-1, 0.5, "2", undefined]) {
      expect(() => bag.take(n as number)).to.throw(InvalidArgumentError, /take/);
      expect(() => bag.topK(n as number)).to.throw(InvalidArgumentError, /topK/);
    }
  });

  it("refuse a fold without an initial value, or with its arguments in another order", () => {
    const add = (a: number, b: number): number => a + b;
    expect(() => bag.fold(add, ...([] as unknown as [number]))).to.throw(InvalidArgumentError, /reduce/);
    expect(() => bag.fold(add, 0 as never, add as never)).to.throw(
      InvalidArgumentError,
      /before the initial value/,
    );
    expect(() => bag.foldBy((x) => x, add, 0 as never, add as never)).to.throw(
      InvalidArgumentError,
      /before the initial value/,
    );
  });

  it("refuse other bags that are none", () => {
    expect(() => bag.zip(5 as never)).to.throw(InvalidArgumentError);
    expect(() => bag.join(5 as never, (x) => x)).to.throw(InvalidArgumentError);
    expect(() => bag.concat(5 as never)).to.throw(InvalidArgumentError);
  });
});

describe("A task of a bag", () => {
  const later = async (): Promise<number> => Promise.reject(new Error("nobody waits"));

  it("fails when a callback that must give its result at once gives a promise, and lets no rejection go unheard", async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown): number => unheard.push(reason);
    process.on("unhandledRejection", hear);
    try {
      for (const lazy of [
        bag.fold(later as never, 0),
        bag.reduce(later as never),
        bag.foldBy((x) => x % 2, later as never),
        bag.foldBy(later, Math.max),
        bag.groupBy(later),
        bag.distinct(later),
        bag.topK(1, later),
        bag.join([1], later),
        bag.accumulate(later as never),
      ]) {
        const error = await failurePlain(lazy);
        expect(error).to.be.instanceOf(InvalidArgumentError);
        expect(error.message).to.match(/promise/);
      }
      // Rejections are reported once the microtasks have run.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("unhandledRejection", hear);
    }
    expect(unheard).to.deep.equal([]);
  });

  it("fails to add what is no number, naming it", async () => {
    for (const wrong of ["5", null, undefined, 1n, {}]) {
      const numbers = bagOfRuns<unknown>([[1], [wrong]]) as Bag<number>;
      expect(await failurePlain(numbers.sum())).to.be.instanceOf(InvalidArgumentError);
      expect((await failurePlain(numbers.mean())).message).to.match(/bag\.mean: an element is/);
    }
  });

  it("fails to order what has no order, in whatever partition it stands", async () => {
    for (const runs of [[[1, undefined]], [[1], [undefined]], [[undefined], [1]], [[{}], [{}]], [[1, "1"]]]) {
      const wrong = bagOfRuns<unknown>(runs);
      for (const lazy of [wrong.min(), wrong.max(), wrong.topK(2)])
        expect(await failurePlain(lazy)).to.be.instanceOf(InvalidArgumentError);
    }
  });

  it("fails to compare objects that have no stable form, saying why", async () => {
    class Point {
      readonly x = 1;
    }
    const points = bagOfRuns<unknown>([[new Point(), new Point()]]);
    expect(await failurePlain(points.distinct())).to.be.instanceOf(TokenizeError);
    expect(await computePlain(points.distinct("x" as never))).to.have.length(1);
  });

  it("fails with what a callback throws", async () => {
    const error = await failurePlain(
      bag.map((x) => {
        if (x === 2) throw new RangeError(`not ${x}`);
        return x;
      }),
    );
    expect(error).to.be.instanceOf(RangeError).with.property("message", "not 2");
  });

  it("fails when mapPartitions is given no elements back", async () => {
    for (const wrong of [5, null, "text", {}]) {
      expect(await failurePlain(bag.mapPartitions(() => wrong as never))).to.be.instanceOf(
        InvalidArgumentError,
      );
    }
    expect(await computePlain(bag.mapPartitions((items) => new Set(items)))).to.deep.equal([1, 2, 3]);
    expect(await computePlain(bag.mapPartitions(async (items) => Promise.resolve(items)))).to.deep.equal([
      1, 2, 3,
    ]);
  });
});
