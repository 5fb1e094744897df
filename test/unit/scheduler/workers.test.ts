import { expect } from "chai";
import { independent, SchedulerHarness } from "../../support/scheduler-harness.js";

const keysOf = (n: number): string[] => independent(n).map(({ key }) => key);

describe("the scheduler watches workers", () => {
  it("gives nothing to a worker that has not registered", () => {
    const h = new SchedulerHarness();
    const w1 = h.silentWorker("w1");
    h.client().submit([{ key: "a" }]);
    expect(w1.keys).to.deep.equal([]);
    w1.register();
    expect(w1.keys).to.deep.equal(["a"]);
  });

  it("gives no new work to a worker that has been silent for three seconds, until it is heard again", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    for (let i = 0; i < 4; i++) {
      h.advance(1000, false);
      w2.beat();
    }
    c.submit(independent(6), { wants: keysOf(6) });
    expect([w1.keys.length, w2.keys.length]).to.deep.equal([0, 2]);
    w1.beat();
    expect(w1.keys).to.have.length(2);
  });

  it("gives a worker up after ten silent seconds, and runs its tasks elsewhere", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    h.advance(9_000, false);
    expect(h.core.stats().workers).to.equal(1);
    h.advance(2_000, false);
    expect(h.core.stats().workers).to.equal(0);
    expect(h.forgotten).to.deep.equal([w1.peer]);
    const w2 = h.worker("w2");
    expect(w2.keys).to.deep.equal(["a"]);
  });

  it("takes any message as a sign of life", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    for (let i = 0; i < 20; i++) {
      h.advance(2_000, false);
      w1.say({ kind: "started", runs: new Float64Array() });
    }
    expect(h.core.stats().workers).to.equal(1);
  });

  it("waits longer by the time that its own event loop stood still, and says so", () => {
    const h = new SchedulerHarness();
    h.worker("w1");
    const c = h.client();
    c.say({ kind: "query", id: 0, what: { type: "subscribe", pattern: "scheduler.*" } });
    h.advance(8_000, false);
    h.now += 20_000;
    h.feed({ type: "stalled", ms: 20_000.4 });
    h.feed({ type: "tick" });
    expect(h.core.stats().workers).to.equal(1);
    expect(c.events.map(({ topic, data }) => [topic, data])).to.deep.equal([
      ["scheduler.stalled", { ms: 20_000 }],
    ]);
    h.advance(3_000, false);
    expect(h.core.stats().workers).to.equal(0);
  });

  it("declares nobody dead while its own bus is down, and waits anew when it is back", () => {
    const h = new SchedulerHarness();
    h.worker("w1");
    h.feed({ type: "busDown" });
    h.advance(60_000, false);
    expect(h.core.stats().workers).to.equal(1);
    h.feed({ type: "busUp" });
    h.advance(9_000, false);
    expect(h.core.stats().workers).to.equal(1);
    h.advance(3_000, false);
    expect(h.core.stats().workers).to.equal(0);
  });

  it("never counts a dead incarnation again, whatever it says", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    const run = w1.runOf("a");
    w1.die("silent");
    w1.doneRuns([run]);
    w1.beat();
    w1.register();
    expect(h.core.stats().workers).to.equal(0);
    expect(c.state("a")).to.equal("pending");
  });

  it("takes a worker that was started again under its name as another one", () => {
    const h = new SchedulerHarness();
    const old = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a", options: { workers: ["w1"] } }]);
    const again = h.worker("w1");
    expect(again.keys).to.deep.equal([]);
    old.die();
    expect(again.keys).to.deep.equal(["a"]);
    again.done("a");
    expect(c.last("a").holders).to.deep.equal([again.peer]);
  });

  it("tells of two workers of one name once both are known to live", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    c.ask({ type: "subscribe", pattern: "worker.namesake" });
    const dead = h.worker("w1");
    const w1 = h.worker("w1");
    w1.beat();
    dead.die();
    expect(c.events).to.deep.equal([]);
    const other = h.worker("w1");
    other.beat();
    expect(c.events).to.deep.equal([]);
    w1.beat();
    w1.beat();
    expect(c.events.map(({ data }) => data)).to.deep.equal([{ worker: "w1", peers: [w1.peer, other.peer] }]);
  });

  it("says nothing any more once another leads", () => {
    const h = new SchedulerHarness();
    h.worker("w1");
    const c = h.client();
    h.feed({ type: "stale", from: "worker:w1:1", why: "epoch", epoch: 9 });
    c.submit([{ key: "a" }]);
    expect(c.accepted).to.deep.equal([]);
    expect(h.core.nextTimer()).to.equal(undefined);
  });

  it("does not serve a worker whose link takes no more, and goes on when it does", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    h.feed({ type: "linkFull", peer: w1.peer });
    h.client().submit([{ key: "a" }]);
    expect(w1.keys).to.deep.equal([]);
    h.feed({ type: "linkDrained", peer: w1.peer });
    expect(w1.keys).to.deep.equal(["a"]);
  });
});

describe("the scheduler compares itself with what workers say", () => {
  it("asks a worker to register when its digests differ twice in quiet, and once only for the same difference", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    h.client().submit([{ key: "a" }]);
    w1.beat();
    w1.runs.clear();
    w1.beat();
    expect(w1.registerAsked).to.equal(0);
    w1.beat();
    expect(w1.registerAsked).to.equal(1);
    for (let i = 0; i < 6; i++) w1.beat();
    expect(w1.registerAsked).to.equal(1);
    w1.register();
    expect(w1.keys).to.deep.equal(["a"]);
  });

  it("asks nothing while digests agree, or while something is on its way", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit(independent(20), { wants: keysOf(20) });
    for (let i = 0; i < 10; i++) {
      w1.done(w1.keys[0]!, { tookMs: 100 });
      const kept = [...w1.runs];
      w1.runs.clear();
      w1.beat();
      for (const [run, each] of kept) w1.runs.set(run, each);
    }
    expect(w1.registerAsked).to.equal(0);
    for (let i = 0; i < 10; i++) w1.beat();
    expect(w1.registerAsked).to.equal(0);
  });

  it("sends a run again, the same one, that the worker does not know of", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    h.client().submit([{ key: "a" }]);
    const run = w1.runOf("a");
    w1.runs.clear();
    h.feed({ type: "linkReset", peer: w1.peer });
    w1.register();
    expect(w1.runOf("a")).to.equal(run);
  });

  it("sends functions anew after a link has started afresh", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit([{ key: "a" }]);
    h.feed({ type: "linkReset", peer: w1.peer });
    w1.register();
    let known = 0;
    const hear = w1.hear.bind(w1);
    w1.hear = (message) => {
      if (message.kind === "run") known += message.fns.length;
      hear(message);
    };
    c.submit([{ key: "b" }]);
    expect(known).to.equal(1);
  });

  it("stops runs that a worker should not have, and frees values that it should not hold", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit(independent(2), { wants: keysOf(2) });
    const [kept, dropped] = [...w1.runs.keys()];
    c.release("x-1");
    w1.runs.set(dropped!, { run: dropped!, key: "x-1", inputs: [], options: undefined, priority: 0 });
    h.nameRun(77, "nobody's");
    w1.values.set(77, { key: "nobody's", nbytes: 5 });
    w1.cancelled.length = 0;
    w1.register();
    expect(w1.cancelled).to.deep.equal(["x-1"]);
    expect(w1.freed).to.deep.equal(["nobody's"]);
    expect([...w1.runs.keys()]).to.deep.equal([kept]);
  });

  it("learns from a registration of copies it did not know of, and of copies that are gone", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a", options: { workers: ["w1"] } }]);
    w1.done("a");
    const { run } = c.last("a");
    w2.values.set(run, { key: "a", nbytes: 10 });
    w2.register();
    w1.values.clear();
    w1.register();
    expect(h.core.explain("a")).to.include("on w2");
    w2.values.clear();
    w2.register();
    expect(w1.keys).to.deep.equal(["a"]);
  });

  it("takes a result whose message was lost from the worker's registration, instead of running it again", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a", pure: false }]);
    const run = w1.runOf("a");
    w1.runs.clear();
    w1.values.set(run, { key: "a", nbytes: 10 });
    h.feed({ type: "linkReset", peer: w1.peer });
    w1.register();
    expect(c.last("a").holders).to.deep.equal([w1.peer]);
    expect(w1.keys).to.deep.equal([]);
  });

  it("reads from a registration what has started, for the blame", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit(independent(2), { wants: keysOf(2) });
    w1.started.add(w1.runOf("x-1"));
    w1.register();
    w1.die();
    expect(h.core.explain("x-0")).to.not.include("died");
    expect(h.core.explain("x-1")).to.include("died");
  });

  it("goes on with a pure run that a worker brings back from the dead, and stops an impure one", () => {
    for (const pure of [true, false]) {
      const h = new SchedulerHarness();
      const w1 = h.worker("w1");
      const c = h.client();
      c.submit([{ key: "a", pure }]);
      const run = [...w1.runs.values()][0]!;
      w1.die("silent");
      const again = h.silentWorker("w1");
      again.runs.set(run.run, run);
      again.register();
      expect(again.cancelled).to.deep.equal(pure ? [] : ["a"]);
      expect(again.keys).to.deep.equal(["a"]);
      if (pure) expect(again.runOf("a")).to.equal(run.run);
      again.done("a");
      expect(c.state("a")).to.equal("finished");
    }
  });
});

describe("the scheduler lets workers leave", () => {
  it("gives back what had not begun, and waits for what runs", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit(independent(4), { wants: keysOf(4) });
    const begun = w1.keys[0]!;
    w1.start(begun);
    w1.leave();
    expect(w1.keys).to.deep.equal([begun]);
    expect(w1.dismissed).to.equal(false);
    w2.doneAll({ tookMs: 1000 });
    w1.done(begun, { inline: [1] });
    h.advance(2_500);
    expect(w1.dismissed).to.equal(true);
    expect(keysOf(4).map((key) => c.state(key))).to.deep.equal(keysOf(4).map(() => "finished"));
    expect(h.core.explain(begun)).to.not.include("died");
  });

  it("moves what only it holds to others before it may go, and recomputes nothing", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a", options: { workers: ["w1"] } }]);
    w1.done("a");
    const { run } = c.last("a");
    w1.leave();
    h.advance(10);
    expect(w2.replicates).to.deep.equal([[run, 10, [w1.peer]]]);
    expect(w1.dismissed).to.equal(false);
    w2.copied(run, "a");
    h.advance(10);
    expect(w1.dismissed).to.equal(true);
    w1.say({ kind: "bye", reason: "drained" });
    expect(h.core.explain("a")).to.include("on w2");
  });

  it("asks again for a copy that does not come", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a", options: { workers: ["w1"] } }]);
    w1.done("a");
    w1.leave();
    h.advance(5_000);
    expect(w2.replicates).to.have.length(1);
    h.advance(5_000);
    expect(w2.replicates).to.have.length(2);
  });

  it("lets the last worker go with what it has, for there is nowhere to bring it", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.done("a");
    w1.leave();
    h.advance(10);
    expect(w1.dismissed).to.equal(true);
    w1.say({ kind: "bye", reason: "drained" });
    const w2 = h.worker("w2");
    expect(w2.keys).to.deep.equal(["a"]);
  });

  it("tells a leaving worker again that it may go when its link has started afresh", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    w1.leave();
    h.advance(10);
    expect(w1.dismissed).to.equal(true);
    w1.dismissed = false;
    h.feed({ type: "linkReset", peer: w1.peer });
    w1.register();
    h.advance(2_500);
    expect(w1.dismissed).to.equal(true);
  });
});

describe("the scheduler keeps copies in bounds", () => {
  it("keeps one copy of a value, and those on workers with tasks that need it", () => {
    const h = new SchedulerHarness();
    const [w1, w2, w3] = [h.worker("w1"), h.worker("w2"), h.worker("w3")];
    const c = h.client();
    c.submit([{ key: "a", options: { workers: ["w1"] } }]);
    w1.done("a");
    const { run } = c.last("a");
    c.submit([{ key: "b", needs: ["a"], options: { workers: ["w2"] } }]);
    w2.copied(run, "a");
    w3.copied(run, "a");
    h.advance(2_500);
    expect([w1, w2, w3].map(({ freed }) => freed.length)).to.deep.equal([1, 0, 1]);
    w2.done("b");
    h.advance(2_500);
    expect(w2.freed).to.deep.equal([]);
    expect(h.core.explain("a")).to.include("on w2");
  });

  it("believes a worker that refuses to drop a copy", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a", options: { workers: ["w1"] } }]);
    w1.done("a");
    const { run } = c.last("a");
    w2.copied(run, "a");
    h.advance(2_500);
    const freed = w1.freed.length > 0 ? w1 : w2;
    freed.copied(run, "a");
    expect(h.core.explain("a")).to.include("w1").and.to.include("w2");
  });

  it("leaves copies of scattered values where they were put", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    const { run, workers } = c.ask({ type: "reserve", nbytes: 9, broadcast: true }).value as {
      run: number;
      workers: string[];
    };
    expect(workers).to.have.members([w1.peer, w2.peer]);
    c.say({ kind: "scatter", key: "data", nbytes: 9, holders: workers, run });
    h.advance(5_000);
    expect([...w1.freed, ...w2.freed]).to.deep.equal([]);
    c.release("data");
    expect([w1.freed.length, w2.freed.length]).to.deep.equal([1, 1]);
  });

  it("lets a worker keep a value that a client is about to announce", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    const { run } = c.ask({ type: "reserve", nbytes: 9, broadcast: false }).value as { run: number };
    h.nameRun(run, "data");
    w1.values.set(run, { key: "data", nbytes: 9 });
    w1.register();
    expect(w1.freed).to.deep.equal([]);
    h.advance(70_000);
    w1.register();
    expect(w1.freed).to.deep.equal(["data"]);
  });

  it("frees a copy of a value that is no longer wanted when it is reported", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a", options: { workers: ["w1"] } }]);
    w1.done("a");
    const { run } = c.last("a");
    c.release("a");
    w2.copied(run, "a");
    expect(w2.freed).to.deep.equal(["a"]);
  });

  it("does not take what a worker has of a forgotten task for a task that has its key now", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1", { concurrency: 2 }), h.worker("w2", { concurrency: 2 })];
    const c = h.client();
    c.submit([{ key: "held" }, { key: "runs" }], {
      wants: ["held", "runs"],
    });
    const owner = w1.keys.includes("held") ? w1 : w2;
    const runner = w1.keys.includes("runs") ? w1 : w2;
    owner.done("held");
    const held = [...owner.values];
    runner.start("runs");
    const [, running] = [...runner.runs].find(([, { key }]) => key === "runs")!;
    c.release("held", "runs");
    c.submit(
      [
        { key: "held", fn: "another" },
        { key: "runs", fn: "another" },
      ],
      { wants: ["held", "runs"] },
    );
    // That it was told to let go of them was lost with the link.
    for (const worker of [w1, w2]) h.feed({ type: "linkReset", peer: worker.peer });
    for (const [run, value] of held) owner.values.set(run, value);
    runner.runs.set(running.run, running);
    runner.started.add(running.run);
    for (const worker of [w1, w2]) worker.register();
    expect(c.told.get("held"), "told of the first one alone").to.have.length(1);
    expect(runner.runs.has(running.run)).to.equal(false);
    for (const worker of [w1, w2]) worker.doneAll();
    expect(held.map(([run]) => run)).to.not.include(c.last("held").run);
    expect(c.last("runs").run).to.not.equal(running.run);
  });
});
