import { expect } from "chai";
import { independent, SchedulerHarness, type PuppetWorker } from "../../support/scheduler-harness.js";

/** Fills in how long tasks of this name take, by running one. */
function learn(h: SchedulerHarness, worker: PuppetWorker, name: string, tookMs: number, nbytes = 8): void {
  const teacher = h.client(`teacher-${name}`);
  teacher.submit([{ key: `${name}-1000000`, options: { workers: [worker.name] } }]);
  worker.done(`${name}-1000000`, { tookMs, nbytes });
  teacher.release(`${name}-1000000`);
}

const keysOf = (n: number, name = "x"): string[] => independent(n, name).map(({ key }) => key);

describe("the scheduler places tasks", () => {
  it("brings a task to the largest of its inputs", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "big" }, { key: "small" }, { key: "sum", needs: ["big", "small"] }]);
    const [a, b] = w1.keys.includes("big") ? [w1, w2] : [w2, w1];
    if (b.keys.includes("small")) b.done("small", { nbytes: 10 });
    else a.done("small", { nbytes: 10 });
    a.done("big", { nbytes: 100_000_000 });
    expect(a.keys).to.deep.equal(["sum"]);
  });

  it("brings a task elsewhere when the wait is longer than the way", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a", options: { workers: ["w1"] } }]);
    w1.done("a", { nbytes: 1000, tookMs: 1000 });
    learn(h, w2, "slow", 1000);
    c.submit(
      independent(3, "slow").map((each) => ({ ...each, options: { workers: ["w1"] } })),
      { wants: keysOf(3, "slow") },
    );
    expect(w1.keys).to.have.length(2);
    c.submit([{ key: "b", needs: ["a"] }]);
    expect(w2.keys).to.deep.equal(["b"]);
    expect(w2.remote.get([...w2.runs.values()][0]!.inputs[0]!)).to.deep.equal([w1.peer]);
  });

  it("names no place for inputs that the worker has", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }, { key: "d", needs: ["a", "b"] }]);
    w1.doneAll();
    expect(w1.remote.size + w1.inlined.size).to.equal(0);
    expect(c.state("d")).to.equal("finished");
  });

  it("gives tasks only to the workers they ask for, by name", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit(
      independent(6).map((each) => ({ ...each, options: { workers: ["w2"] } })),
      { wants: keysOf(6) },
    );
    while (w2.keys.length > 0) w2.doneAll();
    expect(keysOf(6).map((key) => c.state(key))).to.deep.equal(keysOf(6).map(() => "finished"));
    expect(w1.values.size).to.equal(0);
  });

  it("fails a task that asks for a worker which does not come in time, with the reason in words", () => {
    const h = new SchedulerHarness({ config: { noWorkersTimeoutMs: 5_000 } });
    h.worker("w1");
    const c = h.client();
    c.submit(
      [
        { key: "a", options: { workers: ["ghost"] } },
        { key: "b", needs: ["a"] },
      ],
      { wants: ["a", "b"] },
    );
    expect(h.core.explain("a")).to.include("ghost").and.to.include("w1");
    h.advance(4_000);
    expect(c.state("a")).to.equal("pending");
    h.advance(1_500);
    const { error } = c.error("a");
    expect(error).to.include({ kind: "noWorker", code: "ERR_NO_VALID_WORKER" });
    expect(error.message).to.include("ghost").and.to.include("w1");
    expect(c.error("b").origin).to.equal("a");
  });

  it("says which resources are asked for, and what there is", () => {
    const h = new SchedulerHarness({ config: { noWorkersTimeoutMs: 5_000 } });
    h.worker("w1", { resources: { gpu: 1 } });
    const c = h.client();
    c.submit([{ key: "a", options: { resources: { gpu: 2 } } }]);
    h.advance(6_000);
    expect(c.error("a").error.message).to.include("gpu=2").and.to.include("w1 has gpu=1");
  });

  it("gives a waiting task to the worker it waited for when that one comes", () => {
    const h = new SchedulerHarness();
    h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a", options: { workers: ["late"] } }]);
    expect(h.core.stats().states["noWorker"]).to.equal(1);
    const late = h.worker("late");
    expect(late.keys).to.deep.equal(["a"]);
  });

  it("lets a task without wishes wait for a first worker as long as it takes", () => {
    const h = new SchedulerHarness({ config: { noWorkersTimeoutMs: 5_000 } });
    const c = h.client();
    c.submit(independent(3), { wants: keysOf(3) });
    h.advance(600_000);
    expect(c.state("x-0")).to.equal("pending");
    const w1 = h.worker("w1", { threads: 4 });
    expect(w1.keys).to.have.length(3);
  });

  it("lets others run a task when none of the workers it would like is there, and only then", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    const options = { workers: ["w2"], allowOtherWorkers: true };
    c.submit([{ key: "a", options }]);
    expect(w1.keys).to.deep.equal(["a"]);
    const w2 = h.worker("w2");
    c.submit([{ key: "b", options }]);
    expect(w2.keys).to.deep.equal(["b"]);
  });

  it("gives out no more of a resource than there is, and goes on when some is free again", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 8, resources: { gpu: 2 } });
    const c = h.client();
    c.submit(
      independent(5).map((each) => ({ ...each, options: { resources: { gpu: 1 } } })),
      { wants: keysOf(5) },
    );
    expect(w1.keys).to.have.length(2);
    expect(h.core.stats().states).to.include({ queued: 3, noWorker: 0 });
    expect(h.core.explain("x-4")).to.include("gpu=1");
    expect(w1.optionsOf("x-0")).to.deep.include({ resources: { gpu: 1 } });
    w1.done("x-0");
    expect(w1.keys).to.deep.equal(["x-1", "x-2"]);
    w1.fail("x-1");
    w1.doneAll();
    expect(c.state("x-4")).to.equal("finished");
  });

  it("does not hold up plain tasks behind one that waits for a resource", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2, resources: { gpu: 1 } });
    const c = h.client();
    const gpu = { options: { resources: { gpu: 1 } } };
    c.submit([{ key: "g-0", ...gpu }, { key: "g-1", ...gpu }, ...independent(3)], {
      wants: ["g-0", "g-1", ...keysOf(3)],
    });
    expect(w1.keys).to.include("g-0").and.to.include("x-0").and.to.not.include("g-1");
  });

  it("gives nothing to a paused worker, and goes on when it is no longer paused", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    w1.beat({ paused: true });
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }]);
    expect(w1.keys).to.deep.equal([]);
    w1.beat();
    expect(w1.keys).to.include("a");
  });

  it("fails a task whose inputs fit into no worker, with the sizes", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { memoryLimitBytes: 1000 });
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b" }, { key: "s", needs: ["a", "b"] }]);
    w1.done("a", { nbytes: 600 });
    w1.done("b", { nbytes: 600 });
    const { error } = c.error("s");
    expect(error.code).to.equal("ERR_INPUTS_TOO_LARGE");
    expect(error.message).to.include("1200").and.to.include("1000");
  });

  it("prefers the worker with room for inputs that do not fit everywhere", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { memoryLimitBytes: 1000 });
    const w2 = h.worker("w2", { memoryLimitBytes: 10_000 });
    const c = h.client();
    c.submit([
      { key: "a", options: { workers: ["w1"] } },
      { key: "b", options: { workers: ["w1"] } },
      { key: "s", needs: ["a", "b"] },
    ]);
    w1.done("a", { nbytes: 600 });
    w1.done("b", { nbytes: 600 });
    expect(w2.keys).to.deep.equal(["s"]);
  });
});

describe("the scheduler deals root tasks out", () => {
  it("gives an unknown kind of task one and a tenth a slot, and keeps the rest", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 10 });
    const c = h.client();
    c.submit(independent(100), { wants: keysOf(100) });
    expect(w1.keys).to.deep.equal(keysOf(11));
    expect(h.core.stats().states["queued"]).to.equal(89);
    w1.done("x-0", { tookMs: 1000 });
    expect(w1.keys).to.have.length(11);
  });

  it("gives a worker as many short tasks as cover a round trip, and few long ones", () => {
    for (const [tookMs, least, most] of [
      [0.005, 900, 1100],
      [0.5, 8, 12],
      [100, 2, 2],
    ] as const) {
      const h = new SchedulerHarness({ config: { lookaheadMinMs: 5 } });
      const w1 = h.worker("w1");
      learn(h, w1, "x", tookMs);
      h.client().submit(independent(5000), { wants: keysOf(5000) });
      expect(w1.keys.length).to.be.within(least, most);
    }
  });

  it("never gives more than 4096 a slot, be the tasks ever so short", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    learn(h, w1, "x", 0);
    h.client().submit(independent(10_000), { wants: keysOf(10_000) });
    expect(w1.keys).to.have.length(4096);
  });

  it("gives more in advance to a worker that is far away", () => {
    const depth = (underWayMs: number): number => {
      const h = new SchedulerHarness();
      const w1 = h.worker("w1");
      const c = h.client();
      for (let i = 0; i < 40; i++) {
        const key = `x-${1_000_000 + i}`;
        c.submit([{ key }]);
        h.now += underWayMs;
        w1.done(key, { tookMs: 1 });
      }
      c.submit(independent(1000), { wants: keysOf(1000) });
      return w1.keys.length;
    };
    expect(depth(1)).to.equal(5);
    expect(depth(51)).to.be.within(95, 100);
  });

  it("keeps root tasks with large results back however short they are", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    learn(h, w1, "x", 0.01, 50_000_000);
    h.client().submit(independent(100), { wants: keysOf(100) });
    expect(w1.keys).to.have.length(2);
  });

  it("shares few tasks out evenly, although one worker could take them all", () => {
    const h = new SchedulerHarness();
    const [w1, w2, w3] = [h.worker("w1"), h.worker("w2"), h.worker("w3")];
    learn(h, w1, "x", 0.01);
    h.client().submit(independent(9), { wants: keysOf(9) });
    expect([w1, w2, w3].map(({ keys }) => keys.length)).to.deep.equal([3, 3, 3]);
  });

  it("brings siblings that meet in one reducer to the same worker", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    const leaves = independent(16, "leaf");
    const reducers = Array.from({ length: 4 }, (_, i) => ({
      key: `sum-${i}`,
      needs: keysOf(16, "leaf").slice(4 * i, 4 * i + 4),
    }));
    c.submit([...leaves, ...reducers, { key: "all", needs: reducers.map(({ key }) => key) }]);
    // One ends at a time, now here and now there.
    for (let i = 0; i < 100 && c.state("all") === "pending"; i++) {
      const worker = [w1, w2][i % 2]!;
      const [first] = worker.keys;
      if (first !== undefined) worker.done(first, { tookMs: 100, nbytes: 1000 });
      for (const other of [w1, w2]) {
        for (const run of other.runs.values()) {
          if (run.key.startsWith("sum"))
            expect(run.inputs.every((input) => !other.remote.has(input))).to.equal(true);
        }
      }
    }
    expect(c.state("all")).to.equal("finished");
  });

  it("lets an idle worker have what was set aside for another", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([...independent(8, "leaf"), { key: "sum", needs: keysOf(8, "leaf") }]);
    for (let i = 0; i < 6; i++) w2.done(w2.keys[0]!, { tookMs: 100 });
    expect(w2.values.size).to.equal(6);
    w1.doneAll({ tookMs: 100 });
    w2.doneAll({ tookMs: 100 });
    expect(c.state("sum")).to.equal("finished");
  });

  it("puts tasks back that were set aside for a worker that is gone", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([...independent(12, "leaf"), { key: "sum", needs: keysOf(12, "leaf") }]);
    w1.die("bye");
    w2.doneAll({ tookMs: 100 });
    expect(c.state("sum")).to.equal("finished");
  });
});

describe("the scheduler orders work", () => {
  it("goes by the user's priority, then by the order of submission, then by the static order", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    c.submit(
      [
        { key: "a", rank: 1 },
        { key: "b", rank: 0 },
      ],
      { wants: ["a", "b"] },
    );
    c.submit([{ key: "d" }]);
    c.submit([{ key: "e" }], { priority: 1 });
    c.submit([{ key: "f" }, { key: "g", options: { priority: 5 } }], { wants: ["f", "g"] });
    const w1 = h.worker("w1", { threads: 10 });
    expect(w1.keys).to.deep.equal(["g", "e", "b", "a", "d", "f"]);
  });

  it("runs what a task launches before top-level work that came later, and after what came before", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "p-0" }, { key: "p-1" }, { key: "p-2" }, { key: "p-3" }], {
      wants: ["p-0", "p-1", "p-2", "p-3"],
    });
    c.submit([{ key: "later" }]);
    c.submit([{ key: "child-0" }, { key: "child-1" }], { parent: "p-1", wants: ["child-0", "child-1"] });
    c.submit([{ key: "grandchild" }], { parent: "child-0" });
    const order: string[] = [];
    for (let [first] = w1.keys; first !== undefined; [first] = w1.keys) {
      order.push(first);
      w1.done(first, { tookMs: 1000 });
    }
    expect(order).to.deep.equal(["p-0", "p-1", "child-0", "grandchild", "child-1", "p-2", "p-3", "later"]);
  });

  it("sends the priorities that the worker orders by", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 10 });
    const c = h.client();
    c.submit(independent(3), { wants: keysOf(3) });
    const priorities = [...w1.runs.values()].map(({ priority }) => priority);
    expect(priorities).to.deep.equal(priorities.toSorted((a, b) => a - b));
  });
});

describe("the scheduler sends work ahead", () => {
  const chain = (n: number): { key: string; needs: string[] }[] =>
    Array.from({ length: n }, (_, i) => ({ key: `k-${i}`, needs: i === 0 ? [] : [`k-${i - 1}`] }));

  it("sends the next link of a chain along, naming the run it waits for", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    h.client().submit(chain(3));
    expect(w1.keys.slice(0, 2)).to.deep.equal(["k-0", "k-1"]);
    const [first, second] = [...w1.runs.values()];
    expect(second!.inputs).to.deep.equal([first!.run]);
    expect(w1.remote.size + w1.inlined.size).to.equal(0);
    expect(h.core.explain("k-1")).to.include("ahead of k-0");
  });

  it("sends as many links of short tasks as cover a round trip, and goes on as they end", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    learn(h, w1, "k", 0.5);
    const c = h.client();
    c.submit(chain(100));
    expect(w1.keys.length).to.be.within(8, 14);
    let messages = 0;
    while (c.state("k-99") === "pending") {
      h.now += 0.5;
      w1.done(w1.keys[0]!, { tookMs: 0.5 });
      messages++;
      if (messages < 80) expect(w1.keys.length).to.be.within(5, 14);
    }
    expect(messages).to.equal(100);
  });

  it("sends a reducer along when all its inputs are being made on one worker", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 4 });
    h.client().submit([{ key: "a" }, { key: "b" }, { key: "s", needs: ["a", "b"] }]);
    expect(w1.keys).to.deep.equal(["a", "b", "s"]);
  });

  it("does not send a reducer along when its inputs are made on two workers", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([
      { key: "a", options: { workers: ["w1"] } },
      { key: "b", options: { workers: ["w2"] } },
      { key: "s", needs: ["a", "b"] },
    ]);
    expect([...w1.keys, ...w2.keys]).to.have.members(["a", "b"]);
    w1.done("a");
    w2.done("b");
    expect([...w1.keys, ...w2.keys]).to.deep.equal(["s"]);
  });

  it("does not send a task ahead of one that only has to have run before, for its worker would not wait", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 4 });
    h.client().submit([{ key: "a" }, { key: "b", after: ["a"] }]);
    expect(w1.keys).to.deep.equal(["a"]);
    w1.done("a");
    expect(w1.keys).to.deep.equal(["b"]);
  });

  it("takes back what was sent ahead when the task it waits for fails, and fails it too", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }], { wants: ["b"] });
    w1.fail("a");
    expect(w1.cancelled).to.deep.equal(["b"]);
    expect(c.error("b").origin).to.equal("a");
  });

  it("takes back what was sent ahead when the task it waits for is tried again", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }, { key: "d", needs: ["b"] }], { retries: 1 });
    w1.fail("a");
    expect(w1.cancelled).to.include("b");
    h.advance(200);
    expect(w1.keys.slice(0, 2)).to.deep.equal(["a", "b"]);
    const [a, b] = [...w1.runs.values()];
    expect(b!.inputs).to.deep.equal([a!.run]);
    w1.doneAll();
    expect(c.state("d")).to.equal("finished");
  });

  it("ignores a worker's word that a run is missing inputs, when that run was taken back already", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }], { retries: 1 });
    const [a, b] = [w1.runOf("a"), w1.runOf("b")];
    w1.fail("a");
    w1.say({ kind: "missing", runs: [[b, a, []]] });
    h.advance(200);
    w1.doneAll();
    expect(c.state("b")).to.equal("finished");
  });

  it("sends inline results again to a worker that no longer has them", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }]);
    const a = w1.runOf("a");
    w1.done("a", { inline: [1, 2, 3] });
    w1.missing("b", a);
    expect(w1.keys).to.deep.equal(["b"]);
    expect(w1.inlined.has(a)).to.equal(true);
    w1.done("b");
    expect(c.state("b")).to.equal("finished");
  });
});

describe("the scheduler sends ahead no more than helps", () => {
  it("leaves the followers of one task to all workers, when they take long", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    const followers = independent(6, "f").map(({ key }) => ({ key, needs: ["a"] }));
    c.submit([{ key: "a" }, ...followers], { wants: followers.map(({ key }) => key) });
    const first = w1.keys.length > 0 ? w1 : w2;
    expect(first.keys.length).to.be.at.most(2);
    first.done("a", { tookMs: 1000 });
    expect([w1.keys.length, w2.keys.length]).to.deep.equal([2, 2]);
  });

  it("sends the followers of one task along when they are over in no time", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    learn(h, w1, "f", 0.01);
    learn(h, w1, "a", 0.01);
    const followers = independent(6, "f").map(({ key }) => ({ key, needs: ["a-1"] }));
    h.client().submit([{ key: "a-1" }, ...followers], { wants: followers.map(({ key }) => key) });
    expect(w1.keys).to.have.length(7);
  });
});
