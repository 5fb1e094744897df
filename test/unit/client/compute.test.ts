import { expect } from "chai";
import * as fc from "fast-check";
import {
  Bag,
  Graph,
  Lazy,
  compute,
  delayed,
  persist,
  ref,
  setScheduler,
  task,
  type GraphRunner,
  type RunOptions,
} from "../../../src/index.js";

const inc = delayed((x: number) => x + 1, { name: "inc" });
const add = delayed((x: number, y: number) => x + y, { name: "add" });

const graph = Graph.of({
  x: 1,
  y: task((x: number) => x + 1, ref("x")),
  z: task((x: number, y: number) => x + y, ref("y"), 10),
});

/** For tasks that tell of their runs through variables of the test: closures run in this thread alone. */
const inThisThread = { scheduler: "sync" } as const;

/** A scheduler that computes as usual and keeps how it was asked. */
class Spy implements GraphRunner {
  readonly name = "spy";
  readonly asked: { graph: Graph; keys: readonly string[]; options: RunOptions }[] = [];

  async run(graph: Graph, keys: readonly string[], options: RunOptions): Promise<unknown[]> {
    this.asked.push({ graph, keys, options });
    const results: Record<string, unknown> = { x: 1, y: 2, z: 12 };
    return keys.map((key) => results[key]);
  }
}

async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected a rejection");
}

describe("compute", () => {
  describe("of a graph", () => {
    it("gives the results of an array of keys in their order, and of one key alone", async () => {
      expect(await compute(graph, ["z", "x", "z"])).to.deep.equal([12, 1, 12]);
      expect(await compute(graph, "y")).to.equal(2);
      expect(await compute(graph, ["y"], { scheduler: "sync" })).to.deep.equal([2]);
    });

    it("of no keys gives no results", async () => {
      expect(await compute(Graph.of({}), [])).to.deep.equal([]);
      expect(await compute(graph, [])).to.deep.equal([]);
    });

    it("gives the same with and without optimisation, and with passes chosen", async () => {
      for (const optimize of [true, false, { passes: [] }, { passes: ["cull", "fuse"] as const }]) {
        expect(await compute(graph, ["z", "y"], { optimize })).to.deep.equal([12, 2]);
      }
    });

    it("does not run what no key needs, optimised or not", async () => {
      const ran: string[] = [];
      const effects = Graph.of({ a: task(() => ran.push("a")), b: task(() => ran.push("b")) });
      await compute(effects, ["a"], { ...inThisThread, optimize: false });
      await compute(effects, ["a"], inThisThread);
      expect(ran).to.deep.equal(["a", "a"]);
    });
  });

  describe("of lazy values", () => {
    const total = add(inc(1), inc(2));

    it("gives one its value, several an array", async () => {
      expect(await compute(total)).to.equal(5);
      expect(await compute(total, inc(3))).to.deep.equal([5, 4]);
      expect(await compute(total, inc(3), { retries: 1 })).to.deep.equal([5, 4]);
      expect(await compute(total, {})).to.equal(5);
      expect(await total.compute({ scheduler: "sync" })).to.equal(5);
    });

    it("keeps the shape of structures, and everything in them that is not lazy", async () => {
      const date = new Date(0);
      const computed = await compute({ total, parts: [inc(1), inc(2)], plain: { date, n: null }, none: [] });
      expect(computed).to.deep.equal({ total: 5, parts: [2, 3], plain: { date, n: null }, none: [] });
      expect(computed.plain.date).to.equal(date);
      expect(await compute([total])).to.deep.equal([5]);
      expect(await compute([])).to.deep.equal([]);
      expect(await compute(7)).to.equal(7);
      expect(await compute({ total }, [total])).to.deep.equal([{ total: 5 }, [5]]);
    });

    it("keeps the shape of any structure", async () => {
      const leaf = fc.oneof(
        fc.integer().map((n) => ({ lazy: inc(n) as unknown, value: (n + 1) as unknown })),
        fc.jsonValue({ maxDepth: 1 }).map((value) => ({ lazy: value as unknown, value: value as unknown })),
      );
      const { tree } = fc.letrec<{ tree: { lazy: unknown; value: unknown } }>((tie) => ({
        tree: fc.oneof(
          { maxDepth: 4 },
          leaf,
          fc.array(tie("tree"), { maxLength: 4 }).map((items) => ({
            lazy: items.map((item) => item.lazy),
            value: items.map((item) => item.value),
          })),
          fc.dictionary(fc.string(), tie("tree"), { maxKeys: 4, noNullPrototype: true }).map((fields) => ({
            lazy: mapped(fields, (item) => item.lazy),
            value: mapped(fields, (item) => item.value),
          })),
        ),
      }));
      await fc.assert(
        fc.asyncProperty(tree, async ({ lazy, value }) => {
          expect(await compute(lazy)).to.deep.equal(value);
        }),
        { numRuns: 50 },
      );
    });

    it("follows structures that are shared, circular or very deep", async () => {
      const shared = [inc(1)];
      const circle: Record<string, unknown> = { one: shared, two: shared };
      circle["self"] = circle;
      const computed = (await compute(circle)) as { one: unknown; two: unknown; self: unknown };
      expect(computed.one).to.deep.equal([2]).and.to.equal(computed.two);
      expect(computed.self).to.equal(computed);

      let deep: unknown = inc(1);
      for (let i = 0; i < 100_000; i++) deep = [deep];
      let value = await compute(deep);
      while (Array.isArray(value)) [value] = value as unknown[];
      expect(value).to.equal(2);
    });

    it("runs what several share once", async () => {
      let runs = 0;
      const shared = delayed(() => ++runs)();
      const values = await compute(inc(shared), { twice: [shared, shared] }, inThisThread);
      expect(values).to.deep.equal([2, { twice: [1, 1] }]);
      expect(runs).to.equal(1);
    });

    it("computes a lazy chain of a hundred thousand links", async () => {
      let chain: Lazy<number> = inc(0);
      for (let i = 1; i < 100_000; i++) chain = inc(chain);
      expect(await compute(chain)).to.equal(100_000);
    });

    it("takes bags for the arrays they become", async () => {
      const bag = Bag.of([1, 2, 3, 4], { partitions: 2 });
      expect(await compute({ bag: bag.map((x) => x * 2), n: bag.count() })).to.deep.equal({
        bag: [2, 4, 6, 8],
        n: 4,
      });
    });

    it("takes the last of several arguments for options only when it has nothing but their names", async () => {
      expect(await compute(total, { retries: 0, total })).to.deep.equal([5, { retries: 0, total: 5 }]);
      expect(await compute({ retries: inc(1) })).to.deep.equal({ retries: 2 });
    });
  });

  describe("is typed", () => {
    it("precisely, in every form", async () => {
      const one: number = await compute(inc(1));
      const two: [number, string] = await compute(inc(1), delayed(() => "s")());
      const options: [number, number] = await compute(inc(1), inc(2), { retries: 1 });
      const shape: { a: number; b: string[]; c: boolean } = await compute({
        a: inc(1),
        b: [delayed(() => "s")()],
        c: Boolean(1),
      });
      const list: number[] = await compute([1, 2].map((n) => inc(n)));
      const chosen = await compute<[number, number]>(graph, ["y", "z"]);
      const sum: number = chosen[0] + chosen[1];
      const sync = { scheduler: "sync" } as const;
      const given: number = await compute(inc(1), sync);
      const several: readonly [number, number] = await compute(inc(1), inc(2), { ...sync });
      const notOptions: readonly [number, { x: number }] = await compute(inc(1), { x: inc(1) });
      const kept: Lazy<number> = await persist(inc(1), sync);
      expect([given, several, notOptions, await kept.compute(sync)]).to.deep.equal([
        2,
        [2, 3],
        [2, { x: 2 }],
        2,
      ]);
      expect([one, two, options, shape.a, list, sum]).to.deep.equal([2, [2, "s"], [2, 3], 2, [2, 3], 14]);
    });
  });

  describe("chooses the scheduler", () => {
    afterEach(() => {
      setScheduler(undefined);
      delete process.env["SKEIN_SCHEDULER"];
    });

    it("of the call, else the one that was set, else the environment's", async () => {
      const [set, given] = [new Spy(), new Spy()];
      process.env["SKEIN_SCHEDULER"] = "nonsense";
      setScheduler(set);
      await compute(graph, ["x"]);
      await compute(graph, ["y"], { scheduler: given });
      expect(set.asked.map(({ keys }) => keys)).to.deep.equal([["x"]]);
      expect(given.asked.map(({ keys }) => keys)).to.deep.equal([["y"]]);
      setScheduler(undefined);
      const error = await rejection(compute(graph, ["x"]));
      expect(error.message).to.include('scheduler (SKEIN_SCHEDULER): there is no scheduler "nonsense"');
      process.env["SKEIN_SCHEDULER"] = "sync";
      expect(await compute(graph, ["x"])).to.deep.equal([1]);
    });

    it("and hands it the settings with the options of the call over them", async () => {
      const spy = new Spy();
      const { signal } = new AbortController();
      await compute(graph, ["z"], { scheduler: spy, retries: 7, concurrency: 3, signal });
      const [asked] = spy.asked;
      expect(asked?.options).to.include({ retries: 7, concurrency: 3, signal, retryBackoffMs: 100 });
    });

    it("and refuses a name it does not know, with those it does", async () => {
      expect(() => setScheduler("threats")).to.throw('there is no scheduler "threats". Known are "sync"');
      const error = await rejection(compute(graph, ["x"], { scheduler: "threats" }));
      expect(error).to.have.property("code", "ERR_INVALID_ARGUMENT");
      expect(error.message).to.include(
        'compute({ scheduler }): there is no scheduler "threats". Known are "sync"',
      );
    });
  });

  describe("refuses, saying what would do,", () => {
    const anyhow: (...args: readonly unknown[]) => Promise<unknown> = compute;
    const lazy = inc(1);
    const refusals: [string, () => Promise<unknown>, code: string, message: RegExp][] = [
      [
        "an option of the wrong kind",
        () => anyhow(lazy, { retries: "2" }),
        "ERR_INVALID_ARGUMENT",
        /compute\(\{ retries \}\): got "2". Give a whole number from 0/,
      ],
      [
        "an option out of range",
        () => anyhow(lazy, { concurrency: 0 }),
        "ERR_INVALID_ARGUMENT",
        /concurrency.*from 1 to 65536/,
      ],
      ["a signal that is none", () => anyhow(lazy, { signal: {} }), "ERR_INVALID_ARGUMENT", /an AbortSignal/],
      [
        "a listener that is none",
        () => anyhow(lazy, { onProgress: 1 }),
        "ERR_INVALID_ARGUMENT",
        /a function/,
      ],
      [
        "an optimize that is neither",
        () => anyhow(lazy, { optimize: "no" }),
        "ERR_INVALID_ARGUMENT",
        /true, false or \{ passes \}/,
      ],
      [
        "a pass it does not know",
        () => anyhow(lazy, { optimize: { passes: ["squash"] } }),
        "ERR_INVALID_ARGUMENT",
        /squash.*cull, simplify/,
      ],
      [
        "a scheduler that is no runner",
        () => anyhow(lazy, { scheduler: {} }),
        "ERR_INVALID_ARGUMENT",
        /run method/,
      ],
      [
        "options of a graph that are none",
        () => anyhow(graph, ["x"], { retrys: 1 }),
        "ERR_INVALID_ARGUMENT",
        /no such option. Known are/,
      ],
      [
        "options that are no object",
        () => anyhow(graph, ["x"], 5),
        "ERR_INVALID_ARGUMENT",
        /got the number 5/,
      ],
      ["a graph without keys", () => anyhow(graph), "ERR_INVALID_ARGUMENT", /compute\(graph, keys\)/],
      [
        "a graph with options but no keys",
        () => anyhow(graph, { retries: 1 }),
        "ERR_INVALID_ARGUMENT",
        /Give one key or an array/,
      ],
      [
        "a graph in a structure",
        () => anyhow([graph]),
        "ERR_INVALID_ARGUMENT",
        /a graph was given without keys/,
      ],
      [
        "too many arguments after a graph",
        () => anyhow(graph, ["x"], {}, 1),
        "ERR_INVALID_ARGUMENT",
        /too many/,
      ],
      ["a key that is none", () => anyhow(graph, ["x", 5]), "ERR_INVALID_KEY", /the number 5/],
      ["the empty key", () => anyhow(graph, ""), "ERR_INVALID_KEY", /an empty string/],
      [
        "a delayed function that was not called",
        () => anyhow({ a: [inc] }),
        "ERR_FUNCTION_AS_DATA",
        /the function inc/,
      ],
      ["a function", () => anyhow(() => 1), "ERR_FUNCTION_AS_DATA", /Call it first/],
      [
        "a task without its graph",
        () => anyhow(task(() => 1)),
        "ERR_INVALID_ARGUMENT",
        /a task was given without the graph/,
      ],
      [
        "a reference without its graph",
        () => anyhow([ref("x")]),
        "ERR_INVALID_ARGUMENT",
        /a reference was given/,
      ],
    ];
    for (const [what, act, code, message] of refusals) {
      it(what, async () => {
        const error = await rejection(act());
        expect(error).to.have.property("code", code);
        expect(error.message).to.match(message);
      });
    }

    it("a key that the graph does not have, with its neighbours in spelling", async () => {
      const error = await rejection(compute(graph, ["x", "Y"]));
      expect(error).to.have.property("code", "ERR_MISSING_KEY");
      expect(error.message).to.include('The graph has no key "Y". Did you mean "y"?');
    });

    it("a reference to a key that is missing, naming both ends", async () => {
      const broken = Graph.of({ a: task((x: number) => x, ref("gone")) });
      for (const optimize of [true, false]) {
        const error = await rejection(compute(broken, ["a"], { optimize }));
        expect(error).to.include({ code: "ERR_MISSING_KEY", key: "gone", dependent: "a" });
        expect(error.message).to.include('Task "a" refers to "gone"');
      }
    });

    it("a cycle, naming its keys in order", async () => {
      const identity = (x: unknown): unknown => x;
      const circle = Graph.of({
        a: task(identity, ref("c")),
        b: task(identity, ref("a")),
        c: task(identity, ref("b")),
        d: task(identity, ref("c")),
      });
      for (const optimize of [true, false]) {
        const error = await rejection(compute(circle, ["d"], { optimize }));
        expect(error).to.have.property("code", "ERR_CYCLE");
        expect(error.message).to.match(/cycle: ("[abc]" → ){3}"[abc]"/);
      }
    });

    it("an argument of a pure function that has no stable form", () => {
      const pure = delayed((x: unknown) => x, { pure: true });
      expect(() => pure(Promise.resolve()))
        .to.throw()
        .with.property("code", "ERR_TOKENIZE");
    });
  });
});

describe("persist", () => {
  it("gives the same lazy values, whose tasks do not run again", async () => {
    let runs = 0;
    const slow = delayed((x: number) => {
      runs++;
      return x;
    });
    const first = slow(1);
    const kept = await persist(first, inThisThread);
    expect(kept).to.be.instanceOf(Lazy).with.property("key", first.key);
    expect(await compute(inc(kept), kept, inThisThread)).to.deep.equal([2, 1]);
    expect(runs).to.equal(1);
    expect(await first.compute(inThisThread)).to.equal(1);
    expect(runs).to.equal(2);
  });

  it("keeps the shape of structures and computes them as one graph", async () => {
    let runs = 0;
    const shared = delayed(() => ++runs)();
    const { a, rest } = await persist({ a: inc(shared), rest: [shared, 5] as const }, inThisThread);
    expect(rest[1]).to.equal(5);
    expect(await compute(a, rest[0], inThisThread)).to.deep.equal([2, 1]);
    expect(runs).to.equal(1);
  });

  it("keeps results that look like references for what they are", async () => {
    const odd = delayed(() => [ref("nowhere"), () => 1])();
    const kept = await persist(odd, inThisThread);
    const [reference] = (await compute(kept, inThisThread)) as [{ key: string }];
    expect(reference.key).to.equal("nowhere");
  });

  it("persists bags", async () => {
    let runs = 0;
    const bag = Bag.of([1, 2, 3, 4], { partitions: 2 }).map((x) => {
      runs++;
      return x * 2;
    });
    const kept = await persist(bag, inThisThread);
    expect(await compute(kept.sum(), kept, inThisThread)).to.deep.equal([20, [2, 4, 6, 8]]);
    expect(runs).to.equal(4);
  });

  it("rejects as compute does", async () => {
    const bad = delayed(() => {
      throw new Error("no");
    })();
    expect(await rejection(persist(bad))).to.have.property("code", "ERR_TASK_ERRED");
  });
});

function mapped<T, U>(fields: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, map(value)]));
}
