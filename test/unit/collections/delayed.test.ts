/** `delayed` and `Lazy`: arguments, keys, graphs, depth. */

import { inspect } from "node:util";
import { expect } from "chai";
import fc from "fast-check";
import { Bag } from "../../../src/collections/bag/bag.js";
import { delayed } from "../../../src/collections/delayed.js";
import { Lazy } from "../../../src/collections/lazy.js";
import { FunctionAsDataError, InvalidArgumentError, TokenizeError } from "../../../src/errors.js";
import { isWrapper, unwrapFunction } from "../../../src/graph/functions.js";
import { collectGraph } from "../../../src/graph/source.js";
import { task, type Task } from "../../../src/graph/task.js";
import { bagOfRuns } from "../../support/bags.js";
import { computePlain, failurePlain, persistPlain } from "../../support/compute-plain.js";

const inc = delayed((x: number) => x + 1, { name: "inc" });
const same = delayed((x: unknown) => x, { name: "same" });
const pureAdd = delayed((x: number, y: number) => x + y, { name: "add", pure: true });

/** The one task of a call that has no lazy arguments. */
function taskOf(lazy: Lazy<unknown>): Task {
  return lazy.graph.get(lazy.key) as Task;
}

describe("A delayed function", () => {
  it("runs nothing until it is computed", async () => {
    let calls = 0;
    const count = delayed(() => ++calls);
    const lazy = count();
    expect(lazy.graph.size).to.equal(1);
    expect(calls).to.equal(0);
    expect(await computePlain(lazy)).to.equal(1);
  });

  it("takes plain values, lazy values, and both at once", async () => {
    const add = delayed((a: number, b: number) => a + b);
    expect(await computePlain(add(inc(1), 2))).to.equal(4);
    expect(await computePlain(add(inc(1), inc(inc(2))))).to.equal(6);
  });

  it("waits for what its function promises", async () => {
    const later = delayed(async (x: number) => Promise.resolve(x * 2));
    const lazy: Lazy<number> = later(later(3));
    expect(await computePlain(lazy)).to.equal(12);
  });

  it("takes lazy values at any depth of arrays and plain objects", async () => {
    const value = { a: [inc(1), { b: inc(2) }], c: [[[inc(3)]]], d: "plain" };
    expect(await computePlain(same(value))).to.deep.equal({ a: [2, { b: 3 }], c: [[[4]]], d: "plain" });
  });

  it("passes structure without lazy values on as the very same object", async () => {
    const plain = { deep: [{ deeper: [1, 2, 3] }] };
    const [kept] = (await computePlain(same([plain, inc(1)]))) as [unknown, number];
    expect(kept).to.equal(plain);
  });

  it("takes class instances, maps and typed arrays as they are", async () => {
    const map = new Map([[1, inc(1)]]);
    const bytes = new Uint8Array(3);
    expect(await computePlain(same(map))).to.equal(map);
    expect(await computePlain(same(bytes))).to.equal(bytes);
  });

  it("keeps shared and circular structure around lazy values", async () => {
    const shared: { value: Lazy<number>; self?: unknown } = { value: inc(1) };
    shared.self = shared;
    const [a, b] = (await computePlain(same([shared, shared]))) as { value: number; self: unknown }[];
    expect(a).to.equal(b);
    expect(a?.self).to.equal(a);
    expect(a?.value).to.equal(2);
  });

  it("takes a property called __proto__ for a property", async () => {
    const value = JSON.parse('{"__proto__": 1}') as Record<string, unknown>;
    Object.defineProperty(value, "__proto__", { value: inc(1), enumerable: true });
    const result = (await computePlain(same(value))) as object;
    expect(Object.getOwnPropertyDescriptor(result, "__proto__")?.value).to.equal(2);
    expect(Object.getPrototypeOf(result)).to.equal(Object.prototype);
  });

  it("takes arguments nested 100,000 deep", async () => {
    let nested: unknown = [inc(1)];
    for (let i = 0; i < 100_000; i++) nested = [nested];
    let result = await computePlain(same(nested));
    for (let i = 0; i <= 100_000; i++) result = (result as unknown[])[0];
    expect(result).to.equal(2);
  });

  it("takes a bag for the array of its elements", async () => {
    const sum = delayed((xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
    for (const bag of [bagOfRuns([[1], [], [2, 3]]), Bag.of([1, 2, 3], { partitions: 1 })]) {
      expect(await computePlain(sum(bag))).to.equal(6);
      expect(await computePlain(same({ all: [bag, bag] }))).to.deep.equal({
        all: [
          [1, 2, 3],
          [1, 2, 3],
        ],
      });
    }
  });

  it("takes functions for arguments", async () => {
    const apply = delayed((fn: (x: number) => number, x: number) => fn(x));
    expect(await computePlain(apply((x) => x * 3, 4))).to.equal(12);
  });

  it("refuses a delayed function among its arguments that was not called", () => {
    expect(() => same([inc])).to.throw(FunctionAsDataError, /inc\(…\)/);
  });

  it("refuses anything but a function, saying what to do", () => {
    for (const wrong of [[1, 2], 5, undefined, null, "fn", { a: 1 }]) {
      expect(() => delayed(wrong as never)).to.throw(InvalidArgumentError, /delayed\(fn\).*Give a function/);
    }
  });

  it("refuses options it does not know, and names that are none", () => {
    const fn = (): number => 1;
    expect(() => delayed(fn, { retires: 2 } as never)).to.throw(InvalidArgumentError, /retires/);
    expect(() => delayed(fn, { retries: -1 })).to.throw(InvalidArgumentError, /retries/);
    expect(() => delayed(fn, { name: "" })).to.throw(InvalidArgumentError, /name/);
    expect(() => delayed(fn, { name: 5 as never })).to.throw(InvalidArgumentError, /name/);
  });

  it("gives its options to the tasks of its calls", () => {
    const careful = delayed((x: number) => x, { retries: 3, priority: 1 });
    expect(taskOf(careful(1)).options).to.deep.equal({ retries: 3, priority: 1 });
    expect(taskOf(inc(1)).options).to.deep.equal({});
  });

  it("stands for the function inside wherever a plain function is meant", async () => {
    const fn = (x: number): number => x * 10;
    const wrapper = delayed(fn, { name: "ten" });
    expect(isWrapper(wrapper)).to.equal(true);
    expect(unwrapFunction(wrapper)).to.equal(fn);
    expect(task(wrapper, 1).fn).to.equal(fn);
    expect(unwrapFunction(delayed(wrapper))).to.equal(fn);
    const mapped: Bag<number> = Bag.of([1, 2]).map(wrapper);
    expect(await computePlain(mapped)).to.deep.equal([10, 20]);
  });

  it("fails with what its function throws", async () => {
    const broken = delayed(() => {
      throw new RangeError("no");
    });
    expect(await failurePlain(broken())).to.be.instanceOf(RangeError);
  });
});

describe("The keys of delayed calls", () => {
  it("begin with the given name, the function's own name, or fn", () => {
    function named(): number {
      return 1;
    }
    expect(delayed(named)().key).to.match(/^named-\w+-1$/);
    expect(delayed(named, { name: "other" })().key).to.match(/^other-\w+-1$/);
    expect(
      delayed(
        (
          () => () =>
            1
        )(),
      )().key,
    ).to.match(/^fn-\w+-1$/);
  });

  it("are different for every call of a function that is not declared pure", () => {
    const keys = new Set(Array.from({ length: 1000 }, () => inc(1).key));
    expect(keys.size).to.equal(1000);
  });

  it("of pure calls are the same for the same arguments, and for nothing else", () => {
    const argument = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constantFrom(NaN, -0));
    fc.assert(
      fc.property(argument, argument, argument, argument, (a, b, c, d) => {
        const equal = Object.is(a, c) && Object.is(b, d);
        expect(pureAdd(a, b).key === pureAdd(c, d).key).to.equal(equal);
      }),
    );
  });

  it("of pure calls count lazy arguments by their keys, wherever they stand", () => {
    const one = inc(1);
    const pure = delayed((x: unknown) => x, { pure: true });
    expect(pure([one, { a: one }]).key).to.equal(pure([one, { a: one }]).key);
    expect(pure(one).key).to.not.equal(pure(inc(1)).key);
    expect(pure(one).key).to.not.equal(pure(one.key).key);
    expect(pure(pure(1)).key).to.equal(pure(pure(1)).key);
  });

  it("of pure calls are the same for two functions of the same source, and one graph takes both", async () => {
    const make = (): Lazy<number> => delayed((x: number) => x * 7, { name: "seven", pure: true })(3);
    const [a, b] = [make(), make()];
    expect(a.key).to.equal(b.key);
    expect(collectGraph([a.source, b.source]).size).to.equal(1);
    expect(await computePlain(same([a, b]))).to.deep.equal([21, 21]);
  });

  it("of pure calls differ between closures that captured different values", async () => {
    const times = (n: number): ((x: number) => number) => {
      return (x) => x * n;
    };
    const [two, three] = [times(2), times(3)];
    const pure = { name: "times", pure: true };
    const a = delayed(two, pure)(5);
    const b = delayed(three, pure)(5);
    expect(a.key).to.not.equal(b.key);
    expect(delayed(two, pure)(5).key).to.equal(a.key);
    expect(await computePlain(same([a, b]))).to.deep.equal([10, 15]);
  });

  it("of pure calls differ between bound functions of the same name", () => {
    const scale = function (this: { by: number }, x: number): number {
      return x * this.by;
    };
    const keys = [2, 3].map((by) => delayed(scale.bind({ by }), { pure: true })(1).key);
    expect(keys[0]).to.not.equal(keys[1]);
  });

  it("of pure calls differ where the tasks are to be run differently", async () => {
    const fn = (x: number): number => x;
    const a = delayed(fn, { pure: true, retries: 2 })(1);
    const b = delayed(fn, { pure: true })(1);
    expect(a.key).to.not.equal(b.key);
    expect(await computePlain(same([a, b]))).to.deep.equal([1, 1]);
  });

  it("cannot be made for a pure call with an argument that has no token; the error says where it is", () => {
    const pure = delayed((x: unknown) => x, { pure: true });
    expect(() => pure({ list: [1, Promise.resolve()] }))
      .to.throw(TokenizeError)
      .with.property("path", "args[0].list[1]");
  });
});

describe("A lazy value", () => {
  it("is printed by its key, and a bag by its first", () => {
    const lazy = inc(1);
    expect(inspect({ lazy })).to.equal(`{ lazy: Lazy <${lazy.key}> }`);
    const bag = Bag.range(9, { partitions: 3 });
    expect(inspect(bag)).to.equal(`Bag <${bag.outputs[0]} …, partitions: 3>`);
  });

  it("puts its graph together once, and shares what is shared", () => {
    const base = inc(1);
    const sum = same([inc(base), inc(base), base]);
    expect(sum.graph.size).to.equal(4);
    expect(sum.graph).to.equal(sum.graph);
    expect(sum.outputs).to.deep.equal([sum.key]);
  });

  it("may end a chain of 1,000,000 calls, and its graph is put together", function () {
    this.timeout(60_000);
    let lazy: Lazy<number> = inc(0);
    for (let i = 1; i < 1_000_000; i++) lazy = inc(lazy);
    expect(lazy.graph.size).to.equal(1_000_000);
  });

  it("is what a loop gives at the end of a chain of 20,000 calls, pure ones too", async () => {
    const pureInc = delayed((x: number) => x + 1, { pure: true });
    let lazy: Lazy<number> = inc(0);
    for (let i = 1; i < 20_000; i++) lazy = i % 2 === 0 ? inc(lazy) : pureInc(lazy);
    expect(await computePlain(lazy)).to.equal(20_000);
  });

  it("takes in 100,000 lazy values at once", async () => {
    const sum = delayed((xs: readonly number[]) => xs.reduce((a, b) => a + b, 0));
    expect(await computePlain(sum(Array.from({ length: 100_000 }, (_, i) => inc(i))))).to.equal(
      5_000_050_000,
    );
  });

  it("shares structure: doubling 50 times costs 51 tasks", async () => {
    let lazy: Lazy<number> = inc(0);
    for (let i = 0; i < 50; i++) lazy = pureAdd(lazy, lazy);
    expect(lazy.graph.size).to.equal(51);
    expect(await computePlain(lazy)).to.equal(2 ** 50);
  });

  it("that is persisted keeps its key and does not run again", async () => {
    let runs = 0;
    const counted = delayed(() => ++runs);
    const first = counted();
    const kept = await persistPlain(first);
    expect(kept).to.be.instanceOf(Lazy);
    expect(kept.key).to.equal(first.key);
    expect(await computePlain(inc(kept))).to.equal(2);
    expect(runs).to.equal(1);
  });

  it("and the same one persisted may be used in one graph, in any order, and what is finished is not run", async () => {
    let runs = 0;
    const first = delayed(() => ++runs)();
    const kept = await persistPlain(first);
    expect(await computePlain(same([first, kept, inc(first)]))).to.deep.equal([1, 1, 2]);
    expect(await computePlain(same([kept, inc(first), first]))).to.deep.equal([1, 2, 1]);
    expect(runs).to.equal(1);
  });

  it("persisted as an array of lazy values is not searched for more", async () => {
    const kept = await persistPlain(delayed(() => [{ not: "searched" }, inc(1)])());
    const [, inside] = (await computePlain(kept)) as [unknown, Lazy<number>];
    expect(inside).to.be.instanceOf(Lazy);
  });
});
