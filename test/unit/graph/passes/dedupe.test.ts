import { expect } from "chai";
import { Graph } from "../../../../src/graph/graph.js";
import { dedupe } from "../../../../src/graph/passes/dedupe.js";
import { fusedOf } from "../../../../src/graph/passes/fused.js";
import { quote, Ref, ref } from "../../../../src/graph/ref.js";
import { task, Task, type TaskOptions } from "../../../../src/graph/task.js";
import { evaluate } from "../../../support/evaluate.js";

const list = (...args: readonly unknown[]): unknown => args;
const pure = (...args: readonly unknown[]): Task => task(list, ...args).with({ pure: true });

/** Whether two tasks become one, with `more` beside them. */
function merges(a: Task, b: Task, more: Record<string, unknown> = {}): boolean {
  const graph = Graph.of({ ...more, a, b, top: task(list, ref("a"), ref("b")) });
  const deduped = dedupe(graph, ["top"]);
  if (deduped === graph) return false;
  expect(deduped.has("a") !== deduped.has("b"), "one of them stays").to.equal(true);
  expect(evaluate(deduped, ["top"])).to.deep.equal(evaluate(graph, ["top"]));
  return true;
}

class Celsius {
  readonly degrees: number;
  constructor(degrees: number) {
    this.degrees = degrees;
  }
}

const holey: unknown[] = [];
holey.length = 1;

const circular = (label: string): unknown => {
  const circle: { label: string; self?: unknown } = { label };
  circle.self = [circle];
  return circle;
};

describe("dedupe", () => {
  it("makes equal pure tasks one", () => {
    expect(merges(pure(1, "x"), pure(1, "x"))).to.equal(true);
    expect(merges(pure(), pure())).to.equal(true);
  });

  it("merges whatever lies above equal tasks, in one sweep", () => {
    const entries: [string, unknown][] = [["x", 1]];
    for (const side of ["l", "r"]) {
      for (let i = 0; i < 50; i++) {
        entries.push([`${side}${i}`, pure(ref(i === 0 ? "x" : `${side}${i - 1}`), i)]);
      }
    }
    entries.push(["top", task(list, ref("l49"), ref("r49"))]);
    expect(dedupe(Graph.of(entries), ["top"]).size).to.equal(52);
    expect(dedupe(Graph.of(entries.reverse()), ["top"]).size).to.equal(52);
  });

  it("leaves tasks alone that are not marked pure", () => {
    expect(merges(task(list, 1), task(list, 1))).to.equal(false);
    expect(merges(pure(1), task(list, 1))).to.equal(false);
  });

  it("never merges two closures, though their source is the same", () => {
    const add = (n: number) => (x: number) => x + n;
    const [one, two] = [add(1), add(2)];
    expect(merges(task(one, 1).with({ pure: true }), task(two, 1).with({ pure: true }))).to.equal(false);
    expect(merges(task(one, 1).with({ pure: true }), task(one, 1).with({ pure: true }))).to.equal(true);
    expect(merges(pure(one), pure(two)), "as an argument").to.equal(false);
    expect(merges(pure({ by: [one] }), pure({ by: [two] })), "inside an argument").to.equal(false);
    expect(merges(pure(quote([one])), pure(quote([two]))), "inside quoted data").to.equal(false);
    expect(merges(pure(new Map([["by", one]])), pure(new Map([["by", two]]))), "in a map").to.equal(false);
    expect(merges(pure({ by: [one] }), pure({ by: [one] }))).to.equal(true);
  });

  it("tells arguments apart by type and content", () => {
    const values: readonly unknown[] = [
      [1, 2, "1", 1n, true, false, null, undefined, NaN, 0, -0, "", "null", Symbol.for("a"), Symbol.for("b")],
      [[], {}, [1], ["1"], [[1]], [1, 1], [undefined], holey, { a: 1 }, { a: "1" }, { b: 1 }, { 0: 1 }],
      [
        new Map(),
        new Set(),
        new Map([[1, 2]]),
        new Date(0),
        new Date(1),
        /a/,
        /a/g,
        { a: { a: 1 } },
        { a: [1] },
      ],
      [
        new Uint8Array(1),
        new Int8Array(1),
        new Uint8Array(2),
        new ArrayBuffer(1),
        quote([1, 2]),
        [quote([1, 2])],
      ],
      ["x".repeat(1000), "x".repeat(1001), circular("a"), circular("b"), [{ a: 1, b: 2 }]],
      [{ [Symbol.for("k")]: 1 }, { [Symbol.for("k")]: 2 }, Object.assign([1], { extra: 1 })],
    ].flat();
    for (const [i, a] of values.entries()) {
      for (const [j, b] of values.entries()) {
        if (i < j) expect(merges(pure(a), pure(b)), `${i} and ${j}`).to.equal(false);
      }
    }
  });

  it("finds equal arguments equal, however they were made", () => {
    const makers: readonly (() => unknown)[] = [
      () => NaN,
      () => -0,
      () => "x".repeat(1000),
      () => ({ a: 1, b: [2, { c: 3 }] }),
      () => new Map([["a", new Set([1])]]),
      () => new Float64Array([1, 2]),
      () => new Date(5),
      () => quote({ a: [1] }),
      () => [quote({ a: [1] }), ref("x"), { deep: [ref("x")] }],
      () => Array.from({ length: 500 }, (_, i) => i),
      () => circular("a"),
      () => undefined,
    ];
    for (const make of makers)
      expect(merges(pure(make()), pure(make()), { x: 1 }), String(make)).to.equal(true);
    expect(merges(pure({ a: 1, b: 2 }), pure({ b: 2, a: 1 })), "order of names").to.equal(true);
  });

  it("is not taken in by data that looks like other data", () => {
    const shared = [ref("x")];
    const pairs: readonly (readonly [readonly unknown[], readonly unknown[]])[] = [
      [["a", "b"], ["a,s1:b"]],
      [["1:a"], ["a"]],
      [
        [ref("x"), "r0"],
        ["r0", ref("x")],
      ],
      [[ref("x")], [{ key: "x" }]],
      [[ref("x")], [quote(ref("x"))]],
      [[[ref("x")]], [quote([ref("x")])]],
      [[[shared, quote(shared)]], [[shared, shared]]],
      [[[], []], [[[]]]],
      [[{ a: 1, b: 2 }], [{ a: "1,1:b=n2" }]],
      [[[1, [2]]], [[1, 2]]],
      [["true"], [true]],
    ];
    for (const [a, b] of pairs) expect(merges(pure(...a), pure(...b), { x: 1 })).to.equal(false);
  });

  it("leaves a task alone whose argument has no stable form", () => {
    expect(merges(pure(new Celsius(1)), pure(new Celsius(1)))).to.equal(false);
    expect(merges(pure([new WeakMap()]), pure([new WeakMap()]))).to.equal(false);
    const graph = Graph.of({ a: pure(new Celsius(1)), b: pure(1), c: pure(1) });
    expect(dedupe(graph, ["a", "b"]).keys()).to.deep.equal(["a", "b"]);
  });

  it("passes on what a broken getter throws", () => {
    const broken = {
      get value(): never {
        throw new RangeError("broken");
      },
    };
    // Built without the search for references, which would meet the getter first.
    const calls = [1, 2].map(() => new Task(list as never, [broken], [], [], { pure: true }));
    expect(() => dedupe(Graph.of({ a: calls[0], b: calls[1] }), ["a", "b"])).to.throw(RangeError, "broken");
  });

  it("takes two ways to the same value for the same argument", () => {
    const more = { x: task(list, 1), alias: ref("x"), other: ref("alias") };
    expect(merges(pure(ref("x")), pure(ref("other")), more)).to.equal(true);
    expect(merges(pure(ref("one")), pure(ref("uno")), { one: 1, uno: 1 }), "equal small data").to.equal(true);
    expect(merges(pure(ref("one")), pure(ref("two")), { one: 1, two: 2 })).to.equal(false);
    const shared = { big: 1 };
    expect(merges(pure(ref("p")), pure(ref("q")), { p: shared, q: quote(shared) }), "one object").to.equal(
      true,
    );
    expect(merges(pure(ref("p")), pure(ref("q")), { p: task(list, 1), q: task(list, 1) })).to.equal(false);
  });

  it("never merges tasks that are to be run in different ways, or after different tasks", () => {
    const options: readonly TaskOptions[] = [
      {},
      { retries: 1 },
      { timeoutMs: 1 },
      { priority: 1 },
      { workers: ["a"] },
      { workers: ["b"] },
      { resources: { gpu: 1 } },
      { resources: { gpu: 2 } },
      { allowOtherWorkers: true },
      { inline: true },
    ];
    for (const a of options) {
      for (const b of options) expect(merges(pure(1).with(a), pure(1).with(b))).to.equal(a === b);
    }
    const gpuFirst = pure(1).with({ resources: { gpu: 1, disk: 2 } });
    expect(merges(gpuFirst, pure(1).with({ resources: { disk: 2, gpu: 1 } }))).to.equal(true);
    const more = { first: task(list, 1), second: task(list, 2), alias: ref("first") };
    expect(merges(pure(1).after("first"), pure(1), more)).to.equal(false);
    expect(merges(pure(1).after("first"), pure(1).after("second"), more)).to.equal(false);
    expect(merges(pure(1).after("first", "second"), pure(1).after("second", "alias"), more)).to.equal(true);
  });

  it("leaves fused tasks alone, even one that stands under two keys", () => {
    const fused = fusedOf([{ key: "a", task: pure(1) }], { options: { pure: true } });
    const graph = Graph.of({ a: fused, b: fused, top: task(list, ref("a"), ref("b")) });
    expect(dedupe(graph, ["top"])).to.equal(graph);
  });

  it("leads control edges to the task that stays", () => {
    const graph = Graph.of({ a: pure(1), b: pure(1), c: task(list, 3).after("b"), d: task(list, ref("a")) });
    const deduped = dedupe(graph, ["c", "d"]);
    expect(deduped.keys()).to.deep.equal(["a", "c", "d"]);
    expect(deduped.dependencies("c")).to.deep.equal(["a"]);
  });

  it("keeps an output of several equal tasks, and makes the other outputs its aliases", () => {
    const graph = Graph.of({ a: pure(1), b: pure(1), c: pure(1), d: task(list, ref("a")) });
    const deduped = dedupe(graph, ["c", "b", "d"]);
    expect(deduped.keys()).to.deep.equal(["b", "c", "d"]);
    expect(deduped.get("b")).to.be.instanceOf(Task);
    expect(deduped.get("c")).to.deep.equal(new Ref("b"));
    expect(deduped.dependencies("d")).to.deep.equal(["b"]);
    expect(evaluate(deduped, ["c", "b", "d"])).to.deep.equal([[1], [1], [[1]]]);
  });

  it("gives back the very graph when no two tasks are equal", () => {
    const graph = Graph.of({ one: 1, uno: 1, alias: ref("one"), a: pure(1), b: pure(2), c: task(list, 1) });
    expect(dedupe(graph, ["a"])).to.equal(graph);
    const impure = Graph.of({ a: task(list, 1), b: task(list, 1) });
    expect(dedupe(impure, ["a"])).to.equal(impure);
  });

  it("leaves a cycle of pure tasks, and what is behind it", () => {
    const graph = Graph.of({
      a: pure(ref("b")),
      b: pure(ref("a")),
      c: pure(ref("a")),
      d: pure(ref("a")),
      x: pure(1),
      y: pure(1),
    });
    expect(dedupe(graph, ["c", "d", "x"]).keys()).to.deep.equal(["a", "b", "c", "d", "x"]);
  });
});
