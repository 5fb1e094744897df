import { expect } from "chai";
import { graphOf, independent, inParts, SchedulerHarness } from "../../support/scheduler-harness.js";

describe("the scheduler takes in graphs", () => {
  it("runs one task from submission to release, and forgets it", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    h.dialogue();
    c.submit([{ key: "a" }]);
    w1.done("a", { inline: [1] });
    c.release("a");
    expect(h.dialogue().split("\n")).to.deep.equal([
      "c says submit a",
      "to c: accepted",
      "to w1: run a",
      "w1 says done a",
      "to c: status a=finished",
      "c says release a",
    ]);
    expect(h.core.stats().tasks).to.equal(0);
    expect(c.last("a").inline).to.deep.equal([1]);
  });

  it("has a value that is not inline freed by its worker when nobody wants it any more", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.done("a");
    expect(c.last("a").holders).to.deep.equal([w1.peer]);
    c.release("a");
    expect(w1.freed).to.deep.equal(["a"]);
  });

  it("accepts a graph that is submitted twice under one id, and runs it once", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    const graph = graphOf([{ key: "a" }, { key: "b", needs: ["a"] }], { graphId: "g" });
    c.say(graph);
    c.say(graph);
    expect(c.accepted).to.deep.equal(["g", "g"]);
    expect(w1.keys).to.deep.equal(["a", "b"]);
    w1.doneAll();
    expect(c.told.get("b")).to.have.length(1);
    c.say(graph);
    expect(w1.keys).to.deep.equal([]);
    c.release("b");
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("takes two clients' same task as one task, run once, held until both have released it", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const [c, d] = [h.client("c"), h.client("d")];
    c.submit([{ key: "a", args: [1, 2] }]);
    d.submit([{ key: "a", args: [1, 2] }]);
    expect(w1.keys).to.deep.equal(["a"]);
    w1.done("a");
    expect([c.state("a"), d.state("a")]).to.deep.equal(["finished", "finished"]);
    c.release("a");
    expect(w1.freed).to.deep.equal([]);
    d.release("a");
    expect(w1.freed).to.deep.equal(["a"]);
  });

  for (const [what, other] of [
    ["another function", { key: "a", args: [1], fn: "g" }],
    ["other arguments", { key: "a", args: [2] }],
    ["another input", { key: "a", args: [1], needs: ["y"] }],
    ["another kind of edge", { key: "a", args: [1], after: ["x"] }],
    ["other resources", { key: "a", args: [1], needs: ["x"], options: { resources: { gpu: 1 } } }],
  ] as const) {
    it(`refuses a graph in which a known key has ${what}, and nothing of it stays`, () => {
      const h = new SchedulerHarness();
      const w1 = h.worker("w1");
      const [c, d] = [h.client("c"), h.client("d")];
      const inputs = [{ key: "x" }, { key: "y" }];
      c.submit([...inputs, { key: "a", args: [1], needs: ["x"], pure: false }], { wants: ["a", "y"] });
      const before = h.core.stats().tasks;
      d.submit([{ key: "fresh" }, ...inputs, { ...other, pure: false }], {
        wants: ["a", "fresh"],
        graphId: "bad",
      });
      expect(d.accepted).to.deep.equal([]);
      expect(d.refused.map(({ graphId }) => graphId)).to.deep.equal(["bad"]);
      expect(d.refused[0]!.error).to.include({ kind: "refused", code: "ERR_DUPLICATE_KEY" });
      expect(d.refused[0]!.error.message).to.include('"a"');
      expect(h.core.stats().tasks).to.equal(before);
      expect(w1.keys).to.not.include("fresh");
    });
  }

  it("refuses a graph that has one key twice with different tasks", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    c.submit(
      [
        { key: "a", args: [1] },
        { key: "a", args: [2] },
      ],
      { wants: ["a"] },
    );
    expect(c.refused[0]!.error.code).to.equal("ERR_DUPLICATE_KEY");
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("takes a pure task for the one it knows when one of the two is fused, for their key says what they compute", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const [c, d] = [h.client("c"), h.client("d")];
    c.submit([{ key: "a", fn: "fused", module: "skein:graph", args: [1] }]);
    d.submit([{ key: "x" }, { key: "a", needs: ["x"] }]);
    expect(d.refused).to.deep.equal([]);
    expect(w1.keys).to.deep.equal(["a"]);
    w1.done("a");
    expect(d.state("a")).to.equal("finished");
  });

  it("lets a graph use keys of an earlier one", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.done("a");
    c.submit([{ key: "b", needs: ["a"] }]);
    c.release("a");
    expect(w1.freed).to.deep.equal([]);
    w1.done("b");
    expect(c.state("b")).to.equal("finished");
    expect(w1.freed).to.deep.equal(["a"]);
  });

  it("refuses a graph that uses a key nobody knows, and names key and task", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    c.submit([{ key: "b", needs: ["nowhere"] }]);
    const { error } = c.refused[0]!;
    expect(error.code).to.equal("ERR_MISSING_KEY");
    expect(error.message).to.include('"nowhere"').and.to.include('"b"');
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("refuses a graph with a cycle, and names its keys", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    c.submit([{ key: "ok" }, { key: "a", needs: ["b"] }, { key: "b", needs: ["a"] }]);
    expect(c.refused[0]!.error.code).to.equal("ERR_CYCLE");
    expect(c.refused[0]!.error.message).to.include('"a"').and.to.include('"b"');
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("accepts ranks that do not fit the edges, when there is no cycle", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([
      { key: "a", rank: 5 },
      { key: "b", needs: ["a"], rank: 0 },
    ]);
    expect(c.accepted).to.have.length(1);
    w1.doneAll();
    expect(c.state("b")).to.equal("finished");
  });

  it("puts parts together in whatever order they come, and starts nothing before the last", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 10 });
    const c = h.client();
    const parts = inParts(graphOf([...independent(5), { key: "sum", needs: ["x-0", "x-4"] }]), 2);
    const [first, second, third] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]];
    c.say(third);
    c.say(first);
    c.say(first);
    expect(w1.keys).to.deep.equal([]);
    c.say(second);
    expect(c.accepted).to.have.length(1);
    w1.doneAll();
    expect(c.state("sum")).to.equal("finished");
  });

  it("forgets the parts of a graph whose client is gone", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    const [first] = inParts(graphOf(independent(5), { graphId: "g" }), 2);
    c.say(first!);
    h.feed({ type: "peerLost", peer: c.peer, why: "nobody" });
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("does not keep tasks that nobody wants and nothing needs", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "useless" }, { key: "a" }], { wants: ["a"] });
    expect(w1.keys).to.deep.equal(["a"]);
    expect(h.core.stats().tasks).to.equal(1);
  });

  it("has literals in memory at once, and sends them along with the tasks that need them", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit(
      [
        { key: "one", literal: [7, 7] },
        { key: "a", needs: ["one"] },
      ],
      { wants: ["one", "a"] },
    );
    expect(c.last("one")).to.include({ state: "finished" });
    expect(c.last("one").inline).to.deep.equal([7, 7]);
    const [input] = [...w1.runs.values()][0]!.inputs;
    expect(w1.inlined.has(input!)).to.equal(true);
  });

  it("answers an empty graph, and one that wants nothing", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    c.submit([{ key: "a" }], { wants: [] });
    c.say({
      ...graphOf([{ key: "a" }], { wants: [] }),
      tasks: { ...graphOf([{ key: "a" }]).tasks, total: 0, keys: [] },
    });
    expect(c.accepted).to.have.length(1);
    expect(c.refused).to.have.length(1);
    expect(h.core.stats().tasks).to.equal(0);
  });

  for (const [what, change] of [
    ["a dependency past the end", { dep: Uint32Array.of(9) }],
    ["columns of different lengths", { rank: Int32Array.of(1) }],
    ["rows that do not end", { depStart: Uint32Array.of(0, 0) }],
  ] as const) {
    it(`refuses a graph with ${what}`, () => {
      const h = new SchedulerHarness();
      const c = h.client();
      const graph = graphOf([{ key: "a" }, { key: "b", needs: ["a"] }]);
      c.say({ ...graph, tasks: { ...graph.tasks, ...change } });
      expect(c.refused).to.have.length(1);
      expect(h.core.stats().tasks).to.equal(0);
    });
  }

  it("takes a chain of a hundred thousand links without running out of stack, forwards and back", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    const chain = Array.from({ length: 100_000 }, (_, i) => ({
      key: `k-${i}`,
      needs: i === 0 ? [] : [`k-${i - 1}`],
    }));
    c.submit(chain);
    expect(h.core.stats().states["waiting"]).to.equal(99_999);
    c.release("k-99999");
    expect(h.core.stats().tasks).to.equal(0);
  });
});
