/**
 * The types of lazy values and bags. What matters is that this file compiles: a wrong type fails the type check. Run, it
 * shows that the values have the types that are promised.
 */

import { expect } from "chai";
import { Bag } from "../../../src/collections/bag/bag.js";
import type { Collection, Computed } from "../../../src/collections/collection.js";
import { delayed, type Delayed } from "../../../src/collections/delayed.js";
import type { Lazy } from "../../../src/collections/lazy.js";
import { computePlain } from "../../support/compute-plain.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when `L` and `E` are the same type. */
function typed<E>() {
  return <L>(value: L, ..._same: Equal<L, E> extends true ? [] : [{ is: L; shouldBe: E }]): L => value;
}

interface Point {
  readonly x: number;
  readonly label?: string;
}

describe("The types of delayed functions", () => {
  it("take values and lazy values alike, and give lazy values", async () => {
    const add = delayed((a: number, b: number) => a + b);
    const sum = typed<Lazy<number>>()(add(add(1, 2), 3));
    expect(await computePlain(sum)).to.equal(6);
    // @ts-expect-error a lazy string is no number
    add(delayed(() => "text")(), 1);
    // @ts-expect-error an argument is missing
    add(1);
  });

  it("keep optional, rest and union parameters", async () => {
    const join = delayed((first: string, sep: string | number = "", ...rest: boolean[]) =>
      [first, ...rest].join(String(sep)),
    );
    const flag: Lazy<boolean> = delayed((x: boolean) => !x)(false);
    expect(await computePlain(join("a"))).to.equal("a");
    expect(await computePlain(join("a", delayed(() => 1)(), flag, false))).to.equal("a1true1false");
  });

  it("take structures of lazy values, and collections for arrays", async () => {
    const shift = delayed((points: readonly Point[], by: { dx: number }) => points.map(({ x }) => x + by.dx));
    const x = delayed(() => 1)();
    const shifted = typed<Lazy<number[]>>()(shift([{ x }, { x: 2, label: "b" }], { dx: x }));
    expect(await computePlain(shifted)).to.deep.equal([2, 3]);
    const points: Bag<Point> = Bag.of([{ x: 5 }]);
    expect(await computePlain(shift(points, { dx: 1 }))).to.deep.equal([6]);
    // @ts-expect-error a bag of strings is no array of points
    shift(Bag.of(["a"]), { dx: 1 });
  });

  it("give what promises give, and take callbacks with inferred parameters", async () => {
    const later = typed<Lazy<{ a: number }>>()(delayed(async () => Promise.resolve({ a: 1 }))());
    const pick = delayed((object: { a: number }, get: (o: { a: number }) => number) => get(object));
    expect(await computePlain(pick(later, (o) => o.a))).to.equal(1);
  });

  it("are those of the function inside where a bag calls it", async () => {
    const half: Delayed<[x: number], number> = delayed((x: number) => x / 2);
    const mapped = typed<Bag<number>>()(Bag.of([4]).map(half));
    expect(await computePlain(mapped)).to.deep.equal([2]);
  });
});

describe("The types of computed structures", () => {
  it("have values in the place of lazy values and collections", () => {
    interface Structure {
      a: Lazy<number>;
      b: readonly [Bag<string>, "plain"];
    }
    typed<{ a: number; b: [string[], "plain"] }>()(
      undefined as unknown as Computed<{ [K in keyof Structure]: Structure[K] }>,
    );
    typed<number[]>()(undefined as unknown as Computed<Bag<number>>);
    const wide: Collection<readonly unknown[]> = Bag.of([1]);
    expect(wide.outputs).to.have.length(1);
  });
});

describe("The types of bags", () => {
  const points = Bag.of<Point>([{ x: 1 }, { x: 2, label: "two" }], { partitions: 1 });

  it("follow the elements through map, filter, flatMap and pluck", async () => {
    typed<Bag<string>>()(points.map(({ x }) => String(x)));
    typed<Bag<string>>()(points.map(async ({ x }) => Promise.resolve(String(x))));
    typed<Bag<string>>()(points.pluck("label").filter((label) => label !== undefined));
    typed<Bag<Point>>()(points.filter(async ({ x }) => Promise.resolve(x > 1)));
    typed<Bag<number | string>>()(points.flatMap(({ x }) => (x > 1 ? [x, "more"] : x)));
    typed<Bag<string | number>>()(points.pluck("label", 0));
    typed<Bag<[number, string | undefined]>>()(points.pluck(["x", "label"]));
    typed<Bag<string>>()(Bag.of(["a b"]).flatMap((line) => line.match(/\w/g) ?? []));
    // @ts-expect-error there is no such property
    const wrong = () => points.pluck("y");
    expect(wrong).to.be.a("function");
  });

  it("follow keys and values through groups, folds, joins and zips", async () => {
    typed<Bag<[boolean, Point[]]>>()(points.groupBy(({ x }) => x > 1));
    typed<Bag<[number, Point[]]>>()(points.groupBy("x"));
    typed<Bag<[Point, number]>>()(points.frequencies());
    typed<Bag<[Point, Date]>>()(points.join([new Date(0)], "x", (date) => date.getTime()));
    typed<Bag<[Point, string, number]>>()(points.zip(["a"], Bag.range(3)));
    typed<Bag<[number, string[]]>>()(
      points.foldBy(
        "x",
        (all, { x }) => [...all, String(x)],
        (a, b) => [...a, ...b],
        [] as string[],
      ),
    );
    typed<Lazy<number>>()(
      points.fold(
        (sum, { x }) => sum + x,
        (a, b) => a + b,
        0,
      ),
    );
    typed<Lazy<Point>>()(points.reduce((a, b) => (a.x > b.x ? a : b)));
    typed<Bag<string>>()(points.accumulate((text, { x }) => text + x, ""));
    typed<Lazy<Point[]>>()(points.take(1));
    expect(await computePlain(points.join([2], "x", (n) => n))).to.deep.equal([[{ x: 2, label: "two" }, 2]]);
  });

  it("allow sums of numbers and text files of strings only", () => {
    const labels = Bag.of(["a"]);
    // @ts-expect-error strings do not add up
    const sum = () => labels.sum();
    // @ts-expect-error numbers are no lines
    const write = () => Bag.range(3).toText("out");
    // @ts-expect-error folding into another type needs a way to combine
    const fold = () => points.fold((sum: number, { x }) => sum + x, 0);
    expect([sum, write, fold]).to.have.length(3);
    typed<Lazy<number>>()(labels.count());
  });
});
