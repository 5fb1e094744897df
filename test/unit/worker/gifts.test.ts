/** What a worker that was given up leaves to the incarnation in its place, and what that one says of it. */

import { expect } from "chai";
import { runMessage, scheduler, WorkerHarness } from "../../support/worker-harness.js";

const big = 100_000;
const peer = "worker:w2:1";

const runsOf = (worker: WorkerHarness): number[] => worker.core.gifts().map(({ run }) => run);

function givenUp(worker: WorkerHarness): WorkerHarness {
  return worker.tell({ type: "peerLost", peer: scheduler, why: "gaveUp" });
}

describe("a worker that was given up", () => {
  it("leaves the values that it holds, its own and those it has fetched or was sent", () => {
    const worker = new WorkerHarness({ concurrency: 2 }).connect();
    worker.hear(runMessage([{ run: 1 }, { run: 3, deps: [2] }], { remote: [[2, 4, [peer]]] }));
    worker.done(1, big);
    const id = worker.said("get")[0]?.id ?? 0;
    worker.hear(
      { kind: "chunk", id, run: 2, key: "k2", offset: 0, total: 4, bytes: new Uint8Array(4) },
      peer,
    );
    worker.hear({
      ...{ kind: "put", id: 1, run: 9, key: "scattered", offset: 0, total: 3 },
      bytes: new Uint8Array(3),
    });
    expect(givenUp(worker).core.gifts()).to.have.deep.members([
      { run: 1, key: "k1", nbytes: big },
      { run: 2, key: "k2", nbytes: 4 },
      { run: 9, key: "scattered", nbytes: 3 },
    ]);
  });

  it("leaves small results of pure tasks that the scheduler is not known to have heard of", () => {
    const worker = new WorkerHarness({ concurrency: 4 }).connect();
    worker.hear(runMessage([1, 2, 3, 4].map((run) => ({ run, pure: run !== 3 }))));
    worker.at = 100;
    worker.done(1, Uint8Array.of(7));
    worker.at = 200;
    worker.tell({ type: "heard", sinceMs: 150 });
    worker.done(2, Uint8Array.of(8));
    worker.done(3, Uint8Array.of(9));
    worker.at = 300;
    worker.tell({ type: "heard", sinceMs: 200 });
    expect(givenUp(worker).core.gifts()).to.deep.equal([
      { run: 2, key: "k2", nbytes: 1, bytes: Uint8Array.of(8) },
    ]);
  });

  it("leaves what it finishes while nobody hears it, and starts nothing of what it had queued", () => {
    const worker = new WorkerHarness({ startLeaseMs: 6_000 }).connect();
    worker.hear(runMessage([1, 2].map((run) => ({ run, pure: true }))));
    worker.at = 60_000;
    worker.done(1, big);
    expect([...worker.executing.keys()]).to.deep.equal([]);
    expect(runsOf(givenUp(worker))).to.deep.equal([1]);
  });

  it("leaves nothing that it was told to free, nor the inputs that came along with its runs", () => {
    const worker = new WorkerHarness({ concurrency: 2 }).connect();
    worker.hear(runMessage([{ run: 1 }, { run: 3, deps: [2] }], { inline: [[2, Uint8Array.of(1)]] }));
    worker.done(1, big);
    worker.hear({ kind: "free", runs: Float64Array.of(1) });
    expect(runsOf(givenUp(worker))).to.deep.equal([]);
  });
});

describe("the worker in its place", () => {
  const gifts = [
    { run: 1, key: "k1", nbytes: big },
    { run: 2, key: "k2", nbytes: 4 },
  ];

  it("offers what was left to it, tells it from what it makes, and runs nothing", () => {
    const worker = new WorkerHarness({ gifts }).connect();
    worker.hear(runMessage([{ run: 7 }]));
    worker.done(7, big);
    worker.tell({ type: "linkReset", peer: scheduler });
    const [first, second] = worker.said("register");
    expect([...(first?.values ?? [])]).to.deep.equal([1, 2]);
    expect(first?.valueKeys).to.deep.equal(["k1", "k2"]);
    expect([...(first?.valueBytes ?? [])]).to.deep.equal([big, 4]);
    expect([...(first?.gifts ?? [])]).to.deep.equal([1, 2]);
    expect([...(first?.runs ?? [])]).to.deep.equal([]);
    expect([...(second?.values ?? [])]).to.deep.equal([1, 2, 7]);
    expect([...(second?.gifts ?? [])]).to.deep.equal([1, 2]);
  });

  it("drops what is refused, and hands out the rest", () => {
    const worker = new WorkerHarness({ gifts }).connect();
    worker.hear({ kind: "free", runs: Float64Array.of(2) });
    expect(worker.did("drop").flatMap(({ runs }) => [...runs])).to.deep.equal([2]);
    worker.hear({ kind: "get", id: 5, runs: Float64Array.of(1), credit: big }, peer);
    expect(worker.did("sendChunk")[0]?.run).to.equal(1);
    expect(runsOf(givenUp(worker)), "once more given up, it leaves them on").to.deep.equal([1]);
  });

  it("says nothing of gifts when there are none", () => {
    const worker = new WorkerHarness().connect();
    expect(worker.said("register")[0]).to.not.have.property("gifts");
  });
});

describe("a worker that no scheduler hears", () => {
  const tick = (worker: WorkerHarness, at: number): WorkerHarness => {
    worker.at = at;
    return worker.tell({ type: "tick" });
  };
  const dropped = (worker: WorkerHarness): number[] => worker.did("drop").flatMap(({ runs }) => [...runs]);
  const minutes = 60_000;

  it("keeps its results for ten minutes, and then no longer", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }]));
    worker.done(1, big);
    for (let at = 1; at < 10; at++) tick(worker, at * minutes);
    expect(dropped(worker)).to.deep.equal([]);
    tick(worker, 12 * minutes);
    expect(dropped(worker)).to.deep.equal([1]);
    expect(runsOf(worker)).to.deep.equal([]);
    expect(worker.said("copies").flatMap((copies) => [...copies.dropped])).to.deep.equal([1]);
  });

  it("does not count the time that it stood still itself, nor that before it was heard again", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }]));
    worker.done(1, big);
    tick(worker, 30 * minutes);
    tick(worker, 39 * minutes);
    worker.at = 39.5 * minutes;
    worker.tell({ type: "heard", sinceMs: worker.at });
    tick(worker, 39.6 * minutes);
    tick(worker, 49 * minutes);
    expect(dropped(worker)).to.deep.equal([]);
  });
});
