import { expect } from "chai";
import { MissingKeyError } from "../../../../src/errors.js";
import { Graph } from "../../../../src/graph/graph.js";
import { Fused, fusedOf } from "../../../../src/graph/passes/fused.js";
import { inline } from "../../../../src/graph/passes/inline.js";
import { quote, Quoted, ref } from "../../../../src/graph/ref.js";
import { task, Task } from "../../../../src/graph/task.js";
import { evaluate } from "../../../support/evaluate.js";

const inc = (x: number): number => x + 1;
const list = (...args: readonly unknown[]): unknown => args;
const cheap = (...args: readonly unknown[]): Task => task(list, ...args).with({ inline: true });

/** The keys of the parts of a fused task; of any other its own key. */
function partsAt(graph: Graph, key: string): readonly string[] {
  const node = graph.get(key);
  return node instanceof Fused ? node.parts.map((part) => part.key) : [key];
}

function argsAt(graph: Graph, key: string): readonly unknown[] {
  const node = graph.get(key);
  if (!(node instanceof Task)) throw new Error(`${key} is no task`);
  return node.args;
}

describe("inline", () => {
  describe("of data", () => {
    it("puts small data where references to it stood, also inside structures", () => {
      const graph = Graph.of({
        x: 1,
        y: task(list, ref("x"), [{ deep: ref("x") }], ref("z")),
        z: task(inc, 1),
      });
      const inlined = inline(graph, ["y"]);
      expect(inlined.keys()).to.deep.equal(["y", "z"]);
      expect(inlined.dependencies("y")).to.deep.equal(["z"]);
      expect(argsAt(inlined, "y").slice(0, 2)).to.deep.equal([1, [{ deep: 1 }]]);
    });

    it("takes numbers, booleans, null, undefined, big integers and short strings for small", () => {
      for (const small of [0, true, null, undefined, 10n, "short", quote(1)]) {
        const graph = Graph.of([
          ["x", small],
          ["y", task(list, ref("x"))],
        ]);
        expect(inline(graph, ["y"]).keys()).to.deep.equal(["y"]);
        expect(evaluate(inline(graph, ["y"]), ["y"])).to.deep.equal(evaluate(graph, ["y"]));
      }
      for (const large of ["x".repeat(65), [], {}, new Date(0), quote([1]), quote(() => 1)]) {
        const graph = Graph.of({ x: large, y: task(list, ref("x")) });
        expect(inline(graph, ["y"])).to.equal(graph);
      }
    });

    it("keeps data that is an output, or that an alias leads to", () => {
      const graph = Graph.of({ x: 1, y: task(inc, ref("x")), z: 2, alias: ref("z"), w: task(inc, ref("z")) });
      const inlined = inline(graph, ["x", "y", "alias", "w"]);
      expect(inlined.keys()).to.deep.equal(["x", "y", "z", "alias", "w"]);
      expect([inlined.dependencies("y"), inlined.dependencies("w")]).to.deep.equal([[], []]);
    });

    it("leaves data alone that a task waits for by a control edge", () => {
      const graph = Graph.of({ x: 1, y: task(inc, ref("x")), z: task(inc, 1).after("x") });
      expect(inline(graph, ["y", "z"])).to.equal(graph);
    });

    it("drops a control edge that stood beside the reference", () => {
      const graph = Graph.of({ x: 1, y: task(inc, ref("x")).after("x") });
      const inlined = inline(graph, ["y"]);
      expect(inlined.dependencies("y")).to.deep.equal([]);
      expect(evaluate(inlined, ["y"])).to.deep.equal([2]);
    });

    it("hands chosen structures over as they are", () => {
      const big = { list: [1, 2, 3] };
      const graph = Graph.of({ x: big, q: quote(big), y: task(list, ref("x"), ref("q")) });
      const inlined = inline(graph, ["y"], { keys: ["x", "q"] });
      expect(argsAt(inlined, "y").every((arg) => arg instanceof Quoted && arg.value === big)).to.equal(true);
      expect((evaluate(inlined, ["y"])[0] as unknown[])[0]).to.equal(big);
    });
  });

  describe("of tasks", () => {
    it("repeats a task that is marked inside each of its dependents", () => {
      const graph = Graph.of({
        x: [1],
        i: cheap(ref("x")),
        a: task(list, "a", ref("i")),
        b: task(list, "b", [ref("i"), ref("i")]),
      });
      const inlined = inline(graph, ["a", "b"]);
      expect(inlined.keys()).to.deep.equal(["x", "a", "b"]);
      expect([partsAt(inlined, "a"), partsAt(inlined, "b")]).to.deep.equal([
        ["i", "a"],
        ["i", "b"],
      ]);
      expect(inlined.dependencies("a")).to.deep.equal(["x"]);
      expect(evaluate(inlined, ["a", "b"])).to.deep.equal(evaluate(graph, ["a", "b"]));
    });

    it("brings what is inlined into it along, each once", () => {
      const graph = Graph.of({
        one: 1,
        i: cheap(ref("one")),
        j: cheap(ref("i"), ref("one")),
        k: cheap(ref("i")),
        y: task(list, ref("j"), ref("k")),
      });
      const inlined = inline(graph, ["y"]);
      expect(inlined.keys()).to.deep.equal(["y"]);
      expect(partsAt(inlined, "y")).to.deep.equal(["i", "j", "k", "y"]);
      expect(evaluate(inlined, ["y"])).to.deep.equal([[[[1], 1], [[1]]]]);
    });

    it("inlines what keys or the predicate name, and then nothing else", () => {
      const graph = Graph.of({
        one: 1,
        x: task(list, 1),
        i: cheap(2),
        y: task(list, ref("one"), ref("x"), ref("i")),
      });
      expect(partsAt(inline(graph, ["y"], { keys: new Set(["x"]) }), "y")).to.deep.equal(["x", "y"]);
      expect(inline(graph, ["y"], { keys: [] })).to.equal(graph);
      const asked: string[] = [];
      const predicate = (key: string, node: unknown): boolean => {
        asked.push(key);
        return node instanceof Task && key === "i";
      };
      expect(partsAt(inline(graph, ["y"], { predicate }), "y")).to.deep.equal(["i", "y"]);
      expect(asked).to.deep.equal(["one", "x", "i", "y"]);
      expect(partsAt(inline(graph, ["y"], { predicate, keys: ["x"] }), "y")).to.deep.equal(["x", "i", "y"]);
    });

    it("refuses a key to inline that is not there", () => {
      expect(() => inline(Graph.of({ x: 1 }), ["x"], { keys: ["y"] })).to.throw(MissingKeyError, '"y"');
    });

    it("never repeats an impure task that is not marked, though it is named", () => {
      const graph = Graph.of({ x: task(list, 1), a: task(list, ref("x")), b: task(list, ref("x")) });
      expect(inline(graph, ["a", "b"], { keys: ["x"] })).to.equal(graph);
      expect(inline(graph, ["a", "x"], { keys: ["x"] })).to.equal(graph);
      const alias = Graph.of({ x: task(list, 1), a: task(list, ref("x")), also: ref("x") });
      expect(inline(alias, ["a", "also"], { keys: ["x"] })).to.equal(alias);
    });

    it("never repeats an impure task along with a pure one that it is inlined into", () => {
      const graph = Graph.of({
        x: task(list, 1),
        p: task(list, ref("x")).with({ pure: true }),
        a: task(list, ref("p")),
        b: task(list, ref("p")),
      });
      const inlined = inline(graph, ["a", "b"], { keys: ["x", "p"] });
      expect(inlined.keys()).to.deep.equal(["p", "a", "b"]);
      expect(partsAt(inlined, "p")).to.deep.equal(["x", "p"]);
    });

    it("repeats a pure task that is named", () => {
      const graph = Graph.of({
        x: task(list, 1).with({ pure: true }),
        a: task(list, ref("x")),
        b: task(list, ref("x")),
      });
      expect(inline(graph, ["a", "b", "x"], { keys: ["x"] }).keys()).to.deep.equal(["x", "a", "b"]);
      expect(inline(graph, ["a", "b"], { keys: ["x"] }).keys()).to.deep.equal(["a", "b"]);
    });

    it("leaves a task alone that others wait for by a control edge", () => {
      const graph = Graph.of({ i: cheap(1), a: task(list, ref("i")), b: task(list, 2).after("i") });
      expect(inline(graph, ["a", "b"])).to.equal(graph);
    });

    it("lets dependents wait for what the inlined task waited for", () => {
      const graph = Graph.of({ first: task(list, 0), i: cheap(1).after("first"), a: task(list, ref("i")) });
      const inlined = inline(graph, ["a"]);
      expect(inlined.keys()).to.deep.equal(["first", "a"]);
      expect(inlined.dependencies("a")).to.deep.equal(["first"]);
    });

    it("leaves a task alone that is to be run otherwise than one of its dependents", () => {
      const graph = Graph.of({
        i: cheap(1).with({ retries: 1 }),
        a: task(list, ref("i")).with({ retries: 1 }),
        b: task(list, ref("i")),
      });
      expect(inline(graph, ["a", "b"])).to.equal(graph);
      expect(inline(graph, ["a"])).to.equal(graph);
      const alike = Graph.of({
        i: cheap(1).with({ retries: 1 }),
        a: task(list, ref("i")).with({ retries: 1 }),
      });
      expect(partsAt(inline(alike, ["a"]), "a")).to.deep.equal(["i", "a"]);
    });

    it("leaves alone what a fused task needs", () => {
      const fused = fusedOf([
        { key: "p", task: task(inc, ref("one")) },
        { key: "y", task: task(list, ref("p"), ref("i")) },
      ]);
      const graph = Graph.of({ one: 1, i: cheap(2), y: fused, z: task(list, ref("one"), ref("i")) });
      expect(inline(graph, ["y", "z"])).to.equal(graph);
    });

    it("ends on a cycle of marked tasks, and leaves it", () => {
      const graph = Graph.of({ a: cheap(ref("b")), b: cheap(ref("a")), y: task(list, ref("a")) });
      expect(inline(graph, ["y"])).to.equal(graph);
    });

    it("stops repeating before a ladder of marked tasks grows out of hand", () => {
      const entries: [string, unknown][] = [
        ["l0", cheap(0)],
        ["r0", cheap(1)],
      ];
      const rungs = 1000;
      for (let i = 1; i < rungs; i++) {
        for (const side of ["l", "r"])
          entries.push([`${side}${i}`, cheap(ref(`l${i - 1}`), ref(`r${i - 1}`))]);
      }
      entries.push([
        "top",
        task((l: unknown[], r: unknown[]) => l.length + r.length, ref("l999"), ref("r999")),
      ]);
      const graph = Graph.of(entries);
      const inlined = inline(graph, ["top"]);
      const parts = inlined.keys().reduce((sum, key) => sum + partsAt(inlined, key).length, 0);
      expect(parts).to.be.lessThan(64 * graph.size);
      expect(inlined.size).to.be.lessThan(graph.size / 2);
      expect(evaluate(inlined, ["top"])).to.deep.equal([4]);
    });
  });
});
