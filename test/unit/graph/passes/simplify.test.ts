import { runInThisContext } from "node:vm";
import { expect } from "chai";
import { Graph } from "../../../../src/graph/graph.js";
import { simplify } from "../../../../src/graph/passes/simplify.js";
import { fusedOf } from "../../../../src/graph/passes/fused.js";
import { quote, Quoted, Ref, ref } from "../../../../src/graph/ref.js";
import { task, Task } from "../../../../src/graph/task.js";
import { evaluate } from "../../../support/evaluate.js";

const inc = (x: number): number => x + 1;
const list = (...args: readonly unknown[]): unknown => args;

const taskAt = (graph: Graph, key: string): Task => {
  const node = graph.get(key);
  if (!(node instanceof Task)) throw new Error(`${key} is no task`);
  return node;
};

describe("simplify", () => {
  it("lets references through aliases lead to what they stand for, also inside structures", () => {
    const graph = Graph.of({
      x: 1,
      a: ref("x"),
      b: ref("a"),
      y: task(list, ref("b"), [ref("a"), { deep: ref("b") }], "b"),
    });
    const simple = simplify(graph, ["y"]);
    expect(simple.keys()).to.deep.equal(["x", "y"]);
    expect(taskAt(simple, "y").refs).to.deep.equal(["x"]);
    expect(evaluate(simple, ["y"])).to.deep.equal([[1, [1, { deep: 1 }], "b"]]);
  });

  it("leads control edges through aliases as well", () => {
    const graph = Graph.of({ x: task(inc, 1), a: ref("x"), y: task(inc, 2).after("a"), z: ref("a") });
    const simple = simplify(graph, ["y"]);
    expect(simple.keys()).to.deep.equal(["x", "y"]);
    expect(simple.dependencies("y")).to.deep.equal(["x"]);
  });

  it("leaves a control edge out that leads where a data edge leads", () => {
    const graph = Graph.of({ x: 1, a: ref("x"), y: task(inc, ref("x")).after("a") });
    expect(taskAt(simplify(graph, ["y"]), "y").controls).to.deep.equal([]);
  });

  it("keeps outputs that are aliases, leading straight to their target", () => {
    const graph = Graph.of({ x: task(inc, 1), a: ref("x"), b: ref("a"), c: ref("b") });
    const simple = simplify(graph, ["c", "a"]);
    expect(simple.keys()).to.deep.equal(["x", "a", "c"]);
    expect(simple.get("c")).to.deep.equal(new Ref("x"));
    expect(evaluate(simple, ["c", "a"])).to.deep.equal([2, 2]);
  });

  it("changes nothing where the only aliases are outputs that lead straight to a task", () => {
    const graph = Graph.of({ x: task(inc, 1), a: ref("x") });
    expect(simplify(graph, ["a"])).to.equal(graph);
  });

  it("takes out calls that hand their argument on, however the function is written", () => {
    const identities = [
      (x: unknown) => x,
      (value: unknown) => {
        return value;
      },
      function (x: unknown) {
        return x;
      },
      function identity($x: unknown) {
        return $x;
      },
    ];
    for (const identity of identities) {
      const graph = Graph.of({ x: task(inc, 1), i: task(identity, ref("x")), y: task(inc, ref("i")) });
      expect(simplify(graph, ["y"]).keys(), String(identity)).to.deep.equal(["x", "y"]);
    }
  });

  it("leaves functions alone that do anything else", () => {
    const y = 1;
    const others = [
      (x: unknown) => [x],
      (_x: unknown) => y,
      (x: unknown = 1) => x,
      (...x: unknown[]) => x,
      ({ x }: { x: unknown }) => x,
      async (x: unknown) => x,
      runInThisContext("(function* (x) { return x; })") as (x: unknown) => unknown,
      // A line that ends after `return` gives nothing.
      runInThisContext("(function (x) { return\n x; })") as (x: unknown) => unknown,
      inc,
      Object,
    ];
    for (const other of others) {
      const graph = Graph.of({ x: 1, i: task(other as (x: unknown) => unknown, ref("x")), y: ref("i") });
      expect(simplify(graph, ["i"]).get("i"), String(other)).to.be.instanceOf(Task);
    }
  });

  it("keeps an identity that waits for another task, or says how it is to be run", () => {
    const same = (x: unknown): unknown => x;
    const graph = Graph.of({
      x: 1,
      first: task(inc, 1),
      waits: task(same, ref("x")).after("first"),
      placed: task(same, ref("x")).with({ workers: ["w1"] }),
      y: task(list, ref("waits"), ref("placed")),
    });
    expect(simplify(graph, ["y"])).to.equal(graph);
  });

  it("takes an identity out that waits only for what it hands on", () => {
    const same = (x: unknown): unknown => x;
    const graph = Graph.of({
      x: task(inc, 1),
      a: ref("x"),
      i: task(same, ref("a")).after("x"),
      j: task(same, ref("i")).after("a", "x"),
      y: task(inc, ref("j")),
    });
    expect(simplify(graph, ["y"]).keys()).to.deep.equal(["x", "y"]);
  });

  it("makes an alias of an output that is an identity", () => {
    const graph = Graph.of({ x: task(inc, 1), y: task((x: unknown) => x, ref("x")) });
    expect(simplify(graph, ["y"]).get("y")).to.deep.equal(new Ref("x"));
  });

  it("leaves quoted data as it is", () => {
    const inside = { like: ref("a") };
    const graph = Graph.of({ x: 1, a: ref("x"), y: task(list, quote(inside), [quote([2]), ref("a")]) });
    const { args } = taskAt(simplify(graph, ["y"]), "y");
    expect((args[0] as Quoted).value).to.equal(inside);
    expect((args[1] as unknown[])[0]).to.be.instanceOf(Quoted);
  });

  it("leaves aliases that lead in a circle, and what leads to them", () => {
    const graph = Graph.of({ a: ref("b"), b: ref("a"), c: ref("a"), x: task(inc, ref("c")) });
    expect(simplify(graph, ["x"])).to.equal(graph);
  });

  it("keeps an alias that a fused task needs", () => {
    const fused = fusedOf([
      { key: "p", task: task(inc, ref("a")) },
      { key: "y", task: task(inc, ref("p")) },
    ]);
    const graph = Graph.of({ x: 1, a: ref("x"), b: ref("a"), y: fused, z: task(inc, ref("b")) });
    const simple = simplify(graph, ["y", "z"]);
    expect(simple.keys()).to.deep.equal(["x", "a", "y", "z"]);
    expect(evaluate(simple, ["y", "z"])).to.deep.equal([3, 2]);
  });

  it("keeps the options of tasks it rewrites", () => {
    const graph = Graph.of({ x: 1, a: ref("x"), y: task(inc, ref("a")).with({ retries: 2, pure: true }) });
    expect(taskAt(simplify(graph, ["y"]), "y").options).to.deep.equal({ retries: 2, pure: true });
  });
});
