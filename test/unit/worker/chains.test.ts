/** Runs that go to a thread together with what makes their input. */

import { expect } from "chai";
import { runMessage, WorkerHarness, type RunSpec } from "../../support/worker-harness.js";

/** A worker that knows how long its function takes: a millisecond. */
function practised(config: { readonly concurrency?: number } = {}): WorkerHarness {
  const worker = new WorkerHarness(config).connect();
  worker.hear(runMessage([{ run: 100 }]));
  return worker.done(100);
}

const again = (specs: readonly RunSpec[]): ReturnType<typeof runMessage> => ({
  ...runMessage(specs),
  fns: [],
});

/** 1 → 2 → 3. */
const chain = again([{ run: 1 }, { run: 2, deps: [1] }, { run: 3, deps: [2] }]);

const handed = (worker: WorkerHarness): number[][] =>
  worker.did("execute").map(({ records }) => records.map(({ run }) => run));

describe("a chain on a worker", () => {
  it("goes to a thread in one go", () => {
    const worker = practised().hear(chain);
    expect(handed(worker)).to.deep.equal([[100], [1, 2, 3]]);
  });

  it("is run no second time as its links are done one by one", () => {
    const worker = practised().hear(chain).done(1).done(2).done(3);
    expect(handed(worker)).to.deep.equal([[100], [1, 2, 3]]);
    expect(worker.said("done").flatMap(({ run }) => [...run])).to.deep.equal([100, 1, 2, 3]);
  });

  it("stays link by link on a thread that runs several tasks at once, or of whose tasks nobody knows the time", () => {
    expect(handed(practised({ concurrency: 2 }).hear(chain))[1]).to.deep.equal([1]);
    expect(
      handed(new WorkerHarness().connect().hear({ ...chain, fns: runMessage([]).fns })),
    ).to.not.deep.include([1, 2, 3]);
  });

  it("gives way to what comes first by priority", () => {
    const worker = practised().hear(
      again([
        { run: 1, priority: 1 },
        { run: 2, priority: 5, deps: [1] },
        { run: 4, priority: 2 },
      ]),
    );
    expect(handed(worker)[1]).to.deep.equal([1, 4]);
  });

  it("leaves out runs with wishes of their own, and what follows upon such", () => {
    const limited = { timeoutMs: 50 };
    expect(
      handed(
        practised().hear(
          again([
            { run: 1, options: limited },
            { run: 2, deps: [1] },
          ]),
        ),
      )[1],
    ).to.deep.equal([1]);
    expect(
      handed(practised().hear(again([{ run: 1 }, { run: 2, deps: [1], options: limited }])))[1],
    ).to.deep.equal([1]);
  });

  it("goes back to the scheduler from the link that failed on", () => {
    const worker = practised()
      .hear(chain)
      .failed(1)
      .tell({ type: "unstarted", runs: [2, 3] });
    expect(worker.said("failed").flatMap(({ runs }) => runs.map(({ run }) => run))).to.deep.equal([1]);
    expect(
      worker.said("missing").flatMap(({ runs }) => runs.map(([run, input]) => [run, input])),
    ).to.deep.equal([
      [2, 1],
      [3, 2],
    ]);
    expect(worker.core.load).to.equal(0);
  });

  it("starts a link anew that the thread did not get to", () => {
    const worker = practised()
      .hear(chain)
      .tell({ type: "unstarted", runs: [2, 3] });
    expect(handed(worker)).to.deep.equal([[100], [1, 2, 3]]);
    worker.done(1);
    expect(handed(worker)[2]).to.deep.equal([2, 3]);
  });

  it("loses its thread without being run twice: who had not begun waits again", () => {
    const worker = practised().hear(chain);
    worker.tell({
      ...{ type: "threadLost", thread: 0, kind: "killed", message: "it ended" },
      ...{ guilty: [1], bystanders: [], notBegun: [2, 3] },
    });
    expect(worker.said("missing").flatMap(({ runs }) => runs.map(([run]) => run))).to.deep.equal([2, 3]);
    expect(worker.core.load).to.equal(0);
  });

  it("is taken back link by link: from the thread, for it may have begun", () => {
    const worker = practised().hear(chain);
    worker.hear({ kind: "cancelRuns", runs: Float64Array.of(3), why: "steal" });
    expect(worker.did("recall").map(({ runs }) => [...runs])).to.deep.equal([[3]]);
    worker.tell({ type: "recalled", runs: [3], kept: [] });
    expect(worker.said("handedBack").map(({ runs }) => [...runs])).to.deep.equal([[3]]);
    worker.done(1).done(2);
    expect(worker.core.load).to.equal(0);
  });

  it("is cancelled in the middle: what was cancelled never counts, whichever comes first", () => {
    const worker = practised().hear(chain);
    worker.hear({ kind: "cancelRuns", runs: Float64Array.of(2), why: "cancel" });
    expect(worker.did("abort").map(({ run }) => run)).to.deep.equal([2]);
    worker
      .done(1)
      .tell({ type: "recalled", runs: [2], kept: [] })
      .tell({ type: "unstarted", runs: [3] });
    expect(worker.core.load).to.equal(0);
    expect(worker.said("missing").flatMap(({ runs }) => runs.map(([run]) => run))).to.deep.equal([3]);
  });
});
