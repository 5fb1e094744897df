import { expect } from "chai";
import { Graph } from "../../../../src/graph/graph.js";
import { fuse } from "../../../../src/graph/passes/fuse.js";
import type { FuseOptions } from "../../../../src/graph/passes/fuse-groups.js";
import { Fused, fusedOf } from "../../../../src/graph/passes/fused.js";
import { inline } from "../../../../src/graph/passes/inline.js";
import { ref } from "../../../../src/graph/ref.js";
import { task, type Task, type TaskOptions } from "../../../../src/graph/task.js";
import { evaluate } from "../../../support/evaluate.js";

const list = (...args: readonly unknown[]): unknown => args;
/** A task that needs the given keys. */
const of = (...keys: readonly string[]): Task => task(list, ...keys.map((key) => ref(key)));

/** What is left, and of what it is made: `"a b y"` is a task under `y` with the parts a, b, y. */
function shape(graph: Graph, outputs: readonly string[], options?: FuseOptions): string[] {
  const fused = fuse(graph, outputs, options);
  expect(evaluate(fused, outputs)).to.deep.equal(evaluate(graph, outputs));
  return [...fused.entries()].map(([key, node]) => {
    if (!(node instanceof Fused)) return key;
    expect(node.parts.at(-1)?.key).to.equal(key);
    return node.parts.map((part) => part.key).join(" ");
  });
}

/** A complete reduction of `leaves` tasks, `arity` at a time; the last key is the root. */
function reduction(leaves: number, arity: number): Graph {
  const entries: [string, Task][] = [];
  let level = Array.from({ length: leaves }, (_, i) => `x${i}`);
  for (const key of level) entries.push([key, task(list, key)]);
  for (let depth = 0; level.length > 1; depth++) {
    const next: string[] = [];
    for (let i = 0; i < level.length; i += arity) {
      const key = level.length <= arity ? "root" : `r${depth}.${i / arity}`;
      entries.push([key, of(...level.slice(i, i + arity))]);
      next.push(key);
    }
    level = next;
  }
  return Graph.of(entries);
}

describe("fuse", () => {
  describe("of chains", () => {
    it("makes one task of a chain, under the key of its last link", () => {
      const graph = Graph.of({ d: of("c"), b: of("a"), c: of("b"), a: task(list, 1) });
      expect(shape(graph, ["d"])).to.deep.equal(["a b c d"]);
    });

    it("begins where a chain is fed by several, and ends where several are fed", () => {
      const graph = Graph.of({
        x: task(list, 1),
        y: task(list, 2),
        a: of("x", "y"),
        b: of("a"),
        c: of("b"),
        l: of("c", "x"),
        r: of("c", "y"),
      });
      expect(shape(graph, ["l", "r"])).to.deep.equal(["x", "y", "a b c", "l", "r"]);
    });

    it("keeps an output in the middle under its own key", () => {
      const graph = Graph.of({ a: task(list, 1), b: of("a"), c: of("b"), d: of("c") });
      expect(shape(graph, ["b", "d"])).to.deep.equal(["a b", "c d"]);
      expect(shape(graph, ["a", "b", "c", "d"])).to.deep.equal(["a", "b", "c", "d"]);
    });

    it("fuses neither data nor aliases", () => {
      const graph = Graph.of({ x: [1], a: of("x"), alias: ref("a"), b: of("alias"), out: ref("b") });
      expect(shape(graph, ["out"])).to.deep.equal(["x", "a", "alias", "b", "out"]);
      expect(fuse(graph, ["out"])).to.equal(graph);
    });

    it("counts control edges like data edges", () => {
      const log: string[] = [];
      const say = (what: string): Task => task((text: string) => void log.push(text), what);
      const chain = Graph.of({ a: say("a"), b: say("b").after("a"), c: say("c").after("b") });
      expect(shape(chain, ["c"])).to.deep.equal(["a b c"]);
      log.length = 0;
      evaluate(fuse(chain, ["c"]), ["c"]);
      expect(log).to.deep.equal(["a", "b", "c"]);
      // b needs a, and c waits for a: a cannot go into b.
      const watched = Graph.of({ a: task(list, 1), b: of("a"), c: task(list, 2).after("a") });
      expect(shape(watched, ["b", "c"])).to.deep.equal(["a", "b", "c"]);
    });

    it("hands the control edges of all links on to the fused task", () => {
      const graph = Graph.of({
        p: task(list, 0),
        q: task(list, 1),
        a: task(list, 1).after("p", "q"),
        b: of("a"),
        z: of("p", "q"),
      });
      const fused = fuse(graph, ["b", "z"]);
      expect([...fused.dependencies("b")].sort()).to.deep.equal(["p", "q"]);
    });

    it("does not fuse a link that also waits for a task of its own: the first would have to wait as well", () => {
      const graph = Graph.of({ p: task(list, 0), a: task(list, 1), b: of("a").after("p"), z: of("p") });
      expect(shape(graph, ["b", "z"])).to.deep.equal(["p", "a", "b", "z"]);
    });

    it("fuses two tasks that need the same", () => {
      const graph = Graph.of({ x: [1], a: of("x"), b: of("a", "x") });
      expect(shape(graph, ["b"])).to.deep.equal(["x", "a b"]);
    });

    it("takes in what only the group needs", () => {
      const graph = Graph.of({ w: task(list, 1), x: of("w"), a: of("x"), b: of("a", "x"), c: of("b") });
      expect(shape(graph, ["c"])).to.deep.equal(["w x a b c"]);
      const kept = Graph.of({ w: task(list, 1), x: of("w"), a: of("x"), b: of("a", "x"), also: of("x") });
      expect(shape(kept, ["b", "also"])).to.deep.equal(["w x", "a b", "also"]);
    });

    it("leaves a cycle alone, with chains before and behind it", () => {
      const graph = Graph.of({
        a: of("c"),
        b: of("a"),
        c: of("b"),
        x: of("c"),
        y: of("x"),
        u: task(list, 1),
        v: of("u"),
      });
      const fused = fuse(graph, ["y", "v"]);
      expect(fused.keys()).to.deep.equal(["a", "b", "c", "x", "y", "v"]);
      const ring = Graph.of({ a: of("b"), b: of("a") });
      expect(fuse(ring, ["a"])).to.equal(ring);
    });

    it("gives back the very graph when nothing can be fused", () => {
      const graph = Graph.of({ a: task(list, 1), b: of("a"), c: of("a") });
      expect(fuse(graph, ["b", "c"])).to.equal(graph);
      const independent = Graph.of({ a: task(list, 1), b: task(list, 2) });
      expect(fuse(independent, ["a", "b"])).to.equal(independent);
    });
  });

  describe("of tasks with settings", () => {
    const settings: readonly TaskOptions[] = [
      {},
      { retries: 1 },
      { retries: 2 },
      { timeoutMs: 10 },
      { priority: 1 },
      { workers: ["a"] },
      { workers: ["a", "b"] },
      { resources: { gpu: 1 } },
      { resources: { gpu: 1, disk: 1 } },
      { resources: { disk: 1 } },
      { allowOtherWorkers: true },
    ];

    it("never fuses tasks that are to be run in different ways", () => {
      for (const a of settings) {
        for (const b of settings) {
          const graph = Graph.of({ a: task(list, 1).with(a), b: of("a").with(b) });
          expect(shape(graph, ["b"])).to.deep.equal(a === b ? ["a b"] : ["a", "b"]);
        }
      }
    });

    it("fuses equal settings written apart, and runs the fused task by them", () => {
      const own = (): TaskOptions => ({ retries: 1, workers: ["a"], resources: { gpu: 1, disk: 2 } });
      const graph = Graph.of({
        a: task(list, 1).with(own()),
        b: of("a").with(own()),
        c: of("b").with(own()),
      });
      expect((fuse(graph, ["c"]).get("c") as Task).options).to.deep.equal(own());
    });

    it("adds limits of time up, within what a timer can wait", () => {
      const limited = (timeoutMs: number): Graph =>
        Graph.of({ a: task(list, 1).with({ timeoutMs }), b: of("a").with({ timeoutMs }) });
      expect((fuse(limited(10), ["b"]).get("b") as Task).options).to.deep.equal({ timeoutMs: 20 });
      expect((fuse(limited(2e9), ["b"]).get("b") as Task).options).to.deep.equal({ timeoutMs: 2147483647 });
    });

    it("is not misled by limits that were added up when it fuses again", () => {
      const graph = Graph.of({
        a: task(list, 1).with({ timeoutMs: 10 }),
        b: of("a").with({ timeoutMs: 10 }),
        c: of("b").with({ timeoutMs: 20 }),
      });
      const once = fuse(graph, ["c"]);
      expect(shape(once, ["c"])).to.deep.equal(["a b", "c"]);
      expect(fuse(once, ["c"])).to.equal(once);
    });

    it("marks a fused task pure when all its parts are", () => {
      const pure = Graph.of({ a: task(list, 1).with({ pure: true }), b: of("a").with({ pure: true }) });
      expect((fuse(pure, ["b"]).get("b") as Task).options).to.deep.equal({ pure: true });
      const mixed = Graph.of({ a: task(list, 1), b: of("a").with({ pure: true, inline: true }) });
      expect((fuse(mixed, ["b"]).get("b") as Task).options).to.deep.equal({});
    });
  });

  describe("of reductions", () => {
    it("leaves reductions apart unless it is told how wide they may be", () => {
      const graph = reduction(8, 2);
      expect(fuse(graph, ["root"])).to.equal(graph);
    });

    it("fuses pairs at an average width of 2, and begins again above them", () => {
      expect(shape(reduction(4, 2), ["root"], { aveWidth: 2 })).to.deep.equal([
        "x0 x1 r0.0",
        "x2 x3 r0.1",
        "root",
      ]);
      // What is left needs different fused tasks, and may begin at different times.
      expect(shape(reduction(8, 2), ["root"], { aveWidth: 2 })).to.deep.equal([
        "x0 x1 r0.0",
        "x2 x3 r0.1",
        "x4 x5 r0.2",
        "x6 x7 r0.3",
        "r1.0",
        "r1.1",
        "root",
      ]);
    });

    it("fuses larger reductions as the average width allows", () => {
      expect(shape(reduction(4, 2), ["root"], { aveWidth: 3 })).to.deep.equal(["x0 x1 r0.0 x2 x3 r0.1 root"]);
      expect(shape(reduction(3, 3), ["root"], { aveWidth: 3 })).to.deep.equal(["x0 x1 x2 root"]);
      expect(shape(reduction(3, 3), ["root"], { aveWidth: 2.9 })).to.have.length(4);
    });

    it("keeps to the greatest width and height", () => {
      const graph = reduction(4, 2);
      expect(shape(graph, ["root"], { aveWidth: 9, maxWidth: 2 })).to.deep.equal([
        "x0 x1 r0.0",
        "x2 x3 r0.1",
        "root",
      ]);
      expect(shape(graph, ["root"], { aveWidth: 9, maxHeight: 2 })).to.deep.equal([
        "x0 x1 r0.0",
        "x2 x3 r0.1",
        "root",
      ]);
      expect(shape(graph, ["root"], { aveWidth: 9, maxWidth: 1 })).to.have.length(7);
      expect(shape(graph, ["root"], { aveWidth: 9, maxHeight: 1 })).to.have.length(7);
      expect(shape(graph, ["root"], { aveWidth: 9, maxWidth: 4, maxHeight: 3 })).to.have.length(1);
    });

    it("takes a chain for one level, however long, and fuses it in any case", () => {
      const graph = Graph.of({
        a0: task(list, 1),
        a1: of("a0"),
        a2: of("a1"),
        a3: of("a2"),
        b0: task(list, 2),
        b1: of("b0"),
        root: of("a3", "b1"),
        end: of("root"),
      });
      expect(shape(graph, ["end"], { aveWidth: 2 })).to.deep.equal(["a0 a1 a2 a3 b0 b1 root end"]);
      expect(shape(graph, ["end"], { aveWidth: 0 })).to.deep.equal(["a0 a1 a2 a3", "b0 b1", "root end"]);
    });

    it("counts inputs from outside that not all branches wait for", () => {
      const graph = Graph.of({ p: [1], q: [2], a: of("p"), b: of("q"), r: of("a", "b"), also: of("p", "q") });
      expect(shape(graph, ["r", "also"], { aveWidth: 2 })).to.have.length(6);
      expect(shape(graph, ["r", "also"], { aveWidth: 3 })).to.deep.equal(["p", "q", "a b r", "also"]);
      expect(shape(graph, ["r", "also"], { aveWidth: 2, fudge: 0 })).to.deep.equal([
        "p",
        "q",
        "a b r",
        "also",
      ]);
      const alike = Graph.of({ p: [1], a: of("p"), b: of("p"), r: of("a", "b"), also: of("p") });
      expect(shape(alike, ["r", "also"], { aveWidth: 2 })).to.deep.equal(["p", "a b r", "also"]);
    });

    it("does not let a whole row of a lattice wait for the row before", () => {
      const size = 12;
      const at = (r: number, c: number): string => `${r},${c}`;
      const entries: [string, Task][] = [];
      for (let r = 0; r < size; r++) {
        for (let c = 0; c < size; c++) {
          entries.push([at(r, c), of(...(r > 0 ? [at(r - 1, c)] : []), ...(c > 0 ? [at(r, c - 1)] : []))]);
        }
      }
      const graph = Graph.of(entries);
      const end = at(size - 1, size - 1);
      expect(fuse(graph, [end])).to.equal(graph);
      const longest = shape(graph, [end], { aveWidth: 2 }).map((parts) => parts.split(" ").length);
      expect(Math.max(...longest)).to.be.at.most(5);
    });

    it("keeps branches apart that are outputs, or are to be run in another way", () => {
      const graph = reduction(2, 2);
      expect(shape(graph, ["root", "x0"], { aveWidth: 9 })).to.deep.equal(["x0", "x1 root"]);
      const placed = Graph.of({ a: task(list, 1).with({ retries: 1 }), b: task(list, 2), r: of("a", "b") });
      expect(shape(placed, ["r"], { aveWidth: 9 })).to.deep.equal(["a", "b r"]);
    });
  });

  describe("of fused tasks", () => {
    const marked = (...keys: readonly string[]): Task => of(...keys).with({ inline: true });

    it("takes them apart, and runs a part that they repeat once", () => {
      const graph = Graph.of({ x: marked(), a: of("x"), b: of("x"), r: of("a", "b") });
      const inlined = inline(graph, ["r"]);
      expect(shape(inlined, ["r"])).to.deep.equal(["x a", "x b", "r"]);
      expect(shape(inlined, ["r"], { aveWidth: 2 })).to.deep.equal(["x a b r"]);
    });

    it("goes on with a chain that begins or ends with one", () => {
      const graph = Graph.of({ x: marked(), a: of("x"), b: of("a"), c: of("b") });
      expect(shape(inline(graph, ["c"]), ["c"])).to.deep.equal(["x a b c"]);
      const end = Graph.of({ a: task(list, 1), x: marked(), b: of("a", "x") });
      expect(shape(inline(end, ["b"]), ["b"])).to.deep.equal(["a x b"]);
    });

    it("keeps apart what has parts of the same name that are not the same", () => {
      const one = fusedOf([
        { key: "p", task: task(list, 1) },
        { key: "a", task: of("p") },
      ]);
      const two = fusedOf([
        { key: "p", task: task(list, 2) },
        { key: "b", task: of("p", "a") },
      ]);
      expect(shape(Graph.of({ a: one, b: two }), ["b"])).to.deep.equal(["p a", "p b"]);
    });

    it("keeps a task apart whose input has the name of a part", () => {
      const inner = fusedOf([
        { key: "p", task: task(list, "inside") },
        { key: "a", task: of("p") },
      ]);
      const graph = Graph.of({ p: ["outside"], a: inner, b: of("a", "p") });
      expect(shape(graph, ["b"], { aveWidth: 9, fudge: 0 })).to.deep.equal(["p", "p a", "b"]);
    });

    it("keeps a fused task apart that stands under another key, or was given settings since", () => {
      const fused = fusedOf([{ key: "a", task: task(list, 1) }]);
      const elsewhere = Graph.of({ x: fused, y: of("x") });
      expect(fuse(elsewhere, ["y"])).to.equal(elsewhere);
      const graph = Graph.of({ a: fused.with({ retries: 1 }), y: of("a") });
      expect(fuse(graph, ["y"])).to.equal(graph);
    });
  });
});
