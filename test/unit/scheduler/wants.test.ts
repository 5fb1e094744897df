import { expect } from "chai";
import { independent, SchedulerHarness } from "../../support/scheduler-harness.js";

describe("the scheduler keeps what is wanted, and only that", () => {
  it("counts a client's want once, however often it is said", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    c.want("a");
    c.want("a", "a");
    w1.done("a");
    c.release("a");
    expect(w1.freed).to.deep.equal(["a"]);
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("frees a result as soon as its last dependent has run", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([
      { key: "a" },
      { key: "b", needs: ["a"] },
      { key: "d", needs: ["a"] },
      { key: "e", needs: ["b", "d"] },
    ]);
    w1.done("a");
    w1.done("b");
    expect(w1.freed).to.deep.equal([]);
    w1.done("d");
    expect(w1.freed).to.deep.equal(["a"]);
    w1.done("e");
    expect(w1.freed.slice(1)).to.have.members(["b", "d"]);
  });

  it("keeps the definitions of inputs for as long as something that was made of them is there", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }]);
    w1.doneAll();
    expect(h.core.stats().states).to.include({ released: 1, memory: 1 });
    c.release("b");
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("stops a running task when its last future is dropped, and lets go of its inputs", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }]);
    w1.done("a");
    c.release("b");
    expect(w1.cancelled).to.deep.equal(["b"]);
    expect(w1.freed).to.deep.equal(["a"]);
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("cancels nothing at a worker that was never told of the task", () => {
    const h = new SchedulerHarness();
    h.worker("w1");
    const c = h.client();
    c.submit(independent(50), { wants: ["x-49"] });
    h.dialogue();
    c.submit(independent(50, "y"), { wants: independent(50, "y").map(({ key }) => key) });
    h.dialogue();
    c.release("y-49", "y-48");
    expect(h.dialogue()).to.equal("c says release y-49 y-48");
  });

  it("frees a result that arrives after everybody has lost interest", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    const run = w1.runOf("a");
    c.release("a");
    w1.doneRuns([run]);
    expect(w1.freed).to.deep.equal(["a"]);
  });

  it("tells a client that wants a finished task at once, and only once", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const [c, d] = [h.client("c"), h.client("d")];
    c.submit([{ key: "a" }]);
    w1.done("a");
    d.want("a");
    d.want("a");
    expect(d.told.get("a")).to.have.length(1);
    expect(c.told.get("a")).to.have.length(1);
  });

  it("tells nobody twice when a value is lost and made again", () => {
    const h = new SchedulerHarness();
    const [w1, w2] = [h.worker("w1"), h.worker("w2")];
    const c = h.client();
    c.submit([{ key: "a" }]);
    const first = w1.keys.length > 0 ? w1 : w2;
    const other = first === w1 ? w2 : w1;
    first.done("a");
    first.die();
    other.done("a");
    expect(c.told.get("a")).to.have.length(1);
  });

  it("makes one message of all that settles in one turn", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 4 });
    const c = h.client();
    c.submit(independent(4), { wants: ["x-0", "x-1", "x-2", "x-3"] });
    w1.done(["x-0", "x-1", "x-2", "x-3"]);
    expect(c.statusMessages).to.equal(1);
  });

  it("says that a key nobody knows is lost", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    c.want("nothing");
    expect(c.state("nothing")).to.equal("lost");
    expect(c.error("nothing").error.code).to.equal("ERR_LOST_VALUE");
  });

  it("releases what a client wanted when the client is gone, and cancels what only it needed", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 4 });
    const [c, d] = [h.client("c"), h.client("d")];
    c.submit([{ key: "a" }, { key: "b" }, { key: "s", needs: ["a", "b"] }], { wants: ["s", "b"] });
    d.want("b");
    h.feed({ type: "peerLost", peer: c.peer, why: "nobody" });
    expect(w1.cancelled).to.include("a").and.to.not.include("b");
    w1.done("b");
    expect(d.state("b")).to.equal("finished");
    d.release("b");
    expect(h.core.stats()).to.include({ tasks: 0, clients: 1 });
  });

  it("gives a client up after thirty silent seconds, and not before", () => {
    const h = new SchedulerHarness();
    h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    h.advance(29_000, false);
    expect(h.core.stats().clients).to.equal(1);
    h.advance(3_000, false);
    expect(h.core.stats()).to.include({ clients: 0, tasks: 0 });
    expect(h.forgotten).to.include(c.peer);
  });

  it("keeps clients apart, be there ever so many of them", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const clients = Array.from({ length: 70 }, (_, i) => h.client(`c${i}`));
    for (const each of clients) each.submit([{ key: "a" }]);
    w1.done("a");
    for (const each of clients) expect(each.told.get("a")).to.have.length(1);
    for (const each of clients.slice(0, -1)) each.release("a");
    expect(w1.freed).to.deep.equal([]);
    h.feed({ type: "peerLost", peer: clients.at(-1)!.peer, why: "bye" });
    expect(w1.freed).to.deep.equal(["a"]);
  });

  it("holds a published key without any client, until it is unpublished", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    expect(c.ask({ type: "publish", name: "prices", keys: ["a"], meta: { n: 1 } }).ok).to.equal(true);
    w1.done("a");
    h.feed({ type: "peerLost", peer: c.peer, why: "bye" });
    expect(w1.freed).to.deep.equal([]);
    const d = h.client("d");
    expect(d.ask({ type: "published", name: "prices" }).value).to.deep.equal({ keys: ["a"], meta: { n: 1 } });
    d.want("a");
    expect(d.state("a")).to.equal("finished");
    d.release("a");
    d.ask({ type: "unpublish", name: "prices" });
    expect(w1.freed).to.deep.equal(["a"]);
  });

  it("holds a key that two names publish until both are gone", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.done("a");
    for (const name of ["x", "y"]) c.ask({ type: "publish", name, keys: ["a"], meta: null });
    c.release("a");
    c.ask({ type: "unpublish", name: "x" });
    expect(w1.freed).to.deep.equal([]);
    c.ask({ type: "unpublish", name: "y" });
    expect(w1.freed).to.deep.equal(["a"]);
  });

  it("answers publishing twice, unknown names and unknown keys with what is wrong", () => {
    const h = new SchedulerHarness();
    h.worker("w1");
    const c = h.client();
    c.submit(independent(2), { wants: ["x-0", "x-1"] });
    c.ask({ type: "publish", name: "n", keys: ["x-0"], meta: null });
    expect(c.ask({ type: "publish", name: "n", keys: ["x-0"], meta: null }).ok).to.equal(true);
    expect(c.ask({ type: "publish", name: "n", keys: ["x-1"], meta: null }).value).to.include('"n"');
    expect(c.ask({ type: "publish", name: "m", keys: ["zz"], meta: null }).value).to.include('"zz"');
    expect(c.ask({ type: "published", name: "m" }).value)
      .to.include('"m"')
      .and.to.include('"n"');
    expect(c.ask({ type: "unpublish", name: "m" }).ok).to.equal(false);
  });

  it("runs a detached task to its end although its client has left, and then forgets it", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    c.say({ kind: "want", keys: ["a"], detached: true });
    h.feed({ type: "peerLost", peer: c.peer, why: "bye" });
    expect(w1.cancelled).to.deep.equal([]);
    w1.done("a");
    expect(w1.freed).to.deep.equal(["a"]);
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("lets go of a task that is detached after it has finished", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.done("a");
    c.say({ kind: "want", keys: ["a"], detached: true });
    c.release("a");
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("forgets a detached task that has failed", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }], { wants: ["b"] });
    c.say({ kind: "want", keys: ["b"], detached: true });
    h.feed({ type: "peerLost", peer: c.peer, why: "bye" });
    w1.fail("a");
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("drops what a client does not name when it says all it wants", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 3 });
    const c = h.client();
    c.submit(independent(3), { wants: ["x-0", "x-1", "x-2"] });
    c.say({ kind: "want", keys: ["x-1"], all: true });
    expect(w1.cancelled).to.have.members(["x-0", "x-2"]);
    w1.done("x-1");
    expect(c.state("x-1")).to.equal("finished");
  });

  it("asks for a client's wants when digests differ twice in quiet, and not while something is on its way", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    c.beat(["a"]);
    c.beat(["a"]);
    c.beat(["a"]);
    expect(c.wantsAsked).to.equal(0);
    c.beat([]);
    expect(c.wantsAsked).to.equal(0);
    c.beat([]);
    expect(c.wantsAsked).to.equal(1);
    c.beat([]);
    c.beat([]);
    expect(c.wantsAsked).to.equal(1);
    c.beat(["a"]);
    c.beat([]);
    c.beat([]);
    expect(c.wantsAsked).to.equal(2);
    w1.done("a");
  });

  it("finds out that a client has not heard the end of a key, and tells it again", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit(independent(2), { wants: ["x-0", "x-1"] });
    w1.done(["x-0", "x-1"]);
    c.beat(["x-0", "x-1"], ["x-0"]);
    c.beat(["x-0", "x-1"], ["x-0"]);
    expect(c.wantsAsked).to.equal(0);
    c.beat(["x-0", "x-1"], ["x-0"]);
    expect(c.wantsAsked).to.equal(1);
    c.say({ kind: "want", keys: ["x-0", "x-1"], all: true, settled: Uint8Array.of(1, 0) });
    expect(c.told.get("x-0")).to.have.length(1);
    expect(c.told.get("x-1")).to.have.length(2);
  });

  it("does not ask again while a value it has told of is made once more", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.fail("a");
    const other = h.client("other");
    other.want("a");
    other.retry("a");
    for (let i = 0; i < 6; i++) c.beat(["a"]);
    expect(c.wantsAsked).to.equal(1);
    w1.done("a");
    expect(c.state("a")).to.equal("finished");
  });

  it("asks once over a key that nobody here knows, whatever else the client comes to want", () => {
    const h = new SchedulerHarness();
    h.worker("w1");
    const c = h.client();
    c.want("unknown");
    expect(c.state("unknown")).to.equal("lost");
    for (let i = 0; i < 4; i++) c.beat(["unknown"]);
    expect(c.wantsAsked).to.equal(1);
    c.submit([{ key: "a" }]);
    for (let i = 0; i < 4; i++) c.beat(["unknown", "a"]);
    expect(c.wantsAsked).to.equal(1);
  });

  it("waits for the last page before it drops what a client does not name", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 3 });
    const c = h.client();
    c.submit(independent(3), { wants: ["x-0", "x-1", "x-2"] });
    c.say({ kind: "want", keys: ["x-0"], all: true, more: true });
    expect(w1.cancelled).to.deep.equal([]);
    c.say({ kind: "want", keys: ["x-1"], all: true });
    expect(w1.cancelled).to.deep.equal(["x-2"]);
  });

  it("forgets the pages it has when the link starts afresh", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit(independent(2), { wants: ["x-0", "x-1"] });
    c.say({ kind: "want", keys: ["x-0"], all: true, more: true });
    h.feed({ type: "linkReset", peer: c.peer });
    c.say({ kind: "want", keys: ["x-1"], all: true });
    expect(w1.cancelled).to.deep.equal(["x-0"]);
  });

  it("takes a release once, however often it is said", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    c.say({ kind: "release", keys: ["a"], nth: 1 });
    c.submit([{ key: "a" }]);
    c.say({ kind: "release", keys: ["a"], nth: 1 });
    w1.done("a");
    expect(c.state("a")).to.equal("finished");
  });

  it("lets go of what a client does not keep, and of what it wanted before a release that was lost", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 3 });
    const c = h.client();
    c.submit(independent(3), { wants: ["x-0", "x-1", "x-2"] });
    c.say({ kind: "keep", keys: ["x-0"], since: Float64Array.of(0), nth: 2, more: true });
    expect(w1.cancelled).to.deep.equal([]);
    c.say({ kind: "keep", keys: ["x-1"], since: Float64Array.of(2), nth: 2 });
    expect(w1.cancelled).to.have.members(["x-1", "x-2"]);
    c.submit([{ key: "x-1", args: [1] }]);
    expect(c.refused).to.deep.equal([]);
    // Once more: it has been taken.
    c.say({ kind: "keep", keys: [], since: new Float64Array(), nth: 2 });
    expect(w1.cancelled).to.have.length(2);
  });

  it("tells a client all that has settled again when its link has started afresh", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 2 });
    const c = h.client();
    c.submit(independent(2), { wants: ["x-0", "x-1"] });
    w1.done("x-0");
    c.told.clear();
    h.feed({ type: "linkReset", peer: c.peer });
    expect([...c.told.keys()]).to.deep.equal(["x-0"]);
    w1.done("x-1");
    expect(c.told.get("x-1")).to.have.length(1);
  });
});

describe("the scheduler cancels", () => {
  it("stops a running task at once, and settles its future as cancelled", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    c.cancel("a");
    expect(w1.cancelled).to.deep.equal(["a"]);
    expect(c.state("a")).to.equal("cancelled");
    expect(c.error("a").error).to.include({ kind: "cancelled" });
    expect(h.core.stats().tasks).to.equal(0);
  });

  it("settles what depends on a cancelled task as cancelled too, and stops what only that needed", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { threads: 4 });
    const c = h.client();
    c.submit(
      [{ key: "a" }, { key: "b" }, { key: "s", needs: ["a", "b"] }, { key: "t", needs: ["s"] }, { key: "u" }],
      {
        wants: ["t", "s", "u"],
      },
    );
    c.cancel("a");
    expect([c.state("s"), c.state("t"), c.state("u")]).to.deep.equal(["cancelled", "cancelled", "pending"]);
    expect(w1.cancelled).to.include.members(["a", "b"]);
    expect(w1.keys).to.deep.equal(["u"]);
  });

  it("does not disturb another client that wants the same, or something made of it", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const [c, d] = [h.client("c"), h.client("d")];
    const graph = [{ key: "a" }, { key: "b", needs: ["a"] }];
    c.submit(graph, { wants: ["a", "b"] });
    d.submit(graph, { wants: ["b"] });
    c.cancel("a");
    expect([c.state("a"), c.state("b")]).to.deep.equal(["cancelled", "cancelled"]);
    expect(w1.cancelled).to.deep.equal([]);
    w1.doneAll();
    expect(d.state("b")).to.equal("finished");
    expect(c.state("b")).to.equal("cancelled");
  });

  it("cancels a finished future, and one of a key it does not know", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }]);
    w1.done("a");
    c.cancel("a", "unknown");
    expect([c.state("a"), c.state("unknown")]).to.deep.equal(["cancelled", "cancelled"]);
    expect(w1.freed).to.deep.equal(["a"]);
  });

  it("leaves results alone that were made of a cancelled task before", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1");
    const c = h.client();
    c.submit([{ key: "a" }, { key: "b", needs: ["a"] }], { wants: ["a", "b"] });
    w1.doneAll();
    c.cancel("a");
    expect(c.state("b")).to.equal("finished");
    expect(w1.freed).to.deep.equal(["a"]);
  });

  it("takes a hundred thousand futures released at once", () => {
    const h = new SchedulerHarness();
    const c = h.client();
    const graph = independent(100_000);
    c.submit(graph, { wants: graph.map(({ key }) => key) });
    c.release(...graph.map(({ key }) => key));
    expect(h.core.stats().tasks).to.equal(0);
  });
});
