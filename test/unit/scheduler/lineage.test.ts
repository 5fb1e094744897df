import { expect } from "chai";
import { SchedulerHarness, type PuppetWorker } from "../../support/scheduler-harness.js";

const on = (name: string) => ({ options: { workers: [name], allowOtherWorkers: true } });

const assigned = (h: SchedulerHarness, key: string): number =>
  h.core.story(key).filter(({ event }) => event === "ASSIGNED").length;

/** Everything that is to be done is done, wherever it is. */
function work(workers: readonly PuppetWorker[]): void {
  for (let busy = true; busy;) {
    busy = false;
    for (const worker of workers) {
      for (const key of worker.keys) {
        if (!worker.keys.includes(key)) continue;
        worker.done(key);
        busy = true;
      }
    }
  }
}

describe("the scheduler makes lost values again", () => {
  it("makes a wanted value again when its only copy is lost, with the inputs that are gone too", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }]);
    w1.doneAll();
    w1.die("bye");
    const w2 = h.worker("w2");
    expect(w2.keys).to.deep.equal(["a", "b"]);
    w2.doneAll();
    expect(c.told.get("b")).to.have.length(1);
    c.say({ kind: "unavailable", key: "b", run: c.last("b").run, holders: [w1.peer] });
    expect(c.last("b").holders).to.deep.equal([w2.peer]);
  });

  it("recomputes nothing of which a copy is left", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit(
      [
        { key: "a", ...on("w1") },
        { key: "b", needs: ["a"], ...on("w2") },
      ],
      { wants: ["a", "b"] },
    );
    w1.done("a");
    const [a] = [...w2.runs.values()][0]!.inputs;
    w2.copied(a!);
    w1.die("bye");
    w2.done("b");
    expect(c.state("b")).to.equal("finished");
    expect(assigned(h, "a")).to.equal(1);
  });

  it("recomputes no value that is kept inline by the scheduler", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }, { key: "d", needs: ["b"] }]);
    w1.done("a", { inline: [1] });
    w1.done("b", { inline: [2] });
    w1.die("bye");
    const w2 = h.worker("w2");
    expect(w2.keys).to.deep.equal(["d"]);
    w2.done("d", { inline: [3] });
    w2.die("bye");
    expect(c.last("d").inline).to.deep.equal([3]);
  });

  it("puts tasks that were ready back to waiting when an input is lost", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([
      { key: "a", ...on("w1") },
      { key: "b", needs: ["a"], options: { workers: ["w3"] } },
    ]);
    w1.done("a");
    expect(h.core.stats().states["noWorker"]).to.equal(1);
    w1.die("bye");
    expect(h.core.stats().states["waiting"]).to.equal(1);
    work([w2]);
    const w3 = h.worker("w3");
    expect(w3.remote.get([...w3.runs.values()][0]!.inputs[0]!)).to.deep.equal([w2.peer]);
    w3.done("b");
    expect(c.state("b")).to.equal("finished");
  });

  it("goes to another copy when a holder does not give it, and has that one free what it may have", () => {
    const h = new SchedulerHarness();
    const [w1, w2, w3] = [h.worker("w1"), h.worker("w2"), h.worker("w3")];
    const c = h.client();
    c.submit([{ key: "a", ...on("w1") }]);
    w1.done("a");
    const { run } = c.last("a");
    w2.copied(run, "a");
    c.submit([{ key: "b", needs: ["a"], ...on("w3") }]);
    w3.missing("b", run, [w1]);
    expect(w1.freed).to.deep.equal(["a"]);
    expect(w3.keys).to.deep.equal(["b"]);
    expect(w3.remote.get(run)).to.deep.equal([w2.peer]);
    expect(assigned(h, "a")).to.equal(1);
  });

  it("makes a value again when no holder gives it", () => {
    const h = new SchedulerHarness();
    const [w1, w3] = [h.worker("w1"), h.worker("w3")];
    const c = h.client();
    c.submit([{ key: "a", ...on("w1") }]);
    w1.done("a");
    c.submit([{ key: "b", needs: ["a"], ...on("w3") }]);
    w3.missing("b", c.last("a").run, [w1]);
    expect(w1.keys).to.deep.equal(["a"]);
    w1.done("a");
    expect(w3.keys).to.deep.equal(["b"]);
  });

  it("tells a client that cannot get a value of other holders, or when it has been made again", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a", ...on("w1") }]);
    w1.done("a");
    const { run } = c.last("a");
    w2.copied(run, "a");
    c.say({ kind: "unavailable", key: "a", run, holders: [w1.peer] });
    expect(c.last("a").holders).to.deep.equal([w2.peer]);
    c.say({ kind: "unavailable", key: "a", run, holders: [w2.peer] });
    expect(c.told.get("a")).to.have.length(2);
    work([w1, w2]);
    expect(c.told.get("a")).to.have.length(3);
    expect(c.last("a").run).to.not.equal(run);
  });

  it("ignores the complaint of a client about a value that has been made again since", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.done("a");
    const { run } = c.last("a");
    w1.dropped(run);
    w1.done("a");
    c.say({ kind: "unavailable", key: "a", run, holders: [w1.peer] });
    expect(c.last("a")).to.include({ state: "finished" });
    expect(w1.keys).to.deep.equal([]);
  });

  it("gives up on a value that is lost a fourth time, with the causes one inside the other", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"], options: { workers: ["nobody"] } }], {
      wants: ["a", "b"],
    });
    for (let i = 1; i <= 4; i++) {
      const worker = h.worker(`w${i}`);
      worker.done("a");
      worker.die("bye");
    }
    // The client was told that it finished: it learns of the end when it asks.
    c.say({ kind: "unavailable", key: "a", run: c.last("a").run, holders: [] });
    const { error } = c.error("a");
    expect(error).to.include({ kind: "lost", code: "ERR_LOST_VALUE" });
    expect(error.cause!.message).to.include("w4");
    expect(error.cause!.cause!.message).to.include("w3");
    expect(error.cause!.cause!.cause!.message).to.include("w2");
    expect(c.error("b").origin).to.equal("a");
  });

  it("forgets lost values that nobody needs", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }], { wants: ["a", "b"] });
    w1.doneAll();
    c.release("a");
    w1.die("bye");
    const w2 = h.worker("w2");
    expect(w2.keys).to.include("b");
    c.release("b");
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("takes a copy that turns up of a value that was thought lost, instead of making it again", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.done("a");
    const { run } = c.last("a");
    w1.die("silent");
    const w2 = h.worker("w2");
    expect(w2.keys).to.deep.equal(["a"]);
    const reborn = h.silentWorker("w1");
    reborn.values.set(run, { key: "a", nbytes: 10 });
    reborn.register();
    expect(w2.cancelled).to.deep.equal(["a"]);
    expect(reborn.freed).to.deep.equal([]);
    expect(h.core.explain("a")).to.include("in memory");
  });

  it("fails tasks whose scattered input is lost, and says that it cannot be made again", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    const place = c.ask({ type: "reserve", nbytes: 100, broadcast: false, workers: ["w1"] }).value as {
      run: number;
      workers: string[];
    };
    expect(place.workers).to.deep.equal([w1.peer]);
    w1.values.set(place.run, { key: "data", nbytes: 100 });
    c.say({ kind: "scatter", key: "data", nbytes: 100, holders: place.workers, run: place.run });
    expect(c.last("data")).to.include({ state: "finished", run: place.run });
    c.submit([{ key: "use", needs: ["data"], options: { workers: ["w2"] } }]);
    expect(w2.remote.get(place.run)).to.deep.equal([w1.peer]);
    w1.die("bye");
    w2.missing("use", place.run, [w1]);
    expect(c.error("use").error).to.include({ kind: "lost" });
    expect(c.error("use").origin).to.equal("data");
    c.say({ kind: "unavailable", key: "data", run: place.run, holders: [w1.peer] });
    expect(c.state("data")).to.equal("lost");
  });

  it("revives a lost scattered value when it is scattered again", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.say({ kind: "scatter", key: "data", nbytes: 1, holders: [w1.peer], run: 0 });
    const w2 = h.worker("w2");
    w1.die("bye");
    c.say({ kind: "scatter", key: "data", nbytes: 1, holders: [w2.peer], run: 0 });
    expect(c.last("data").holders).to.deep.equal([w2.peer]);
  });

  it("takes a scattered value once, however often it is told of it", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    const { value } = c.ask({ type: "reserve", nbytes: 100, broadcast: false });
    const { run, workers } = value as { run: number; workers: string[] };
    w1.values.set(run, { key: "data", nbytes: 100 });
    const scatter = { kind: "scatter", key: "data", nbytes: 100, holders: workers, run } as const;
    c.say(scatter);
    h.feed({ type: "linkReset", peer: c.peer });
    c.say(scatter);
    expect([c.state("data"), w1.freed]).to.deep.equal(["finished", []]);
    c.release("data");
    expect(w1.freed).to.have.length(1);
  });

  it("keeps a small scattered value itself, and needs no worker for it", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    c.say({ kind: "scatter", key: "data", nbytes: 2, inline: Uint8Array.of(4, 2), holders: [], run: 0 });
    expect(c.last("data").inline).to.deep.equal([4, 2]);
    c.release("data");
    expect(h.core.stats()).to.include({ tasks: 0, inlineBytes: 0 });
  });
});
