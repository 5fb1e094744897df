import { expect } from "chai";
import { independent, SchedulerHarness, type PuppetWorker } from "../../support/scheduler-harness.js";

const attempts = (h: SchedulerHarness, key: string): number =>
  h.core.story(key).filter(({ event }) => event === "ASSIGNED").length;

const holderOf = (workers: readonly PuppetWorker[], key: string): PuppetWorker =>
  workers.find(({ keys }) => keys.includes(key))!;

describe("the scheduler and failing tasks", () => {
  it("settles a failed task with its error, the attempts and the worker", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.fail("a", { name: "TypeError", message: "no", stack: "at a" });
    expect(c.state("a")).to.equal("error");
    expect(c.error("a")).to.deep.include({ origin: "a", attempts: 1, worker: "w1" });
    expect(c.error("a").error).to.include({ kind: "user", name: "TypeError", message: "no", stack: "at a" });
  });

  it("tries again after a wait that doubles, spread by a fifth", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a", options: { retries: 3 } }]);
    for (const wait of [100, 200, 400]) {
      w1.fail("a");
      h.advance(wait * 0.79);
      expect(w1.keys, `before ${wait}`).to.deep.equal([]);
      h.advance(wait * 0.42);
      expect(w1.keys, `after ${wait}`).to.deep.equal(["a"]);
    }
    expect(w1.optionsOf("a")).to.deep.include({ attempt: 4 });
    w1.fail("a");
    expect(c.error("a").attempts).to.equal(4);
  });

  it("takes the graph's retries unless the task says otherwise", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", options: { retries: 0 } }], { retries: 1, wants: ["a", "b"] });
    w1.fail("a");
    w1.fail("b");
    expect([c.state("a"), c.state("b")]).to.deep.equal(["pending", "error"]);
    h.advance(200);
    w1.done("a");
    expect(c.state("a")).to.equal("finished");
  });

  it("waits alike for the same seed, and differently for another", () => {
    const waitOf = (seed: number): number => {
      const h = new SchedulerHarness({ seed });
      const w1 = h.worker("w1");
      h.client().submit([{ key: "a" }], { retries: 1 });
      w1.fail("a");
      return h.core.nextTimer()!;
    };
    expect(waitOf(1)).to.equal(waitOf(1));
    expect(waitOf(1)).to.not.equal(waitOf(2));
  });

  it("forgets a retry that is due for a task nobody wants any more", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }], { retries: 1 });
    w1.fail("a");
    c.release("a");
    c.submit([{ key: "b" }]);
    h.advance(1000);
    expect(w1.keys).to.deep.equal(["b"]);
  });

  it("spreads an error to all that depends on it, with the same origin, and lets other branches go on", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 3 });
    const c = h.client();
    c.submit(
      [
        { key: "a" },
        { key: "b", needs: ["a"] },
        { key: "d", after: ["b"] },
        { key: "e" },
        { key: "f", needs: ["e"] },
        { key: "all", needs: ["d", "f"] },
      ],
      { wants: ["all", "f", "d"] },
    );
    w1.fail("a");
    expect([c.state("d"), c.state("all"), c.state("f")]).to.deep.equal(["error", "error", "pending"]);
    expect([c.error("d").origin, c.error("all").origin]).to.deep.equal(["a", "a"]);
    w1.done("e");
    w1.done("f");
    expect(c.state("f")).to.equal("finished");
  });

  it("fails a task that is submitted later and needs one that has failed", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.fail("a");
    c.submit([{ key: "b", needs: ["a"] }]);
    expect(c.error("b").origin).to.equal("a");
  });

  it("names the part of a fused task that failed as the origin", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "fused" }, { key: "b", needs: ["fused"] }]);
    w1.fail("fused", {}, "inner");
    expect(c.error("b").origin).to.equal("inner");
  });

  it("runs only the failed root again on retry, and settles all that failed with it", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit([{ key: "ok" }, { key: "a" }, { key: "b", needs: ["a", "ok"] }, { key: "d", needs: ["b"] }], {
      wants: ["ok", "b", "d"],
    });
    w1.done("ok");
    w1.fail("a");
    expect(c.state("d")).to.equal("error");
    c.retry("d");
    expect(w1.keys[0]).to.equal("a");
    w1.doneAll();
    expect([c.state("b"), c.state("d")]).to.deep.equal(["finished", "finished"]);
    expect(attempts(h, "ok")).to.equal(1);
    expect(attempts(h, "a")).to.equal(2);
  });

  it("gives a retried task all its attempts again", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }], { retries: 1 });
    for (let round = 0; round < 2; round++) {
      w1.fail("a");
      h.advance(150);
      w1.fail("a");
      expect(c.error("a").attempts).to.equal(2);
      c.retry("a");
    }
    w1.done("a");
    expect(c.state("a")).to.equal("finished");
  });

  it("forgets failed tasks when nobody wants them any more", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }]);
    w1.fail("a");
    c.release("b");
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("does not try errors again that would only repeat", () => {
    for (const kind of ["cancelled", "refused", "version"] as const) {
      const h = new SchedulerHarness();
      const w1 = h.worker("w1");
      const c = h.client();
      c.submit([{ key: "a" }], { retries: 5 });
      w1.fail("a", { kind });
      expect(c.state("a"), kind).to.equal("error");
    }
  });

  it("tries a task that was lost beside another again, at once and for free, but not for ever", () => {
    const h = new SchedulerHarness({ config: { lossLimit: 4 } });
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    for (let i = 0; i < 4; i++) w1.fail("a", { kind: "lost" });
    expect(w1.keys).to.deep.equal(["a"]);
    w1.fail("a", { kind: "lost" });
    expect(c.state("a")).to.equal("error");
  });
});

describe("the scheduler and tasks that kill", () => {
  it("blames what was running on a dead worker, and nothing else", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit(independent(2), { wants: ["x-0", "x-1"] });
    w1.start("x-1");
    expect(w1.keys).to.have.members(["x-0", "x-1"]);
    w1.die();
    expect(h.core.explain("x-1")).to.include("workers died under it: w1");
    expect(h.core.explain("x-0")).to.not.include("died");
  });

  it("blames for the slots of which nothing was reported what would have been started in them first", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit(independent(3), { wants: ["x-0", "x-1", "x-2"] });
    w1.start("x-1");
    w1.die();
    const blamed = [0, 1, 2].filter((i) => h.core.explain(`x-${i}`).includes("died"));
    expect(blamed).to.deep.equal([0, 1]);
  });

  it("blames the first in order, as many as there are slots, when none was reported", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit(independent(3), { wants: ["x-0", "x-1", "x-2"] });
    w1.die("silent");
    const blamed = [0, 1, 2].filter((i) => h.core.explain(`x-${i}`).includes("died"));
    expect(blamed).to.deep.equal([0, 1]);
  });

  it("keeps apart what a worker that died may have come to since it was last heard, without blaming it", () => {
    const h = new SchedulerHarness();
    const [w1, c] = [h.worker("w1"), h.client()];
    const all = independent(55);
    c.submit(all.slice(0, 50));
    w1.doneAll({ tookMs: 1, inline: [1] });
    c.submit(all.slice(50), { wants: all.slice(50).map(({ key }) => key) });
    const keys = all.slice(50).map(({ key }) => key);
    expect(w1.keys).to.have.members(keys);
    h.advance(2.5, false);
    w1.die("silent");
    expect(keys.filter((key) => h.core.explain(key).includes("died under it"))).to.deep.equal(["x-50"]);
    // In 2.5 ms it may have come to two more that take 1 ms. Of these three one runs at a time.
    const w2 = h.worker("w2", { threads: 4 });
    const suspects = new Set(keys.slice(0, 3));
    for (let left = 3; left > 0; left--) {
      const [running, ...others] = w2.keys.filter((key) => suspects.has(key));
      expect(others, `${left} left`).to.deep.equal([]);
      w2.done(running!, { tookMs: 1 });
    }
    expect(w2.keys).to.have.members(["x-53", "x-54"]);
  });

  it("blames nobody when a worker said goodbye", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.start("a");
    w1.say({ kind: "bye", reason: "stop" });
    expect(h.core.explain("a")).to.not.include("died");
    expect(h.core.stats().workers).to.equal(0);
  });

  it("gives a task up after four workers have died under it, and names them", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    c.submit([{ key: "poison" }], { retries: 100 });
    for (let i = 1; i <= 4; i++) {
      expect(c.state("poison")).to.equal("pending");
      const worker = h.worker(`w${i}`);
      worker.start("poison");
      worker.die();
    }
    const { error, attempts: tried } = c.error("poison");
    expect(error).to.include({ kind: "killed", code: "ERR_KILLED_WORKER" });
    expect(error.message).to.include("w1, w2, w3, w4");
    expect(error.details).to.deep.include({ workers: ["w1", "w2", "w3", "w4"] });
    expect(tried).to.equal(4);
  });

  it("counts a thread that was lost like a worker that died", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "poison" }]);
    for (let i = 0; i < 4; i++) w1.fail("poison", { kind: "killed" });
    expect(c.error("poison").error.code).to.equal("ERR_KILLED_WORKER");
  });

  it("runs a suspect alone from its third attempt on: on an empty worker, and nothing beside it", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 4 });
    const c = h.client();
    c.submit([{ key: "suspect" }]);
    w1.fail("suspect", { kind: "killed" });
    c.submit(independent(20), { wants: independent(20).map(({ key }) => key) });
    expect(w1.keys).to.have.length(5);
    w1.fail("suspect", { kind: "killed" });
    expect(w1.keys).to.not.include("suspect");
    expect(h.core.explain("suspect")).to.include("alone");
    for (let i = 0; i < 4; i++) w1.done(w1.keys[0]!, { tookMs: 100 });
    expect(w1.keys).to.deep.equal(["suspect"]);
    expect(w1.optionsOf("suspect")).to.deep.include({ alone: true });
    w1.done("suspect");
    expect(c.state("suspect")).to.equal("finished");
    expect(w1.keys).to.have.length(5);
  });

  it("runs tasks apart under which a worker died together: whoever is innocent meets the guilty one no second time", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit(independent(2), { wants: ["x-0", "x-1"] });
    w1.start("x-0", "x-1");
    w1.die();
    const w2 = h.worker("w2", { threads: 2 });
    expect(w2.keys).to.have.length(1);
    const [waits] = ["x-0", "x-1"].filter((key) => !w2.keys.includes(key)) as [string];
    expect(h.core.explain(waits)).to.include("no other task under which a worker died");
    c.submit([{ key: "other" }]);
    expect(w2.keys).to.include("other");
    w2.done(
      w2.keys.find((key) => key !== "other")!,
      { tookMs: 100 },
    );
    expect(w2.keys).to.have.members(["other", waits]);
  });

  it("empties only one of several workers for a suspect", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "suspect" }]);
    for (let i = 0; i < 2; i++) holderOf([w1, w2], "suspect").fail("suspect", { kind: "killed" });
    c.submit(independent(20), { wants: independent(20).map(({ key }) => key) });
    const alone = holderOf([w1, w2], "suspect");
    const other = alone === w1 ? w2 : w1;
    expect(alone.keys).to.deep.equal(["suspect"]);
    expect(other.keys).to.have.length(2);
  });

  it("fails a suspect that nobody is left to run", () => {
    const h = new SchedulerHarness({ config: { noWorkersTimeoutMs: 5_000 } });
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "suspect", options: { workers: ["w1"] } }]);
    for (let i = 0; i < 2; i++) w1.fail("suspect", { kind: "killed" });
    w1.die("bye");
    h.worker("w2");
    h.advance(6_000);
    expect(c.error("suspect").error.code).to.equal("ERR_NO_VALID_WORKER");
  });

  it("gives a worker that was being emptied for a suspect work again when the suspect is cancelled", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit([{ key: "suspect" }]);
    w1.fail("suspect", { kind: "killed" });
    c.submit(independent(20), { wants: independent(20).map(({ key }) => key) });
    w1.fail("suspect", { kind: "killed" });
    w1.done(w1.keys[0]!, { tookMs: 100 });
    expect(w1.keys).to.have.length(1);
    c.cancel("suspect");
    expect(w1.keys).to.have.length(3);
  });

  it("blames none of the innocents behind it while a poison task brings down worker after worker", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    const innocents = independent(100);
    c.submit([{ key: "poison" }, ...innocents], { wants: ["poison", ...innocents.map(({ key }) => key)] });
    let name = 0;
    let workers = [h.worker(`w${name++}`), h.worker(`w${name++}`)];
    while (h.core.stats().states["memory"]! < 100 || c.state("poison") === "pending") {
      for (const worker of workers) {
        if (worker.keys.length === 0) continue;
        // The poison kills at once, before anything was reported.
        if (worker.keys[0] === "poison") {
          worker.die();
          workers = [...workers.filter((each) => each !== worker), h.worker(`w${name++}`)];
        } else worker.done(worker.keys[0]!, { tookMs: 50, inline: [1] });
      }
    }
    expect(c.error("poison").error.code).to.equal("ERR_KILLED_WORKER");
    for (const { key } of innocents) expect(h.core.explain(key)).to.not.include("died");
  });

  it("gives a task that runs out of memory a budget of its own, and more memory where there is some", () => {
    const h = new SchedulerHarness();
    const small = h.worker("small", { memoryLimitBytes: 1000 });
    const large = h.worker("large", { memoryLimitBytes: 9000 });
    const c = h.client();
    c.submit([{ key: "a", options: { workers: ["small"], allowOtherWorkers: true } }]);
    small.fail("a", { kind: "oom" });
    expect(small.keys).to.deep.equal(["a"]);
    c.submit([{ key: "b" }]);
    holderOf([small, large], "b").fail("b", { kind: "oom" });
    for (let i = 0; i < 3; i++) {
      expect(large.keys).to.include("b");
      large.fail("b", { kind: "oom", message: "heap out of memory" });
    }
    expect(c.error("b").error).to.include({ kind: "oom", message: "heap out of memory" });
  });
});

describe("the scheduler and results that come late", () => {
  it("takes a pure task's result of a run it gave up, when the value is still wanted and absent", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a" }]);
    const first = holderOf([w1, w2], "a");
    const second = first === w1 ? w2 : w1;
    const run = first.runOf("a");
    first.handBack([run]);
    // It was handed back, so its result is nobody's.
    first.doneRuns([run]);
    expect(c.state("a")).to.equal("pending");
    const again = holderOf([w1, w2], "a");
    h.feed({ type: "peerLost", peer: again.peer, why: "nobody" });
    const old = again.runOf("a");
    const reborn = h.silentWorker(again.name);
    reborn.values.set(old, { key: "a", nbytes: 3 });
    reborn.register();
    expect(c.last("a").holders).to.deep.equal([reborn.peer]);
    expect([...first.cancelled, ...second.cancelled]).to.deep.equal(["a"]);
  });

  it("refuses an impure task's result of a run it gave up, and has it freed", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a", pure: false }]);
    const first = holderOf([w1, w2], "a");
    const run = first.runOf("a");
    first.die();
    const reborn = h.silentWorker(first.name);
    reborn.values.set(run, { key: "a", nbytes: 3 });
    reborn.register();
    expect(c.state("a")).to.equal("pending");
    expect(reborn.freed).to.deep.equal(["a"]);
  });

  it("counts the same result said twice once", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    const run = w1.runOf("a");
    w1.doneRuns([run]);
    w1.doneRuns([run]);
    expect(c.told.get("a")).to.have.length(1);
    expect(w1.freed).to.deep.equal([]);
  });

  it("ignores failures of runs it gave up", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a" }]);
    const first = holderOf([w1, w2], "a");
    const run = first.runOf("a");
    first.handBack([run]);
    first.say({ kind: "failed", runs: [{ run, error: { kind: "user", name: "E", message: "late" } }] });
    expect(c.state("a")).to.equal("pending");
    holderOf([w1, w2], "a").done("a");
    expect(c.state("a")).to.equal("finished");
  });
});
