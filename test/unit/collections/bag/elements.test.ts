/** Which elements are equal, how they are ordered, and what happens to the objects they are. */

import { expect } from "chai";
import fc from "fast-check";
import { Bag } from "../../../../src/collections/bag/bag.js";
import { compare } from "../../../../src/collections/bag/compare.js";
import { identityOf } from "../../../../src/collections/bag/identity.js";
import { bagOfRuns } from "../../../support/bags.js";
import { computePlain } from "../../../support/compute-plain.js";

const same = (a: unknown, b: unknown): boolean => new Set([identityOf(a), identityOf(b)]).size === 1;

describe("Two elements are equal", () => {
  it("by SameValueZero when they are primitive", () => {
    for (const [a, b] of [
      [NaN, NaN],
      [0, -0],
      ["x", "x"],
      [10n, 10n],
      [undefined, undefined],
    ])
      expect(same(a, b), String(a)).to.equal(true);
    for (const [a, b] of [
      [1, "1"],
      [1, 1n],
      [1, true],
      [null, undefined],
      ["", 0],
      [null, "null"],
      [Symbol("a"), Symbol("a")],
    ])
      expect(same(a, b), String(a)).to.equal(false);
  });

  it("by their contents when they are arrays, plain objects, dates, maps, sets or bytes", () => {
    const pairs: readonly (readonly [unknown, unknown])[] = [
      [
        [1, ["a", null]],
        [1, ["a", null]],
      ],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [[0], [-0]],
      [[NaN], [NaN]],
      [new Date(5), new Date(5)],
      [new Map([[1, 2]]), new Map([[1, 2]])],
      [[new Set([1])], [new Set([1])]],
      [Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
      [Object.create(null), {}],
    ];
    for (const [a, b] of pairs) expect(same(a, b)).to.equal(true);
  });

  it("only when nothing in them differs, their types included", () => {
    const different: readonly unknown[] = (
      [
        [[1], ["1"], [1n], [true], [null], [undefined], [[1]], [], [[]], {}, [{}], { 0: 1 }],
        [{ a: 1 }, { a: "1" }, { b: 1 }, { a: 1, b: 1 }, { a: { a: 1 } }, { a: undefined }, { "a:1": 1 }],
        [["a,b"], ["a", "b"], ['a","b'], { a: "b}" }, { 'a":1,"b': 1 }, ["null"], ["undefined"], ["NaN"]],
        [new Date(1), [new Date(1)], "date 1", 1, [1, 1], new Map([[1, 1]]), new Set([1]), Uint8Array.of(1)],
        ["[1]", "\u0000", "\u0000([1]", "\u0000\u0000([1]", "\u0000#", "{}", '{"a":1}', "#"],
      ] as unknown[][]
    ).flat();
    expect(new Set(different.map(identityOf)).size).to.equal(different.length);
  });

  it("also when they are large, deep or circular", () => {
    const deep = (depth: number): unknown => {
      let value: unknown = [];
      for (let i = 0; i < depth; i++) value = [value];
      return value;
    };
    expect(same(deep(50_000), deep(50_000))).to.equal(true);
    expect(same(deep(50_000), deep(49_999))).to.equal(false);
    const large = (last: number): number[] => [...Array<number>(2_000).fill(1), last];
    expect(same(large(1), large(1))).to.equal(true);
    expect(same(large(1), large(2))).to.equal(false);
    const circular = (): object => {
      const value: { self?: object } = {};
      value.self = value;
      return value;
    };
    expect(same(circular(), circular())).to.equal(true);
    const wide = Array.from({ length: 40 }, () => circular());
    expect(same(wide, [...wide])).to.equal(true);
  });

  it("when JSON says so, for JSON values without negative zeros", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
        const sorted = (value: unknown): string =>
          JSON.stringify(value, (_, part: unknown) =>
            typeof part === "object" && part !== null && !Array.isArray(part)
              ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1)))
              : part,
          );
        const copy: unknown = JSON.parse(JSON.stringify(a));
        expect(same(a, copy)).to.equal(true);
        expect(same(a, b)).to.equal(sorted(a) === sorted(b));
      }),
    );
  });
});

describe("The order of elements", () => {
  const ordered: fc.Arbitrary<unknown> = fc.oneof(
    fc.constantFrom<unknown>(1, 1n, 2.5, 2n, -Infinity, NaN, 0, -0),
  );

  it("is total among numbers, bigints and NaN", () => {
    fc.assert(
      fc.property(ordered, ordered, ordered, (a, b, c) => {
        expect(compare(a, b, "test")).to.equal(-compare(b, a, "test") + 0);
        if (compare(a, b, "test") <= 0 && compare(b, c, "test") <= 0)
          expect(compare(a, c, "test")).to.be.at.most(0);
      }),
    );
  });

  it("puts NaN and dates that are none before all others", () => {
    expect(compare(NaN, -Infinity, "test")).to.equal(-1);
    expect(compare(new Date(NaN), new Date(-1), "test")).to.equal(-1);
    expect(compare(false, true, "test")).to.equal(-1);
    expect(compare("B", "a", "test")).to.equal(-1);
  });
});

describe("The elements of a bag", () => {
  it("are cut off from later changes to the array they came from", async () => {
    const items = [1, 2, 3];
    const bag = Bag.of(items, { partitions: 1 });
    items.push(4);
    items[0] = 9;
    expect(await computePlain(bag)).to.deep.equal([1, 2, 3]);
  });

  it("may come from any iterable, which is read once", async () => {
    let read = 0;
    const bag = Bag.of(
      (function* () {
        for (; read < 5; read++) yield read;
      })(),
    );
    expect(await computePlain(bag)).to.deep.equal([0, 1, 2, 3, 4]);
    expect(await computePlain(Bag.of(new Map([["a", 1]])))).to.deep.equal([["a", 1]]);
    expect(await computePlain(Bag.of("añ"))).to.deep.equal(["a", "ñ"]);
    expect(await computePlain(Bag.of(Float32Array.of(1.5)))).to.deep.equal([1.5]);
  });

  it("may be references, tasks and functions, which are taken for data", async () => {
    const fn = (): number => 1;
    const { ref, Ref } = await import("../../../../src/graph/ref.js");
    const items = [ref("nowhere"), { deep: ref("nowhere") }, fn];
    const [first, second, third] = await computePlain(Bag.of<unknown>(items));
    expect(first).to.be.instanceOf(Ref);
    expect(second).to.equal(items[1]);
    expect(third).to.equal(fn);
  });

  it("are handed to callbacks alone, without index or array", async () => {
    const counts = Bag.of(["1", "2", "3"]).map((...args: readonly unknown[]) => args.length);
    expect(await computePlain(counts)).to.deep.equal([1, 1, 1]);
    expect(await computePlain(Bag.of(["1", "2", "3"]).map(parseInt))).to.deep.equal([1, 2, 3]);
  });

  it("are waited for one after the other within a partition", async () => {
    let running = 0;
    let most = 0;
    const slow = async (x: number): Promise<number> => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return x;
    };
    await computePlain(Bag.of([1, 2, 3], { partitions: 1 }).map(slow));
    expect(most).to.equal(1);
  });

  it("may be plucked by name, index and several names, with a value for what is missing", async () => {
    const people = Bag.of<{ name: string; age?: number }>([{ name: "a", age: 1 }, { name: "b" }]);
    expect(await computePlain(people.pluck("age"))).to.deep.equal([1, undefined]);
    expect(await computePlain(people.pluck("age", 0))).to.deep.equal([1, 0]);
    expect(await computePlain(people.pluck(["name", "age"]))).to.deep.equal([
      ["a", 1],
      ["b", undefined],
    ]);
    expect(await computePlain(people.pluck(["name", "age"], "-"))).to.deep.equal([
      ["a", 1],
      ["b", "-"],
    ]);
    const pairs = Bag.of<[string, number]>([["a", 1]]);
    expect(await computePlain(pairs.pluck(1))).to.deep.equal([1]);
  });

  it("are folded from copies of the initial value, so that folding twice gives the same", async () => {
    for (const initial of [new Map<number, number>(), () => new Map<number, number>()]) {
      const folded = bagOfRuns([[1, 2], [], [1]]).fold(
        (counts, x) => counts.set(x, (counts.get(x) ?? 0) + 1),
        (a, b) => {
          const both = new Map(a);
          for (const [x, n] of b) both.set(x, (both.get(x) ?? 0) + n);
          return both;
        },
        initial,
      );
      const expected = new Map([
        [1, 2],
        [2, 1],
      ]);
      expect(await computePlain(folded)).to.deep.equal(expected);
      expect(await computePlain(folded)).to.deep.equal(expected);
    }
  });

  it("are folded into class instances that a function makes", async () => {
    class Total {
      sum = 0;
      add(x: number): this {
        this.sum += x;
        return this;
      }
    }
    const folded = bagOfRuns([[1, 2], [3]]).fold(
      (total, x) => total.add(x),
      (a, b) => new Total().add(a.sum).add(b.sum),
      () => new Total(),
    );
    expect(await computePlain(folded))
      .to.be.instanceOf(Total)
      .with.property("sum", 6);
  });
});
