import { expect } from "chai";
import { SchedulerCore } from "../../../src/actors/scheduler/scheduler.core.js";
import { MachineError } from "../../../src/errors.js";
import { independent, SchedulerHarness, type PuppetWorker } from "../../support/scheduler-harness.js";

describe("the scheduler guards itself", () => {
  it("stops with the story of the task when one stimulus never comes to an end", () => {
    const h = new SchedulerHarness({ config: { stepsAtLeast: 20, stepsPerTask: 0 } });
    h.worker("w1");
    const c = h.client();
    const submit = (): unknown => c.submit(independent(50), { wants: independent(50).map(({ key }) => key) });
    expect(submit).to.throw(MachineError, /21 state changes in one stimulus[\s\S]*--WANTED--> waiting/);
  });

  it("allows as many state changes as a large graph needs", () => {
    const h = new SchedulerHarness({ config: { stepsAtLeast: 20, stepsPerTask: 2 } });
    h.worker("w1", { threads: 10 });
    const c = h.client();
    c.submit(independent(5), { wants: ["x-0", "x-4"] });
    expect(c.accepted).to.have.length(1);
  });

  it("does the same for the same stimuli, to the last message", () => {
    const run = (): string => {
      const h = new SchedulerHarness({ seed: 3 });
      const workers = ["w1", "w2", "w3"].map((name) => h.worker(name, { threads: 2 }));
      const c = h.client();
      const inputs = independent(40, "in");
      const sums = independent(10, "sum").map(({ key }, i) => ({
        key,
        needs: inputs.slice(4 * i, 4 * i + 4).map((each) => each.key),
      }));
      c.submit([...inputs, ...sums, { key: "all", needs: sums.map(({ key }) => key) }], { retries: 2 });
      for (let i = 0; i < 400 && c.state("all") === "pending"; i++) {
        const worker = workers[(i * 7) % 3]!;
        const key = worker.keys[i % Math.max(1, worker.keys.length)];
        if (key === undefined) h.advance(20);
        else if (i % 11 === 0) worker.fail(key);
        else worker.done(key, { tookMs: (i % 5) * 10, nbytes: i * 1000 });
      }
      expect(c.state("all")).to.equal("finished");
      return h.dialogue();
    };
    expect(run()).to.equal(run());
  });

  it("ignores time that goes back, and ticks that come too early or too often", () => {
    const core = new SchedulerCore();
    core.handle({ type: "tick" }, 100);
    core.handle({ type: "tick" }, 50);
    core.handle({ type: "tick" }, 50);
    core.validate();
    expect(core.nextTimer()).to.be.above(100);
  });

  it("ignores what comes from nobody it knows", () => {
    const h = new SchedulerHarness();
    const before = h.core.stats();
    h.feed({ type: "message", from: "worker:x:1", message: { kind: "leave", reason: "x" } });
    h.feed({ type: "message", from: "client:x:1", message: { kind: "want", keys: ["a"] } });
    h.feed({ type: "peerLost", peer: "worker:x:1", why: "nobody" });
    h.feed({ type: "linkReset", peer: "client:x:1" });
    expect(h.core.stats()).to.deep.equal(before);
  });

  it("keeps the arguments of few tasks, not of all that came with them", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    const graph = independent(2000).map((each, i) => ({
      ...each,
      args: Array.from({ length: 100 }, () => i & 255),
    }));
    const keys = graph.map(({ key }) => key);
    c.submit(graph, { wants: keys });
    c.release(...keys.filter((key) => key !== "x-777" && key !== "x-3" && key !== "x-0"));
    h.advance(3_000);
    const sent: number[][] = [];
    const hear = w1.hear.bind(w1);
    w1.hear = (message) => {
      if (message.kind === "run") {
        for (const i of message.keys.keys())
          sent.push([...message.args.subarray(message.argStart[i], message.argStart[i + 1])]);
      }
      hear(message);
    };
    while (w1.keys.length > 0) w1.done(w1.keys[0]!, { tookMs: 100 });
    expect(sent.at(-1)).to.deep.equal(Array.from({ length: 100 }, () => 777 & 255));
    expect(c.state("x-777")).to.equal("finished");
  });

  it("does not grow by tasks that come and go while nobody is there to run them", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    for (let i = 0; i < 300; i++) {
      c.submit(independent(4), { wants: ["x-0", "x-1", "x-2", "x-3"] });
      c.release("x-0", "x-1", "x-2");
      h.advance(20);
    }
    h.advance(2_000);
    expect(h.core.stats().tasks).to.equal(1);
    const w1 = h.worker("w1");
    expect(w1.keys).to.deep.equal(["x-3"]);
  });

  it("extends many chains for as long as they go on", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 4 });
    const c = h.client();
    const chains = Array.from({ length: 40 }, (_, i) =>
      Array.from({ length: 60 }, (__, j) => ({
        key: `c${i}x-${j}`,
        needs: j === 0 ? [] : [`c${i}x-${j - 1}`],
      })),
    );
    c.submit(chains.flat(), { wants: chains.map((_, i) => `c${i}x-59`) });
    for (let i = 0; w1.keys.length > 0; i++) {
      h.now += 0.3;
      const free = [...w1.runs.values()].filter(({ inputs }) => !inputs.some((input) => w1.runs.has(input)));
      w1.doneRuns([free[i % free.length]!.run], { tookMs: 0.3 });
    }
    expect(chains.map((_, i) => c.state(`c${i}x-59`))).to.deep.equal(chains.map(() => "finished"));
  });

  it("lets the tasks that a task waits for have its slot, and takes the slot back when it ends", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "outer" }]);
    w1.start("outer");
    c.submit(independent(9, "inner"), {
      parent: "outer",
      wants: independent(9, "inner").map(({ key }) => key),
    });
    const before = w1.keys.length;
    w1.say({ kind: "seceded", runs: Float64Array.of(w1.runOf("outer")) });
    expect(w1.keys.length).to.equal(before + 1);
    const inner = w1.keys.filter((key) => key !== "outer");
    w1.done("outer");
    expect(w1.keys).to.deep.equal(inner.slice(0, 2));
    w1.doneAll({ tookMs: 100 });
    expect(h.core.stats().states["queued"]).to.equal(0);
  });

  it("does not let a suspect that waits for others keep them from the only worker", () => {
    const h = new SchedulerHarness();
    const w1: PuppetWorker = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "outer" }]);
    for (let i = 0; i < 2; i++) w1.fail("outer", { kind: "killed" });
    expect(w1.optionsOf("outer")).to.deep.include({ alone: true });
    c.submit([{ key: "inner" }], { parent: "outer" });
    expect(w1.keys).to.deep.equal(["outer"]);
    w1.say({ kind: "seceded", runs: Float64Array.of(w1.runOf("outer")) });
    expect(w1.keys).to.deep.equal(["outer", "inner"]);
  });
});
