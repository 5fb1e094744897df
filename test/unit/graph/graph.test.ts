import { expect } from "chai";
import fc from "fast-check";
import {
  CycleError,
  DuplicateKeyError,
  FunctionAsDataError,
  InvalidArgumentError,
  InvalidKeyError,
  MissingKeyError,
} from "../../../src/errors.js";
import { markWrapper } from "../../../src/graph/functions.js";
import { Graph, type GraphEntries } from "../../../src/graph/graph.js";
import { fusedOf } from "../../../src/graph/passes/fused.js";
import { lazyMark, quote, Ref, ref } from "../../../src/graph/ref.js";
import { collectGraph, type GraphSource } from "../../../src/graph/source.js";
import { Task, task } from "../../../src/graph/task.js";

const inc = (x: number): number => x + 1;
const add = (x: number, y: number): number => x + y;
const outside = Number("1");

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** Whether two entries may stand under one key. */
function mayShareKey(a: unknown, b: unknown): boolean {
  const [left, right] = [Graph.of({ k: a }), Graph.of({ k: b })];
  try {
    return left.merge(right).size === 1;
  } catch (error) {
    if (error instanceof DuplicateKeyError) return false;
    throw error;
  }
}

describe("a graph", () => {
  const graph = Graph.of({
    x: 1,
    y: task(inc, ref("x")),
    z: task(add, ref("y"), 10),
    s: task((parts: number[]) => parts.length, [ref("x"), ref("y"), ref("z")]).after("log"),
    log: task(() => "done").after("z", "x"),
    alias: ref("z"),
    list: [ref("x"), { deep: ref("y") }],
  });

  it("tells its keys, entries and size, in order of insertion", () => {
    expect(graph.keys()).to.deep.equal(["x", "y", "z", "s", "log", "alias", "list"]);
    expect(graph.size).to.equal(7);
    expect([...graph.entries()].map(([key]) => key)).to.deep.equal(graph.keys());
    expect([graph.has("x"), graph.has("nope"), graph.get("x"), graph.get("nope")]).to.deep.equal([
      true,
      false,
      1,
      undefined,
    ]);
    expect(graph.get("y")).to.be.instanceOf(Task);
    expect(graph.get("alias")).to.be.instanceOf(Ref);
  });

  it("tells what each key needs, data before control, and what needs it", () => {
    const needs = {
      x: [],
      y: ["x"],
      z: ["y"],
      s: ["x", "y", "z", "log"],
      log: ["z", "x"],
      alias: ["z"],
      list: ["x", "y"],
      nope: [],
    };
    const needed = {
      x: ["y", "s", "log", "list"],
      y: ["z", "s", "list"],
      z: ["s", "log", "alias"],
      s: [],
      log: ["s"],
      alias: [],
      nope: [],
    };
    for (const [key, keys] of Object.entries(needs)) expect(graph.dependencies(key), key).to.deep.equal(keys);
    for (const [key, keys] of Object.entries(needed)) expect(graph.dependents(key), key).to.deep.equal(keys);
  });

  it("counts a key that is both data and control once, as data", () => {
    const both = Graph.of({ a: 1, b: 2, c: task(inc, ref("a")).after("a", "b") });
    expect(both.dependencies("c")).to.deep.equal(["a", "b"]);
    const { depStart, dataEnd, dep } = both.index();
    expect([...dep], "edges").to.deep.equal([0, 1]);
    expect([depStart[2], dataEnd[2], depStart[3]]).to.deep.equal([0, 1, 2]);
  });

  it("is made of objects, pairs, maps and generators alike", () => {
    const entries: readonly (readonly [string, unknown])[] = [
      ["a", 1],
      ["b", task(inc, ref("a"))],
    ];
    const all: GraphEntries[] = [
      Object.fromEntries(entries),
      entries,
      new Map(entries),
      new Set(entries),
      (function* () {
        yield* entries;
      })(),
    ];
    for (const one of all) expect(Graph.of(one).dependencies("b")).to.deep.equal(["a"]);
    expect(Graph.of(graph as never)).to.equal(graph);
  });

  it("takes any non-empty string for a key", () => {
    const keys = ["__proto__", "constructor", "toString", " ", "a\nb", "0", "你好", "a".repeat(10_000)];
    const odd = Graph.of(
      keys.map((key, at) => [key, at === 0 ? 1 : task(inc, ref(keys[at - 1] as string))] as const),
    );
    expect(odd.keys()).to.deep.equal(keys);
    expect(odd.dependencies("constructor")).to.deep.equal(["__proto__"]);
    expect([...odd.order().values()]).to.deep.equal(keys.map((_, at) => at));
    expect(graph.get("constructor")).to.equal(undefined);
  });

  it("holds any data, undefined included, as it was given", () => {
    const data = [undefined, null, 0, new Map([["r", ref("nowhere")]]), { plain: [1] }, new Date(0)];
    const held = Graph.of(data.map((value, at) => [`d${at}`, value] as const));
    data.forEach((value, at) => expect(held.get(`d${at}`)).to.equal(value));
    expect(held.has("d0")).to.equal(true);
    expect([...held.order().keys()]).to.have.length(data.length);
  });

  it("fills in structure that holds references or quotes when it is computed", () => {
    const structured = Graph.of({ a: 1, refs: [ref("a")], quotes: { q: [quote(ref("gone"))] }, plain: [{}] });
    expect(structured.get("refs")).to.be.instanceOf(Task);
    expect(structured.get("quotes")).to.be.instanceOf(Task);
    expect(structured.dependencies("quotes")).to.deep.equal([]);
    expect(structured.get("plain")).to.deep.equal([{}]);
  });

  it("may refer to keys that come with another graph", () => {
    const upper = Graph.of({ b: task(inc, ref("a")) });
    const whole = upper.merge(Graph.of({ a: 1 }));
    expect(whole.order().get("a")).to.equal(0);
    expect(upper.size, "the first graph is as it was").to.equal(1);
  });

  it("is fit to be empty", () => {
    const empty = Graph.of({});
    expect([empty.size, empty.keys(), [...empty.order()], empty.diagnostics().peak]).to.deep.equal([
      0,
      [],
      [],
      0,
    ]);
    expect(empty.merge(graph).keys()).to.deep.equal(graph.keys());
    expect(graph.merge(empty).keys()).to.deep.equal(graph.keys());
    expect(Graph.of([]).size).to.equal(0);
  });

  it("merges graphs that say the same of a key", () => {
    const merged = Graph.of({ x: 1, y: task(inc, ref("x")) }).merge(
      Graph.of({ y: task(inc, ref("x")), z: ref("y") }),
    );
    expect(merged.keys()).to.deep.equal(["x", "y", "z"]);
    expect(merged.dependents("y")).to.deep.equal(["z"]);
  });
});

describe("one key given twice", () => {
  const make =
    (offset: number): ((x: number) => number) =>
    (x) =>
      x + offset;
  class Token {
    readonly value: number;
    constructor(value: number) {
      this.value = value;
    }
    [Symbol.for("skein.token")](): unknown {
      return this.value;
    }
  }
  const fused = (by: number): Task =>
    fusedOf([
      { key: "a", task: task(inc, ref("x")) },
      { key: "k", task: task(add, ref("a"), by) },
    ]);
  class Unknown {
    readonly a = 1;
  }
  const holes = (length: number): unknown[] => new Array<unknown>(length);

  const same: readonly (readonly [string, unknown, unknown])[] = [
    ["the same call", task(add, ref("x"), [1, { a: 2 }]), task(add, ref("x"), [1, { a: 2 }])],
    ["the same names in another order", { a: 1, b: 2 }, { b: 2, a: 1 }],
    ["the same source that captures nothing", task((x: number) => x * 2, 1), task((x: number) => x * 2, 1)],
    ["the same closure", task(make, 1), task(make, 1)],
    ["the same built-in", task(Math.max, 1), task(Math.max, 1)],
    ["the same function of a task module", task(inModule("f", inc), 1), task(inModule("f", add), 1)],
    ["equal numbers", NaN, NaN],
    ["equal dates, also without a time", [new Date(NaN), new Date(1)], [new Date(NaN), new Date(1)]],
    ["equal bytes", new Uint8Array([1, 2]), new Uint8Array([0, 1, 2]).subarray(1)],
    ["equal maps and sets", new Map([["a", new Set([1])]]), new Map([["a", new Set([1])]])],
    ["equal regular expressions and addresses", [/a/g, new URL("http://a/")], [/a/g, new URL("http://a/")]],
    ["equal instances with a token", new Token(1), new Token(1)],
    ["equal fused tasks", fused(1), fused(1)],
    ["equal references and quotes", [ref("a"), quote([1])], [ref("a"), quote([1])]],
  ];
  for (const [title, a, b] of same)
    it(`is accepted for ${title}`, () => expect(mayShareKey(a, b)).to.equal(true));

  const different: readonly (readonly [string, unknown, unknown])[] = [
    ["another argument", task(inc, 1), task(inc, 2)],
    ["another function", task((x: number) => x + 1, 1), task((x: number) => x + 2, 1)],
    ["closures that may have captured other values", task(make(1), 1), task(make(2), 1)],
    ["another function of a task module", task(inModule("f", inc), 1), task(inModule("g", inc), 1)],
    ["other options", task(inc, 1), task(inc, 1).with({ retries: 1 })],
    ["another control edge", task(inc, 1), task(inc, 1).after("x")],
    ["data and a task", 1, task(inc, 1)],
    ["zeros of other sign", 0, -0],
    ["an array and an object", [], {}],
    ["arrays with other numbers of holes", holes(2), holes(3)],
    ["a hole and undefined", holes(1), [undefined]],
    ["bytes of another kind", new Uint8Array(8), new Float64Array(1)],
    ["other maps", new Map([[1, 2]]), new Map([[1, 3]])],
    ["instances of which nothing is known", new Unknown(), new Unknown()],
    ["a reference and a quoted reference", ref("a"), quote(ref("a"))],
    ["other fused tasks", fused(1), fused(2)],
    ["another name", { a: 1 }, { b: 1 }],
    ["a name more", { a: 1 }, { a: 1, b: undefined }],
  ];
  for (const [title, a, b] of different) {
    it(`is refused for ${title}`, () => {
      expect(mayShareKey(a, b)).to.equal(false);
      expect(mayShareKey(b, a)).to.equal(false);
    });
  }

  function inModule(name: string, call: (...args: never[]) => unknown): (x: number) => unknown {
    const inner = (...args: never[]): unknown => call(...args) ?? outside;
    return markWrapper((x: number) => x, { call: inner, reference: { module: "file:///tasks.js", name } });
  }

  it("names the key, wherever it happens", () => {
    const error = thrown(() =>
      Graph.of([
        ["k", 1],
        ["k", 2],
      ]),
    );
    expect(error).to.be.instanceOf(DuplicateKeyError).with.property("key", "k");
    expect(() => Graph.of({ k: 1 }).merge(Graph.of({ k: 2 }))).to.throw(
      DuplicateKeyError,
      /"k".*two different tasks/s,
    );
    expect(
      Graph.of([
        ["k", 1],
        ["k", 1],
      ]).size,
    ).to.equal(1);
  });

  it("comes to an end for circular data of another rhythm", () => {
    const one: unknown[] = [];
    one.push(one);
    const two: unknown[] = [];
    const between = [two];
    two.push(between);
    const three: unknown[] = [];
    three.push([[three]]);
    expect(mayShareKey(one, two)).to.be.a("boolean");
    expect(mayShareKey(two, three)).to.be.a("boolean");
    const loop = (value: number): unknown => {
      const list: unknown[] = [value];
      list.push({ list });
      return list;
    };
    expect(mayShareKey(loop(1), loop(1))).to.equal(true);
    expect(mayShareKey(loop(1), loop(2))).to.equal(false);
  });

  it("compares data of any depth", () => {
    const deep = (end: number): unknown => {
      let value: unknown = end;
      for (let i = 0; i < 300_000; i++) value = [value];
      return quote(value);
    };
    expect(mayShareKey(deep(1), deep(1))).to.equal(true);
    expect(mayShareKey(deep(1), deep(2))).to.equal(false);
  });
});

describe("a graph of bad input", () => {
  it("names the keys of a cycle in order, the first again at the end", () => {
    const cases: readonly (readonly [GraphEntries, string[]])[] = [
      [{ a: task(inc, ref("a")) }, ["a", "a"]],
      [{ a: ref("a") }, ["a", "a"]],
      [{ a: task(inc, 1).after("a") }, ["a", "a"]],
      [
        { x: 1, a: task(inc, ref("c")), b: task(inc, ref("a")), c: [ref("b")], d: task(inc, ref("a")) },
        ["a", "c", "b", "a"],
      ],
      [{ a: task(inc, ref("b")), b: task(inc, 0).after("a") }, ["a", "b", "a"]],
    ];
    for (const [entries, expected] of cases) {
      const graph = Graph.of(entries);
      for (const run of [() => graph.order(), () => graph.diagnostics()]) {
        const error = thrown(run);
        expect(error).to.be.instanceOf(CycleError);
        const { cycle, message } = error as CycleError;
        expect(cycle[0]).to.equal(cycle.at(-1));
        const turned = expected
          .slice(0, -1)
          .map((_, at) => [...expected.slice(at, -1), ...expected.slice(0, at + 1)]);
        expect(turned.map(String)).to.include(String(cycle));
        for (const key of expected) expect(message).to.contain(JSON.stringify(key));
      }
    }
  });

  it("finds a cycle behind a long chain", () => {
    const chain = Array.from({ length: 100_000 }, (_, i) => [`k${i}`, task(inc, ref(`k${i + 1}`))] as const);
    const error = thrown(() => Graph.of([...chain, ["k100000", task(inc, ref("k99990"))]]).order());
    expect((error as CycleError).cycle).to.have.length(12);
  });

  it("names both ends of a reference that leads nowhere, and keys that look like it", () => {
    const graph = Graph.of({ Total: 1, sum: task(inc, ref("total")) });
    for (const run of [() => graph.order(), () => graph.diagnostics(), () => graph.index()]) {
      const error = thrown(run);
      expect(error).to.be.instanceOf(MissingKeyError);
      expect(error).to.include({ key: "total", dependent: "sum" });
      expect((error as Error).message).to.match(/"sum" refers to "total".*Did you mean "Total"/s);
    }
    for (const node of [ref("gone"), task(inc, 1).after("gone"), [ref("gone")]]) {
      expect(() => Graph.of({ a: node }).order()).to.throw(MissingKeyError, /"a" refers to "gone"/);
    }
  });

  it("says that a function is no data, and how to call it", () => {
    const delayed = markWrapper((x: number) => ({ lazy: x }), { call: inc });
    for (const fn of [inc, delayed]) {
      expect(() => Graph.of({ a: fn })).to.throw(FunctionAsDataError, /"a".*function.*task\(/s);
    }
    expect(() => Graph.of({ a: task(add, delayed, 1) })).to.throw(FunctionAsDataError, /not called/);
    expect(() => Graph.of({ a: [{ deep: delayed }] })).to.throw(FunctionAsDataError, /"a"/);
  });

  it("refuses lazy values and tasks as data, saying what to do", () => {
    const lazy = {
      get [lazyMark]() {
        return true as const;
      },
    };
    Object.setPrototypeOf(lazy, { lazy: true });
    expect(() => Graph.of({ a: lazy })).to.throw(InvalidArgumentError, /lazy value.*\.graph/s);
    expect(() => Graph.of({ a: [lazy] })).to.throw(InvalidArgumentError, /lazy value/);
    expect(() => Graph.of({ a: [task(inc, 1)] })).to.throw(InvalidArgumentError, /"a".*is a task/s);
  });

  it("refuses keys that are none", () => {
    for (const key of ["", 1, null, undefined, Symbol("a"), {}]) {
      expect(() => Graph.of([[key as string, 1]])).to.throw(InvalidKeyError, /non-empty string/);
    }
    expect(() => Graph.of({ "": 1 })).to.throw(InvalidKeyError);
  });

  it("refuses what has no entries, or entries that are no pairs", () => {
    for (const entries of [null, undefined, 1, "ab", inc, new Date(0)]) {
      expect(() => Graph.of(entries as never)).to.throw(InvalidArgumentError, /Graph\.of\(entries\).*pairs/s);
    }
    for (const entries of [["ab"], [null], [{ key: "a" }]]) {
      expect(() => Graph.of(entries as never)).to.throw(InvalidArgumentError, /one of them is.*pairs/s);
    }
    for (const other of [{ a: 1 }, null, undefined]) {
      expect(() => Graph.of({ b: 1 }).merge(other as never)).to.throw(InvalidArgumentError, /graph\.merge/);
    }
  });
});

describe("the index of a graph", () => {
  it("holds the same edges as the graph, both ways", () => {
    const edges = fc.array(
      fc.tuple(fc.array(fc.nat(), { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 20 })),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(edges, (rows) => {
        const graph = Graph.of(
          rows.map(([data, control], at): [string, unknown] => {
            const to = (n: number): string => `k${n % rows.length}`;
            return [
              `k${at}`,
              task((...all: unknown[]) => all, ...data.map((n) => ref(to(n)))).after(...control.map(to)),
            ];
          }),
        );
        const index = graph.index();
        const keysOf = (list: Int32Array, from: number, to: number): string[] =>
          Array.from(list.subarray(from, to), (id) => index.keys[id] as string);
        for (const [at, key] of graph.keys().entries()) {
          expect(keysOf(index.dep, index.depStart[at]!, index.depStart[at + 1]!)).to.deep.equal(
            graph.dependencies(key),
          );
          expect(
            keysOf(index.dependent, index.dependentStart[at]!, index.dependentStart[at + 1]!),
          ).to.deep.equal(graph.dependents(key));
          expect(index.dataEnd[at]! - index.depStart[at]!).to.equal((graph.get(key) as Task).refs.length);
        }
      }),
    );
  });

  it("takes a barrier over very many tasks in a moment's work", () => {
    const keys = Array.from({ length: 50_000 }, (_, i) => `k${i}`);
    const barrier = task((all: unknown[]) => all.length, keys.map(ref)).after(...keys);
    const graph = Graph.of([...keys.map((key) => [key, 1] as const), ["barrier", barrier]]);
    expect(graph.index().dep).to.have.length(50_000);
  });
});

describe("graphs collected from sources", () => {
  it("hold every source's tasks once, dependencies first, however deep and shared", () => {
    let visits = 0;
    let top: GraphSource = { entries: [["k0", 0]], parents: [] };
    for (let i = 1; i <= 100_000; i++) {
      const parent = top;
      const entries = {
        *[Symbol.iterator](): Iterator<readonly [string, unknown]> {
          visits++;
          yield [`k${i}`, task(inc, ref(`k${i - 1}`))];
        },
      };
      top = { entries, parents: [parent, parent] };
    }
    const graph = collectGraph([top, top]);
    expect(visits).to.equal(100_000);
    expect(graph.keys().slice(0, 3)).to.deep.equal(["k0", "k1", "k2"]);
    expect(graph.size).to.equal(100_001);
  });

  it("refuse two sources that give one key different tasks", () => {
    const sources = [1, 2].map((value): GraphSource => ({ entries: [["k", value]], parents: [] }));
    expect(() => collectGraph(sources)).to.throw(DuplicateKeyError);
  });
});
