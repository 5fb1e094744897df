/** What a worker does with runs, values and the loss of either. */

import { expect } from "chai";
import { defaultWorkerConfig } from "../../../src/actors/worker/config.js";
import { pageRows } from "../../../src/protocol/limits.js";
import { runMessage, scheduler, WorkerHarness } from "../../support/worker-harness.js";

const big = 100_000;

describe("a worker", () => {
  it("registers with what it has when it meets a scheduler, and again when the link starts afresh", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }, { run: 2 }]));
    worker.done(1, big);
    worker.tell({ type: "linkReset", peer: scheduler });
    const [first, second] = worker.said("register");
    expect(first?.runs).to.have.length(0);
    expect([...(second?.runs ?? [])]).to.deep.equal([2]);
    expect(second?.runKeys).to.deep.equal(["k2"]);
    expect([...(second?.values ?? [])]).to.deep.equal([1]);
    expect(second?.valueKeys).to.deep.equal(["k1"]);
  });

  it("says what it has in pages when that is much", () => {
    const gifts = Array.from({ length: pageRows + 10 }, (_, i) => ({ run: i + 1, key: `k${i}`, nbytes: 8 }));
    const pages = new WorkerHarness({ gifts }).connect().said("register");
    expect(pages.map(({ values, more }) => [values.length, more])).to.deep.equal([
      [pageRows, true],
      [10, undefined],
    ]);
    for (const { values, valueKeys, valueBytes, gifts: given } of pages)
      expect([valueKeys.length, valueBytes.length, given?.length]).to.deep.equal([
        values.length,
        values.length,
        values.length,
      ]);
    expect(pages[1]?.valueKeys.at(-1)).to.equal(`k${pageRows + 9}`);
  });

  it("starts runs by the user's priority, then by the static order", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(
      runMessage([
        { run: 9, priority: 9 },
        { run: 3, priority: 3 },
        { run: 5, priority: 5, user: -1 },
      ]),
    );
    expect([...worker.executing.keys()]).to.deep.equal([5]);
    worker.done(5);
    expect([...worker.executing.keys()]).to.include(3);
    expect(worker.did("execute").flatMap(({ records }) => records.map(({ run }) => run))).to.deep.equal([
      5, 3, 9,
    ]);
  });

  it("hands a thread only its slots' worth of runs whose duration nobody knows", () => {
    const worker = new WorkerHarness({ concurrency: 2 }).connect();
    worker.hear(runMessage([1, 2, 3, 4, 5].map((run) => ({ run }))));
    expect([...worker.executing.keys()]).to.deep.equal([1, 2]);
  });

  it("does not start a run twice, whatever it is told", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }])).hear(runMessage([{ run: 1 }]));
    worker.done(1);
    expect(worker.did("execute")).to.have.length(1);
    expect(worker.said("done")).to.have.length(1);
  });

  it("starts a run that was sent ahead as soon as the one before it is done, without asking back", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }, { run: 2, deps: [1] }]));
    expect([...worker.executing.keys()]).to.deep.equal([1]);
    worker.done(1, Uint8Array.of(7));
    expect([...worker.executing.keys()]).to.deep.equal([2]);
    expect(worker.did("putInline").map(({ run, bytes }) => [run, ...bytes])).to.deep.equal([[1, 7]]);
  });

  it("still has a small result when a successor that counts on it arrives late", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }]));
    worker.done(1, Uint8Array.of(7));
    worker.hear(runMessage([{ run: 2, deps: [1] }]));
    expect([...worker.executing.keys()]).to.deep.equal([2]);
    expect(worker.said("missing")).to.have.length(0);
  });

  it("drops inline inputs when the last run that came with them has ended", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(
      runMessage(
        [
          { run: 2, deps: [1] },
          { run: 3, deps: [1] },
        ],
        { inline: [[1, Uint8Array.of(9)]] },
      ),
    );
    worker.done(2);
    expect(worker.did("drop")).to.have.length(0);
    worker.done(3);
    expect(worker.did("drop").flatMap(({ runs }) => [...runs])).to.deep.equal([1]);
  });

  it("reports a run whose input is nowhere, and those that were to follow it", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(
      runMessage([
        { run: 2, deps: [1] },
        { run: 3, deps: [2] },
      ]),
    );
    expect(
      worker.said("missing").flatMap(({ runs }) => runs.map(([run, input]) => [run, input])),
    ).to.deep.equal([
      [2, 1],
      [3, 2],
    ]);
  });

  it("sends successors back when the run before them fails", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }, { run: 2, deps: [1] }]));
    worker.failed(1);
    expect(worker.said("failed")[0]?.runs[0]?.run).to.equal(1);
    expect(worker.said("missing")[0]?.runs[0]?.slice(0, 2)).to.deep.equal([2, 1]);
  });

  it("aborts a cancelled run that runs, and says nothing when it stops", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }]));
    worker.hear({ kind: "cancelRuns", runs: Float64Array.of(1), why: "cancel" });
    expect(worker.did("abort").map(({ run }) => run)).to.deep.equal([1]);
    worker.failed(1);
    expect(worker.said("failed")).to.have.length(0);
  });

  it("adopts a cancelled run that still runs when it is wanted again", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }]));
    worker.hear({ kind: "cancelRuns", runs: Float64Array.of(1), why: "cancel" });
    worker.hear(runMessage([{ run: 1 }]));
    worker.failed(1);
    expect(worker.said("failed")).to.have.length(1);
  });

  it("gives back what has not begun when it is stolen from, and asks its threads about the rest", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }, { run: 2 }]));
    worker.hear({ kind: "cancelRuns", runs: Float64Array.of(1, 2, 3), why: "steal" });
    expect(worker.did("recall").flatMap(({ runs }) => [...runs])).to.deep.equal([1]);
    worker.tell({ type: "recalled", runs: [], kept: [1] });
    const back = worker.said("handedBack");
    expect(back.flatMap(({ runs }) => [...runs])).to.deep.equal([2]);
    expect(back.flatMap(({ kept }) => [...kept])).to.deep.equal([3, 1]);
  });

  it("starts nothing once its scheduler may not have heard it for longer than the lease, and goes on when it has", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }, { run: 2 }]));
    worker.at = 7_000;
    worker.done(1);
    expect([...worker.executing.keys()]).to.deep.equal([]);
    worker.tell({ type: "heard", sinceMs: 500 });
    expect([...worker.executing.keys()], "an answer to what was said long ago").to.deep.equal([]);
    worker.tell({ type: "heard", sinceMs: 6_900 });
    expect([...worker.executing.keys()]).to.deep.equal([2]);
  });

  it("starts nothing of what it finds in its mailbox after a standstill, until its scheduler has heard it again", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }, { run: 2 }]));
    worker.at = 20_000;
    worker.tell({ type: "stalled", ms: 20_000 });
    worker.hear(runMessage([{ run: 3 }]));
    worker.tell({ type: "linkReset", peer: scheduler });
    worker.done(1);
    expect([...worker.executing.keys()]).to.deep.equal([]);
    worker.tell({ type: "heard", sinceMs: 20_000 });
    expect([...worker.executing.keys()]).to.deep.equal([2]);
  });

  it("tells its threads until when they may begin what is in their queues", () => {
    const worker = new WorkerHarness().connect();
    const { startLeaseMs } = defaultWorkerConfig;
    for (worker.at = 100; worker.at <= 1_000; worker.at += 100)
      worker.tell({ type: "heard", sinceMs: worker.at });
    expect(worker.did("mayStart").map(({ untilMs }) => untilMs)).to.deep.equal(
      [0, 300, 600, 900].map((at) => at + startLeaseMs),
    );
  });

  it("starts a run that must be alone only when nothing else runs, and nothing beside it", () => {
    const worker = new WorkerHarness({ concurrency: 4 }).connect();
    worker.hear(runMessage([{ run: 1 }, { run: 2, options: { alone: true } }, { run: 3 }]));
    expect([...worker.executing.keys()]).to.deep.equal([1]);
    worker.done(1);
    expect([...worker.executing.keys()]).to.deep.equal([2]);
    worker.done(2);
    expect([...worker.executing.keys()]).to.deep.equal([3]);
  });

  it("never lets runs have more of a resource than there is", () => {
    const worker = new WorkerHarness({ concurrency: 4, resources: { gpu: 1 } }).connect();
    const gpu = { resources: { gpu: 1 } };
    worker.hear(runMessage([{ run: 1, options: gpu }, { run: 2, options: gpu }, { run: 3 }]));
    expect([...worker.executing.keys()]).to.deep.equal([1, 3]);
    worker.done(1);
    expect([...worker.executing.keys()]).to.deep.equal([3, 2]);
  });

  it("fails the run that brought a thread down, loses those beside it, and restarts what had not begun", () => {
    const worker = new WorkerHarness({ concurrency: 3 }).connect();
    worker.hear(runMessage([{ run: 1 }, { run: 2 }, { run: 3 }]));
    const lost = { type: "threadLost", thread: 0, kind: "oom", message: "out of heap" } as const;
    worker.tell({ ...lost, guilty: [1], bystanders: [2], notBegun: [3] });
    expect(
      worker.said("failed").flatMap(({ runs }) => runs.map(({ run, error }) => [run, error.kind])),
    ).to.deep.equal([
      [1, "oom"],
      [2, "lost"],
    ]);
    worker.tell({ type: "threadReady", thread: 0 });
    expect(worker.did("execute").flatMap(({ records }) => records.map(({ run }) => run))).to.deep.equal([
      1, 2, 3, 3,
    ]);
  });

  it("hands back on leaving what has not begun, finishes what runs, and is gone when that is done", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 1 }, { run: 2 }]));
    worker.tell({ type: "drain", reason: "SIGTERM" });
    worker.tell({ type: "recalled", runs: [], kept: [1] });
    expect(worker.said("handedBack")[0]?.runs).to.deep.equal(Float64Array.of(2));
    expect(worker.said("leave")).to.have.length(1);
    expect(worker.core.left()).to.equal(false);
    worker.done(1);
    expect(worker.core.left()).to.equal(true);
  });

  it("leaves without a scheduler's leave when there is none, and it has nothing that one could want", () => {
    const stranger = new WorkerHarness();
    stranger.tell({ type: "drain", reason: "SIGTERM" });
    stranger.tell({ type: "tick" });
    expect(stranger.did("left")).to.have.length(1);

    const orphan = new WorkerHarness().connect();
    orphan.hear(runMessage([{ run: 1 }]));
    orphan.tell({ type: "drain", reason: "SIGTERM" });
    orphan.tell({ type: "recalled", runs: [], kept: [1] });
    orphan.tell({ type: "peerLost", peer: scheduler, why: "silent" });
    expect(orphan.did("left")).to.have.length(0);
    orphan.done(1, big);
    expect(orphan.did("left"), "it holds a value").to.have.length(0);
    orphan.connect();
    orphan.hear({ kind: "free", runs: Float64Array.of(1) });
    expect(orphan.did("left"), "the scheduler is to let it go").to.have.length(0);
    orphan.hear({ kind: "bye", reason: "you may go" });
    expect(orphan.did("left")).to.have.length(1);
  });
});

describe("values between workers", () => {
  const holder = "worker:w2:1";
  const other = "worker:w3:1";

  it("are asked of a holder, and start the run that waits once they are whole", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 2, deps: [1] }], { remote: [[1, 10, [holder]]] }));
    const get = worker.said("get")[0];
    expect([...(get?.runs ?? [])]).to.deep.equal([1]);
    const chunk = { kind: "chunk", id: get?.id ?? 0, run: 1, total: 10 } as const;
    worker.hear({ ...chunk, offset: 0, bytes: new Uint8Array(6) }, holder);
    expect(worker.executing.size).to.equal(0);
    worker.hear({ ...chunk, offset: 6, bytes: new Uint8Array(4) }, holder);
    expect([...worker.executing.keys()]).to.deep.equal([2]);
    expect(worker.said("copies").flatMap(({ added }) => [...added])).to.deep.equal([1]);
  });

  it("are asked of the next holder when one has not got them, has died, or is silent", () => {
    for (const what of ["gone", "died", "silent"]) {
      const worker = new WorkerHarness().connect();
      worker.hear(runMessage([{ run: 2, deps: [1] }], { remote: [[1, 10, [holder, other]]] }));
      const id = worker.said("get")[0]?.id ?? 0;
      if (what === "gone") worker.hear({ kind: "gone", id, runs: Float64Array.of(1) }, holder);
      else if (what === "died") worker.tell({ type: "peerLost", peer: holder, why: "silent" });
      else {
        worker.at = 20_000;
        worker.tell({ type: "tick" });
      }
      expect(
        worker.sent.filter(({ message }) => message.kind === "get").map(({ to }) => to),
        what,
      ).to.deep.equal([holder, other]);
    }
  });

  it("are asked for by and by, so that no more is on its way than may be", () => {
    const worker = new WorkerHarness({ fetchingBytes: 100, fetchBatchBytes: 80 }).connect();
    const runs = [2, 4, 6].map((run) => ({ run, deps: [run - 1] }));
    const remote = [1, 3, 5].map((run) => [run, 60, [run === 5 ? other : holder]] as const);
    worker.hear(runMessage(runs, { remote }));
    worker.tell({ type: "tick" });
    const asked = (): number[][] => worker.said("get").map((get) => [...get.runs]);
    expect(asked()).to.deep.equal([[1], [5]]);
    const id = worker.said("get")[0]?.id ?? 0;
    worker.hear({ kind: "chunk", id, run: 1, total: 60, offset: 0, bytes: new Uint8Array(60) }, holder);
    expect(asked()).to.deep.equal([[1], [5], [3]]);
    worker.tell({ type: "peerLost", peer: other, why: "silent" });
    worker.tell({ type: "peerLost", peer: holder, why: "silent" });
    expect(worker.said("missing").flatMap(({ runs: all }) => all.map(([run]) => run))).to.have.members([
      4, 6,
    ]);
  });

  it("are reported missing with everyone who was asked when nobody has them", () => {
    const worker = new WorkerHarness().connect();
    worker.hear(runMessage([{ run: 2, deps: [1] }], { remote: [[1, 10, [holder]]] }));
    worker.hear({ kind: "gone", id: worker.said("get")[0]?.id ?? 0, runs: Float64Array.of(1) }, holder);
    expect(worker.said("missing")[0]?.runs).to.deep.equal([[2, 1, [holder]]]);
  });

  it("are handed out under credit, never more than the asker has room for", () => {
    const worker = new WorkerHarness({ chunkBytes: 100 }).connect();
    worker.hear(runMessage([{ run: 1 }]));
    worker.done(1, 1000);
    worker.hear({ kind: "get", id: 5, runs: Float64Array.of(1), credit: 250 }, holder);
    const sum = (): number => worker.did("sendChunk").reduce((all, { length }) => all + length, 0);
    expect(sum()).to.equal(300);
    worker.hear({ kind: "credit", id: 5, bytes: 300 }, holder);
    expect(sum()).to.equal(600);
    worker.hear({ kind: "credit", id: 5, bytes: 1000 }, holder);
    expect(sum()).to.equal(1000);
  });

  it("that are not here are said to be gone", () => {
    const worker = new WorkerHarness().connect();
    worker.hear({ kind: "get", id: 5, runs: Float64Array.of(1), credit: 250 }, holder);
    expect(worker.said("gone")[0]?.runs).to.deep.equal(Float64Array.of(1));
  });
});
