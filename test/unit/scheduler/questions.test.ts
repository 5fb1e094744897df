import { expect } from "chai";
import { independent, SchedulerHarness } from "../../support/scheduler-harness.js";

describe("the scheduler answers", () => {
  it("what its workers are and do", () => {
    const h = new SchedulerHarness();
    h.worker("w1", { threads: 2, concurrency: 3, resources: { gpu: 1 } });
    const w2 = h.worker("w2");
    w2.beat({ paused: true });
    const c = h.client();
    c.submit([{ key: "a" }]);
    const workers = c.ask({ type: "workers" }).value as Record<string, unknown>[];
    expect(workers.map(({ name, state, processing }) => [name, state, processing])).to.deep.equal([
      ["w1", "running", 1],
      ["w2", "paused", 0],
    ]);
    expect(workers[0]).to.deep.include({ threads: 2, concurrency: 3, resources: { gpu: 1 } });
  });

  it("what happened to a task, also after it was forgotten", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.done("a");
    c.release("a");
    const story = c.ask({ type: "story", key: "a" }).value as { event: string; worker?: string }[];
    expect(story.map(({ event }) => event)).to.deep.equal([
      "WANTED",
      "ENQUEUED",
      "ASSIGNED",
      "FINISHED",
      "UNWANTED",
      "FORGOTTEN",
    ]);
    expect(story[2]!.worker).to.equal("w1");
  });

  it("remembers the last state changes only", () => {
    const h = new SchedulerHarness({ config: { storyLimit: 4 } });
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.done("a");
    c.release("a");
    expect(h.core.story("a").map(({ event }) => event)).to.deep.equal([
      "ASSIGNED",
      "FINISHED",
      "UNWANTED",
      "FORGOTTEN",
    ]);
  });

  it("what a task is doing, in every state", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    expect(h.core.explain("a")).to.include("not known");
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }, { key: "d", needs: ["a", "b"] }], {
      wants: ["b", "d"],
    });
    expect(h.core.explain("a")).to.include("no worker may run it: there is no worker");
    expect(h.core.explain("d")).to.include("waiting for a, b");
    const w1 = h.worker("w1");
    w1.start("a");
    h.now += 12_000;
    h.feed({ type: "message", from: w1.peer, message: { kind: "started", runs: new Float64Array() } });
    expect(h.core.explain("a")).to.include("running on w1 for 12.0 s");
    w1.done("a", { nbytes: 33 });
    expect(h.core.explain("a")).to.include("33 bytes on w1");
    w1.fail("b");
    expect(h.core.explain("b")).to.include("b is broken");
    expect(h.core.explain("d")).to.include('began in "b"');
    c.submit(independent(9), { wants: independent(9).map(({ key }) => key) });
    expect(h.core.explain("x-8")).to.include("queued");
    expect(c.ask({ type: "explain", key: "x-8" }).value).to.equal(h.core.explain("x-8"));
  });

  it("how far a graph is", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    const graph = independent(10);
    const wants = graph.map(({ key }) => key);
    c.submit(graph, { wants, graphId: "g" });
    w1.done(w1.keys[0]!, { tookMs: 100 });
    expect(c.ask({ type: "progress", graphId: "g" }).value).to.deep.include({
      done: 1,
      running: 2,
      total: 10,
    });
    c.release(...wants);
    expect(c.ask({ type: "progress", graphId: "g" }).value).to.include({ running: 0 });
  });

  it("drops everything on restart: what runs is stopped, what is held is freed, futures are cancelled", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit(independent(3), { wants: ["x-0", "x-1", "x-2"] });
    w1.done("x-0");
    c.ask({ type: "publish", name: "n", keys: ["x-0"], meta: null });
    c.ask({ type: "restart" });
    expect(["x-0", "x-1", "x-2"].map((key) => c.state(key))).to.deep.equal([
      "cancelled",
      "cancelled",
      "cancelled",
    ]);
    expect(w1.freed).to.deep.equal(["x-0"]);
    expect(w1.keys).to.deep.equal([]);
    expect(h.core.stats()).to.include({ tasks: 0, published: 0 });
  });

  it("has a function called on every worker, and gives one answer with what each said", () => {
    const h = new SchedulerHarness();
    const [w1, w2, w3] = [h.worker("w1"), h.worker("w2"), h.worker("w3")];
    const c = h.client();
    const fn = { kind: "module", module: "m", name: "f" } as const;
    c.say({ kind: "runEverywhere", id: 5, fn, args: new Uint8Array() });
    w1.say({ kind: "ranOnWorker", id: w1.calls[0]!, ok: true, value: Uint8Array.of(1) });
    w2.say({
      kind: "ranOnWorker",
      id: w2.calls[0]!,
      ok: false,
      error: { kind: "user", name: "E", message: "no" },
    });
    expect(c.answers).to.have.length(0);
    w3.die();
    const { value } = c.answers[0] as unknown as { value: Record<string, { ok: boolean }> };
    expect(Object.keys(value).sort()).to.deep.equal(["w1", "w2", "w3"]);
    expect([value["w1"]!.ok, value["w2"]!.ok, value["w3"]!.ok]).to.deep.equal([true, false, false]);
  });

  it("says which of the workers named are not there", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    const fn = { kind: "module", module: "m", name: "f" } as const;
    c.say({ kind: "runEverywhere", id: 5, fn, args: new Uint8Array(), workers: ["ghost"] });
    const { value } = c.answers[0] as unknown as { value: Record<string, { ok: boolean }> };
    expect(value["ghost"]!.ok).to.equal(false);
  });

  it("asks a worker again whose link started afresh, and counts a question that is repeated once", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    const question = {
      kind: "runEverywhere",
      id: 5,
      fn: { kind: "module", module: "m", name: "f" },
      args: new Uint8Array(),
    } as const;
    c.say(question);
    c.say(question);
    expect(w1.calls).to.have.length(1);
    h.feed({ type: "linkReset", peer: w1.peer });
    expect(w1.calls).to.have.length(2);
    expect(new Set(w1.calls).size).to.equal(1);
  });

  it("refuses to reserve a place when no worker is there", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    expect(c.ask({ type: "reserve", nbytes: 1, broadcast: false }).ok).to.equal(false);
    expect(c.ask({ type: "reserve", nbytes: 1, broadcast: false, workers: ["w9"] }).value).to.include("w9");
  });

  it("puts a scattered value on the worker with the most room", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a", options: { workers: ["w1"] } }]);
    w1.done("a", { nbytes: 1e6 });
    const { workers } = c.ask({ type: "reserve", nbytes: 1, broadcast: false }).value as {
      workers: string[];
    };
    expect(workers).to.deep.equal([w2.peer]);
  });
});

describe("the scheduler tells events", () => {
  it("to those who listen, and of those topics only", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const [c, d] = [h.client("c"), h.client("d")];
    c.ask({ type: "subscribe", pattern: "task.fin*" });
    d.ask({ type: "subscribe", pattern: "worker.*" });
    c.submit([{ key: "a" }]);
    w1.done("a");
    w1.die();
    expect(c.events.map(({ topic, data }) => [topic, data["key"]])).to.deep.equal([["task.finished", "a"]]);
    expect(d.events.map(({ topic, data }) => [topic, data["worker"]])).to.deep.equal([["worker.lost", "w1"]]);
  });

  it("with the run, the worker and the error of a task that has failed, and what it failed for", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client("c");
    c.ask({ type: "subscribe", pattern: "task.erred" });
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }]);
    w1.fail("a", { kind: "user", name: "RangeError", message: "x".repeat(1_000) });
    const [a, b] = c.events.map(({ data }) => data);
    expect(a?.["run"]).to.be.greaterThan(0);
    expect([a?.["key"], a?.["worker"], a?.["because"]]).to.deep.equal(["a", "w1", undefined]);
    expect(a?.["error"])
      .to.match(/^RangeError: x{400,}…$/)
      .and.have.length.below(600);
    expect([b?.["key"], b?.["because"]]).to.deep.equal(["b", "a"]);
  });

  it("no more when a client no longer listens, or is gone", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const [c, d] = [h.client("c"), h.client("d")];
    c.ask({ type: "subscribe", pattern: "*" });
    d.ask({ type: "subscribe", pattern: "*" });
    c.ask({ type: "unsubscribe", pattern: "*" });
    h.feed({ type: "peerLost", peer: d.peer, why: "bye" });
    const { length } = c.events;
    c.submit([{ key: "a" }]);
    w1.done("a");
    expect(c.events).to.have.length(length);
  });

  it("at most so many in one turn, and then how many were left out", () => {
    const h = new SchedulerHarness({ config: { eventsPerTurn: 10 } });
    const c = h.client();
    c.ask({ type: "subscribe", pattern: "*" });
    c.submit(independent(100), { wants: independent(100).map(({ key }) => key) });
    expect(c.events).to.have.length(11);
    expect(c.events.at(-1)).to.deep.include({ topic: "events.left", data: { count: 90 } });
  });
});
