/** What a worker that was given up comes back with: what is taken of it, and what is not. */

import { expect } from "chai";
import { SchedulerHarness, type PuppetClient, type PuppetWorker } from "../../support/scheduler-harness.js";

const other = 4294967296;

/** A value on a worker that is given up; the client still wants it. */
function lostWith(
  h: SchedulerHarness,
  { pure = true } = {},
): { readonly w1: PuppetWorker; readonly c: PuppetClient; readonly run: number } {
  const w1 = h.worker("w1");
  const c = h.client();
  c.submit([{ key: "a", pure }]);
  const run = w1.runOf("a");
  w1.done("a");
  w1.die("silent");
  return { w1, c, run };
}

/** Where the value is now: a client that was told of it once is told anew when it does not get it from there. */
function whereIs(
  c: PuppetClient,
  key: string,
): { readonly run: number; readonly holders: readonly string[] } {
  const { run, holders } = c.last(key);
  c.say({ kind: "unavailable", key, run, holders });
  return { run: c.last(key).run, holders: c.last(key).holders };
}

function scatter(c: PuppetClient, key: string): number {
  const place = c.ask({ type: "reserve", nbytes: 100, broadcast: false }).value as {
    readonly run: number;
    readonly workers: readonly string[];
  };
  c.say({ kind: "scatter", key, nbytes: 100, holders: place.workers, run: place.run });
  return place.run;
}

describe("a worker that was given up comes back with what it had finished", () => {
  it("takes a value that is wanted and nowhere else, and does not make it again", () => {
    const h = new SchedulerHarness();
    const { w1, c, run } = lostWith(h);
    const again = w1.reborn();
    expect(again.keys).to.deep.equal([]);
    expect(again.freed).to.deep.equal([]);
    expect(whereIs(c, "a")).to.deep.equal({ run, holders: [again.peer] });
    expect(h.core.giftsTaken).to.equal(1);
  });

  it("takes it also while it is being made elsewhere, and stops that", () => {
    const h = new SchedulerHarness();
    const { w1, c, run } = lostWith(h);
    const w2 = h.worker("w2");
    const second = w2.runOf("a");
    w2.start("a");
    const again = w1.reborn();
    expect(w2.cancelled).to.deep.equal(["a"]);
    expect(whereIs(c, "a")).to.deep.equal({ run, holders: [again.peer] });
    // It ended before it was stopped: nobody is told a second time.
    const told = c.told.get("a")!.length;
    w2.values.set(second, { key: "a", nbytes: 10 });
    w2.say({
      ...{ kind: "done", run: Float64Array.of(second), nbytes: Float64Array.of(10) },
      ...{ tookMs: Float32Array.of(1), inlineStart: new Uint32Array(2), inline: new Uint8Array() },
    });
    expect(c.told.get("a")).to.have.length(told);
    expect(w2.freed).to.deep.equal(["a"]);
  });

  it("has it freed when it was made again meanwhile", () => {
    const h = new SchedulerHarness();
    const { w1, c } = lostWith(h);
    const w2 = h.worker("w2");
    w2.done("a");
    const again = w1.reborn();
    expect(again.freed).to.deep.equal(["a"]);
    expect(whereIs(c, "a").holders).to.deep.equal([w2.peer]);
    expect(h.core.giftsTaken).to.equal(0);
  });

  it("has the values of impure tasks freed, and runs those anew", () => {
    const h = new SchedulerHarness();
    const { w1, run } = lostWith(h, { pure: false });
    const again = w1.reborn();
    expect(again.freed).to.deep.equal(["a"]);
    expect(again.keys).to.deep.equal(["a"]);
    expect(again.runOf("a")).to.not.equal(run);
  });

  it("has freed what nobody wants any more", () => {
    const h = new SchedulerHarness();
    const { w1, c } = lostWith(h);
    c.release("a");
    expect(w1.reborn().freed).to.deep.equal(["a"]);
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("does not take the value of a task for that of another one which has its key now", () => {
    const h = new SchedulerHarness();
    const { w1, c } = lostWith(h);
    c.release("a");
    c.submit([{ key: "a", fn: "another" }]);
    const again = w1.reborn();
    expect(again.freed).to.deep.equal(["a"]);
    expect(again.keys).to.deep.equal(["a"]);
  });

  it("takes what was finished after it was given up", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.start("a");
    const run = w1.runOf("a");
    w1.die("silent");
    const w2 = h.worker("w2");
    expect(w2.keys).to.deep.equal(["a"]);
    w1.values.set(run, { key: "a", nbytes: 10 });
    const again = w1.reborn();
    expect(w2.cancelled).to.deep.equal(["a"]);
    expect(c.last("a")).to.deep.include({ run, holders: [again.peer] });
  });

  it("gives it none of the runs that it had not begun, nor counts those against it", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b" }], { wants: ["a", "b"] });
    w1.done("a");
    expect(w1.keys).to.deep.equal(["b"]);
    w1.die("silent");
    const w2 = h.worker("w2");
    expect(w2.keys).to.have.members(["a", "b"]);
    const again = w1.reborn();
    w2.doneAll();
    expect(again.keys).to.deep.equal([]);
    expect(c.state("b")).to.equal("finished");
  });

  it("loses nothing, not even an impure value, when the two are known to follow each other", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a", pure: false }]);
    w1.done("a");
    const again = w1.reborn({ replaces: { peer: w1.peer, how: "lost" } });
    expect(again.keys).to.deep.equal([]);
    expect(again.freed).to.deep.equal([]);
    expect(whereIs(c, "a").holders).to.deep.equal([again.peer]);
  });

  it("lets dependents that waited go on with it", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }], { wants: ["a", "b"] });
    const run = w1.runOf("a");
    w1.done("a");
    w1.die("silent");
    const again = w1.reborn();
    expect(again.keys).to.deep.equal(["b"]);
    expect(again.runs.get(again.runOf("b"))?.inputs).to.deep.equal([run]);
  });

  it("says how many values were offered and taken", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    c.say({ kind: "query", id: 0, what: { type: "subscribe", pattern: "worker.gifts" } });
    const w1 = h.worker("w1");
    c.submit([{ key: "a" }, { key: "b", pure: false }], { wants: ["a", "b"] });
    w1.doneAll();
    w1.die("silent");
    w1.reborn();
    expect(c.events.map(({ data }) => data)).to.deep.equal([{ worker: "w1", offered: 2, taken: 1 }]);
  });
});

describe("a scattered value whose only worker was given up", () => {
  it("is there again when the worker comes back", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    const run = scatter(c, "data");
    w1.values.set(run, { key: "data", nbytes: 100 });
    w1.die("silent");
    whereIs(c, "data");
    expect(c.state("data")).to.equal("lost");
    const again = w1.reborn();
    expect(c.last("data")).to.deep.include({ state: "finished", run, holders: [again.peer] });
    c.submit([{ key: "use", needs: ["data"] }]);
    expect(again.keys).to.deep.equal(["use"]);
  });

  it("leaves failed what failed for want of it, until that is retried", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { resources: { gpu: 1 } });
    const c = h.client();
    const run = scatter(c, "data");
    w1.values.set(run, { key: "data", nbytes: 100 });
    c.submit([{ key: "use", needs: ["data"] }]);
    w1.die("silent");
    expect(c.state("use")).to.equal("lost");
    const again = w1.reborn();
    expect(c.state("use")).to.equal("lost");
    c.retry("use");
    again.done("use");
    expect(c.state("use")).to.equal("finished");
  });

  it("stays lost when it is retried meanwhile, for nothing can make it, and is taken all the same", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const w2 = h.worker("w2");
    const c = h.client();
    const run = scatter(c, "data");
    w1.values.set(run, { key: "data", nbytes: 100 });
    w1.die("silent");
    c.retry("data");
    expect(c.state("data")).to.equal("lost");
    expect(w2.keys).to.deep.equal([]);
    w1.reborn();
    expect(c.last("data")).to.include({ state: "finished", run });
  });

  it("is freed when nobody wants it any more", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    w1.values.set(scatter(c, "data"), { key: "data", nbytes: 100 });
    w1.die("silent");
    c.release("data");
    expect(w1.reborn().freed).to.have.length(1);
  });
});

describe("a scheduler that takes over is offered gifts of the term before", () => {
  function takenOver(): {
    readonly h: SchedulerHarness;
    readonly c: PuppetClient;
    readonly w1: PuppetWorker;
  } {
    const h = new SchedulerHarness();
    h.replaceScheduler({ epoch: 2, recovering: true });
    const c = h.client();
    const w1 = h.silentWorker("w1");
    h.nameRun(other + 5, "a");
    w1.values.set(other + 5, { key: "a", nbytes: 10 });
    return { h, c, w1 };
  }
  const gifts = { gifts: Float64Array.of(other + 5) };

  it("takes that of a pure task, before or after its graph is there", () => {
    for (const isFirst of [true, false]) {
      const { h, c, w1 } = takenOver();
      if (isFirst) w1.register(gifts);
      c.submit([{ key: "a" }]);
      if (!isFirst) w1.register(gifts);
      expect(c.last("a")).to.deep.include({ state: "finished", holders: [w1.peer] });
      h.advance(10_000);
      expect(w1.freed).to.deep.equal([]);
    }
  });

  it("refuses that of an impure one, which somebody else may have run to its end", () => {
    for (const isFirst of [true, false]) {
      const { h, c, w1 } = takenOver();
      if (isFirst) w1.register(gifts);
      c.submit([{ key: "a", pure: false }]);
      if (!isFirst) w1.register(gifts);
      expect(w1.freed).to.deep.equal(["a"]);
      h.advance(10_000);
      expect(w1.keys).to.deep.equal(["a"]);
    }
  });

  it("takes the value of an impure task from a worker that was not given up", () => {
    const { h, c, w1 } = takenOver();
    w1.register();
    c.submit([{ key: "a", pure: false }]);
    expect(c.state("a")).to.equal("finished");
    h.advance(10_000);
    expect(w1.keys).to.deep.equal([]);
  });
});
