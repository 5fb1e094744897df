import { expect } from "chai";
import { Graph } from "../../../../src/graph/graph.js";
import { cull } from "../../../../src/graph/passes/cull.js";
import { ref } from "../../../../src/graph/ref.js";
import { task } from "../../../../src/graph/task.js";

const inc = (x: number): number => x + 1;

describe("cull", () => {
  it("keeps what the outputs need, in the old order, and nothing else", () => {
    const graph = Graph.of({
      z: task(inc, ref("y")),
      x: 1,
      unused: task(inc, ref("x")),
      y: task(inc, ref("alias")),
      alias: ref("x"),
    });
    expect(cull(graph, ["z"]).keys()).to.deep.equal(["z", "x", "y", "alias"]);
  });

  it("keeps what is needed by a control edge alone, and what that needs", () => {
    const graph = Graph.of({ a: 1, b: task(inc, ref("a")), c: task(inc, 0).after("b"), d: 4 });
    expect(cull(graph, ["c"]).keys()).to.deep.equal(["a", "b", "c"]);
  });

  it("gives back the very graph when all of it is needed", () => {
    const graph = Graph.of({ x: 1, y: task(inc, ref("x")) });
    expect(cull(graph, ["y"])).to.equal(graph);
    expect(cull(graph, new Set(["x", "y"]))).to.equal(graph);
  });

  it("gives an empty graph when nothing is wanted", () => {
    expect(cull(Graph.of({ x: 1 }), []).size).to.equal(0);
    const empty = Graph.of({});
    expect(cull(empty, [])).to.equal(empty);
  });

  it("drops a cycle that no output needs, and ends on one that it does", () => {
    const graph = Graph.of({ a: task(inc, ref("b")), b: task(inc, ref("a")), c: 1 });
    expect(cull(graph, ["c"]).keys()).to.deep.equal(["c"]);
    expect(cull(graph, ["a"]).keys()).to.deep.equal(["a", "b"]);
  });

  it("takes outputs from a generator, and the same one twice", () => {
    const graph = Graph.of({ x: 1, y: 2, z: 3 });
    const outputs = function* (): Generator<string> {
      yield "z";
      yield "x";
      yield "z";
    };
    expect(cull(graph, outputs()).keys()).to.deep.equal(["x", "z"]);
  });
});
