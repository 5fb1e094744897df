import { expect } from "chai";
import { CycleError } from "../../../src/errors.js";
import { Graph } from "../../../src/graph/graph.js";
import { ref } from "../../../src/graph/ref.js";
import { task } from "../../../src/graph/task.js";
import { diagnose } from "../../../src/graph/order/diagnostics.js";
import { orderOf } from "../../../src/graph/order/order.js";
import { flawOf } from "../../support/order-checks.js";
import { chain, independent } from "../../support/graphs.js";
import { toIndex } from "../../support/topology.js";

const f = (...args: readonly unknown[]): number => args.length;

describe("The order of a graph", () => {
  it("is empty for the empty graph", () => {
    expect([...Graph.of({}).order()]).to.deep.equal([]);
    expect(Graph.of({}).diagnostics()).to.deep.equal({ peak: 0, curve: [] });
  });

  it("gives each key one rank, after all the key needs, aliases and data included", () => {
    const g = Graph.of({
      total: task(f, [ref("x"), { deep: ref("y") }]),
      alias: ref("total"),
      y: task(f, ref("x")),
      x: 1,
      alone: "data",
    });
    const order = g.order();
    expect([...order.values()].sort((a, b) => a - b)).to.deep.equal([0, 1, 2, 3, 4]);
    for (const key of g.keys()) {
      for (const need of g.dependencies(key)) expect(order.get(need)).to.be.below(order.get(key)!);
    }
  });

  it("is that of insertion where nothing else tells tasks apart", () => {
    const names = ["m", "z", "a", "k"];
    const loose = Graph.of(names.map((name) => [name, task(f)] as const));
    expect(names.map((name) => loose.order().get(name))).to.deep.equal([0, 1, 2, 3]);
    const g = Graph.of([...names.map((name) => [name, task(f)] as const), ["all", task(f, names.map(ref))]]);
    expect(names.map((name) => g.order().get(name))).to.deep.equal([0, 1, 2, 3]);
  });

  it("follows control edges", () => {
    const order = Graph.of({
      report: task(f).after("clean", "load"),
      clean: task(f).after("load"),
      load: task(f),
    }).order();
    expect(order.get("load")).to.be.below(order.get("clean")!);
    expect(order.get("clean")).to.be.below(order.get("report")!);
  });

  it("holds nothing for a control edge, so that what only waits costs nothing", () => {
    const rows = [[], [], [0], [1], []];
    const controls = [[], [], [], [], [2, 3]];
    const index = toIndex(rows, { controls });
    expect(diagnose(index, orderOf(index)).peak).to.equal(1);
  });

  it("keeps nothing of a tree that only has to have run before", () => {
    const tree = [[], [], [], [], [], [], [], [], [0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11], [12, 13]];
    const index = toIndex([...tree, [], [15]], { controls: [...tree.map(() => []), [], [14]] });
    const rank = orderOf(index);
    expect(flawOf(index, rank)).to.equal(undefined);
    expect(diagnose(index, rank).peak).to.equal(4);
  });

  it("takes the deeper of two parts first, and never mixes them", () => {
    const order = Graph.of({
      short: task(f),
      shortEnd: task(f, ref("short")),
      long: task(f),
      longMiddle: task(f, ref("long")),
      longEnd: task(f, ref("longMiddle")),
    }).order();
    expect(["long", "longMiddle", "longEnd", "short", "shortEnd"].map((key) => order.get(key))).to.deep.equal(
      [0, 1, 2, 3, 4],
    );
  });

  it("is found for a chain of a million links and for a million independent tasks", () => {
    const links = orderOf(toIndex(chain(1_000_000)));
    expect(links[0]).to.equal(0);
    expect(links[999_999]).to.equal(999_999);
    const loose = orderOf(toIndex(independent(1_000_000)));
    expect(loose[999_999]).to.equal(999_999);
  });

  it("is found for a long chain whose every result is used again, the first ones last", () => {
    const size = 50_000;
    const spine = chain(size);
    const back = Array.from({ length: size }, (_, i) => [i, size - 1 - i]);
    const index = toIndex([...spine, ...back]);
    expect(flawOf(index, orderOf(index))).to.equal(undefined);
  });
});

describe("A cycle", () => {
  const cycleOf = (g: Graph): CycleError => {
    try {
      g.order();
    } catch (error) {
      if (error instanceof CycleError) return error;
      throw error;
    }
    throw new Error("no cycle was found");
  };

  it("of one task that needs itself is named", () => {
    expect(cycleOf(Graph.of({ a: task(f, ref("a")) })).cycle).to.deep.equal(["a", "a"]);
  });

  it("is named by its keys in order, each needing the next, without what leads to it or from it", () => {
    const g = Graph.of({
      before: task(f),
      tail: task(f, ref("c")),
      a: task(f, ref("b"), ref("before")),
      b: task(f, ref("before"), ref("c")),
      c: task(f, ref("a")),
      after: task(f, ref("tail")),
    });
    const { cycle, message } = cycleOf(g);
    expect(cycle).to.have.length(4);
    expect(cycle[0]).to.equal(cycle[3]);
    expect(new Set(cycle)).to.deep.equal(new Set(["a", "b", "c"]));
    for (let i = 0; i < 3; i++) expect(g.dependencies(cycle[i]!)).to.include(cycle[i + 1]);
    for (const key of cycle) expect(message).to.include(JSON.stringify(key));
  });

  it("through control edges is one too", () => {
    const g = Graph.of({ a: task(f).after("b"), b: task(f, ref("a")) });
    expect(cycleOf(g).cycle).to.have.length(3);
  });

  it("through aliases is one too", () => {
    expect(cycleOf(Graph.of({ a: ref("b"), b: ref("a") })).cycle).to.have.length(3);
  });

  it("is found without recursion in a ring of 200,000", () => {
    const size = 200_000;
    const index = toIndex(chain(size).map((row, i) => (i === 0 ? [size - 1] : row)));
    expect(() => orderOf(index))
      .to.throw(CycleError)
      .with.property("cycle")
      .with.length(size + 1);
  });

  it("is found beside parts that have none", () => {
    const index = toIndex([[], [0], [3], [2], [1, 3]]);
    expect(() => orderOf(index))
      .to.throw(CycleError)
      .with.property("cycle")
      .that.has.length(3);
  });

  it("is an error of diagnostics too", () => {
    expect(() => Graph.of({ a: ref("a") }).diagnostics()).to.throw(CycleError);
  });
});
