import { expect } from "chai";
import type { Register } from "../../../src/protocol/messages.js";
import {
  graphOf,
  independent,
  SchedulerHarness,
  type PuppetClient,
  type PuppetWorker,
} from "../../support/scheduler-harness.js";

const graph = graphOf(
  [{ key: "a" }, { key: "b", needs: ["a"] }, { key: "d" }, { key: "e", needs: ["b", "d"], pure: false }],
  { wants: ["e"], graphId: "g" },
);

/** The next term begins with nothing; the worker and the client come to it in that order, or the other way round. */
function takeOver(h: SchedulerHarness, peers: readonly (PuppetWorker | PuppetClient)[]): void {
  h.replaceScheduler({ epoch: 2, recovering: true });
  for (const peer of peers) {
    h.connect(peer);
    if ("register" in peer) peer.register();
    else {
      peer.told.clear();
      peer.say(graph);
    }
  }
}

describe("a scheduler that takes over", () => {
  for (const order of ["workers before clients", "clients before workers"] as const) {
    it(`recomputes nothing that a live worker holds: ${order}`, () => {
      const h = new SchedulerHarness();
      const w1 = h.worker("w1");
      const c = h.client();
      c.say(graph);
      w1.done("a");
      w1.done("b");
      const ran = [...w1.values.values()].map(({ key }) => key);
      w1.runs.clear();
      takeOver(h, order === "workers before clients" ? [w1, c] : [c, w1]);
      expect(w1.keys).to.deep.equal([]);
      h.advance(3_100);
      expect(ran).to.include("b");
      expect(w1.keys).to.not.include("a").and.to.not.include("b");
      w1.doneAll();
      expect(c.state("e")).to.equal("finished");
    });
  }

  it("takes a registration as a whole when its last page has come, and none of a link that started afresh", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit(independent(2), { wants: ["x-0", "x-1"] });
    w1.done(["x-0", "x-1"]);
    const runs = [...w1.values.keys()];
    const pages = runs.map((run): Register => ({
      ...{ kind: "register", name: "w1", threads: 2, concurrency: 1, memoryLimitBytes: 1e9, resources: {} },
      ...{ runs: new Float64Array(), started: new Uint8Array(), runKeys: [] },
      values: Float64Array.of(run),
      valueKeys: [w1.values.get(run)!.key],
      valueBytes: Float64Array.of(10),
    }));
    const [first, last] = pages as [Register, Register];
    w1.say({ ...first, more: true });
    w1.say(last);
    expect([w1.freed, w1.keys]).to.deep.equal([[], []]);
    w1.say({ ...first, more: true });
    h.feed({ type: "linkReset", peer: w1.peer });
    w1.say(last);
    expect(w1.keys, "the value that is not spoken of is made again").to.deep.equal(["x-0"]);
  });

  it("adopts runs that go on, impure ones too, and their results under the old run", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 4 });
    const c = h.client();
    c.say(graph);
    w1.done("a");
    w1.done("b");
    w1.done("d");
    const run = w1.runOf("e");
    w1.started.add(run);
    takeOver(h, [c, w1]);
    expect(w1.cancelled).to.deep.equal([]);
    expect(h.core.explain("e")).to.include("running on w1");
    w1.doneRuns([run]);
    expect(c.last("e")).to.include({ state: "finished", run });
    h.advance(3_100);
    expect(w1.keys).to.deep.equal([]);
  });

  it("makes what an adopted run needed again when that run is lost", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 4 });
    const c = h.client();
    c.say(graph);
    w1.done("a");
    w1.done("b");
    w1.done("d");
    w1.started.add(w1.runOf("e"));
    takeOver(h, [c, w1]);
    w1.die("bye");
    const w2 = h.worker("w2", { threads: 4 });
    h.advance(3_100);
    expect(w2.keys).to.include.members(["a", "d"]);
    w2.doneAll();
    expect(c.state("e")).to.equal("finished");
  });

  it("gives nothing out during the grace, and frees what nobody asked for after it", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "other" }]);
    w1.done("other");
    takeOver(h, [w1, c]);
    h.advance(2_000);
    expect(w1.keys).to.deep.equal([]);
    expect(w1.freed).to.deep.equal([]);
    expect(h.core.explain("a")).to.include("queued until");
    h.advance(1_200);
    expect(w1.keys).to.not.deep.equal([]);
    expect(w1.freed).to.deep.equal(["other"]);
  });

  it("stops runs after the grace that nobody asked for", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "other" }]);
    takeOver(h, [w1, c]);
    h.advance(3_100);
    expect(w1.cancelled).to.deep.equal(["other"]);
  });

  it("lets clients want keys of graphs that come later, and calls them lost after the grace", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const [c, d] = [h.client("c"), h.client("d")];
    h.replaceScheduler({ epoch: 2, recovering: true });
    for (const peer of [w1, c, d]) h.connect(peer);
    w1.register();
    d.want("a", "nowhere");
    expect([d.state("a"), d.state("nowhere")]).to.deep.equal(["pending", "pending"]);
    c.say(graph);
    h.advance(3_100);
    expect(d.state("nowhere")).to.equal("lost");
    w1.doneAll();
    expect([d.state("a"), c.state("e")]).to.deep.equal(["finished", "finished"]);
  });

  it("lets graphs come before those whose keys they use, and refuses them after the grace", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const [c, d] = [h.client("c"), h.client("d")];
    h.replaceScheduler({ epoch: 2, recovering: true });
    for (const peer of [w1, c, d]) h.connect(peer);
    w1.register();
    const late = graphOf([{ key: "z", needs: ["y"] }], { graphId: "late" });
    d.say(late);
    d.say(graphOf([{ key: "y", needs: ["a"] }], { graphId: "middle" }));
    d.say(graphOf([{ key: "n", needs: ["nowhere"] }], { graphId: "never" }));
    expect(d.accepted).to.deep.equal([]);
    c.say(graph);
    expect(d.accepted).to.have.members(["late", "middle"]);
    h.advance(3_100);
    expect(d.refused.map(({ graphId }) => graphId)).to.deep.equal(["never"]);
    w1.doneAll();
    expect(d.state("z")).to.equal("finished");
  });

  it("takes a scattered value that a worker offers for a key that a graph refers to", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    w1.values.set(4294967296 + 5, { key: "scattered", nbytes: 7 });
    h.replaceScheduler({ epoch: 2, recovering: true });
    for (const peer of [w1, c]) h.connect(peer);
    w1.register();
    c.submit([{ key: "use", needs: ["scattered"] }]);
    h.advance(3_100);
    expect(w1.keys).to.deep.equal(["use"]);
    w1.done("use");
    expect(c.state("use")).to.equal("finished");
  });

  for (const order of ["before", "after"] as const) {
    it(`keeps a scattered value that a client wants, told of it ${order} its worker is heard of`, () => {
      const h = new SchedulerHarness();
      const w1 = h.worker("w1");
      const c = h.client();
      const run = 4294967296 + 5;
      w1.values.set(run, { key: "scattered", nbytes: 7 });
      h.replaceScheduler({ epoch: 2, recovering: true });
      for (const peer of [w1, c]) h.connect(peer);
      if (order === "after") w1.register();
      c.say({ kind: "scatter", key: "scattered", nbytes: 7, holders: [w1.peer], run });
      c.say({ kind: "want", keys: ["scattered"], all: true });
      if (order === "before") w1.register();
      h.advance(3_100);
      expect([c.state("scattered"), c.last("scattered").holders, w1.freed]).to.deep.equal([
        ...["finished", [w1.peer], []],
      ]);
    });
  }

  it("keeps a value that a client wants by name, though the graph it is of went with its client", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    w1.values.set(4294967296 + 5, { key: "shared", nbytes: 7 });
    h.replaceScheduler({ epoch: 2, recovering: true });
    for (const peer of [w1, c]) h.connect(peer);
    w1.register();
    w1.values.set(4294967296 + 6, { key: "let go", nbytes: 7 });
    w1.register();
    c.want("shared", "gone", "let go");
    c.release("let go");
    h.advance(3_100);
    expect([c.state("shared"), c.state("gone"), w1.freed.length]).to.deep.equal(["finished", "lost", 1]);
  });

  it("learns what a value is of when its graph comes after those who use it, and can make it again then", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const w2 = h.worker("w2");
    const [owner, user] = [h.client("owner"), h.client("user")];
    w1.values.set(4294967296 + 5, { key: "shared", nbytes: 7 });
    h.replaceScheduler({ epoch: 2, recovering: true });
    for (const peer of [w1, w2, user]) h.connect(peer);
    w1.register();
    w2.register();
    user.submit([{ key: "use", needs: ["shared"] }]);
    h.advance(3_100);
    h.connect(owner);
    const graph = [{ key: "base" }, { key: "shared", needs: ["base"], options: { retries: 1 } }];
    owner.submit(graph, { wants: ["shared"] });
    expect([owner.refused, owner.state("shared")]).to.deep.equal([[], "finished"]);
    w1.die();
    expect(w2.keys).to.include("base");
    w2.doneAll();
    expect(user.state("use")).to.equal("finished");
    owner.release("shared");
    user.release("use");
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("keeps copies on two workers, and one run of two", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.silentWorker("w1"), h.silentWorker("w2")];
    const c = h.client();
    const old = 4294967296 + 5;
    h.nameRun(old, "a");
    h.nameRun(old + 1, "d");
    h.nameRun(old + 2, "d");
    for (const worker of [w1, w2]) worker.values.set(old, { key: "a", nbytes: 7 });
    for (const [i, worker] of [w1, w2].entries()) {
      const run = old + 1 + i;
      worker.runs.set(run, { run, key: "d", inputs: [], options: undefined, priority: 0 });
    }
    takeOver(h, [w1, w2, c]);
    expect(h.core.explain("a")).to.include("w1").and.to.include("w2");
    expect([...w1.cancelled, ...w2.cancelled]).to.deep.equal(["d"]);
  });

  it("never gives out a run's number twice, across terms", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 9 });
    const c = h.client();
    c.submit(independent(5), { wants: ["x-0", "x-1"] });
    const before = [...w1.runs.keys()];
    w1.runs.clear();
    takeOver(h, [w1, c]);
    h.advance(3_100);
    expect(Math.min(...w1.runs.keys())).to.be.above(Math.max(...before));
  });
});
