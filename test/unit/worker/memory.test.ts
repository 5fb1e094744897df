import { expect } from "chai";
import type { Observed } from "../../../src/actors/worker/stimuli.js";
import { runMessage, WorkerHarness } from "../../support/worker-harness.js";

const MB = 1e6;

/** A worker of 1 GB whose process and values take what they are said to. */
function workerOf1GB(): {
  readonly worker: WorkerHarness;
  readonly observe: (at: number, seen: Partial<Observed>) => void;
} {
  const worker = new WorkerHarness({ memoryLimitBytes: 1_000 * MB }).connect();
  const nothing = { type: "observed", running: [], loopDelayMs: 0 } as const;
  return {
    worker,
    observe: (at, seen) => {
      worker.at = at;
      worker.tell({ ...nothing, processBytes: 0, managedBytes: 0, freedBytes: 0, ...seen });
    },
  };
}

describe("A worker's memory", () => {
  it("is made free of values above 60 % of the limit", () => {
    const { worker, observe } = workerOf1GB();
    observe(0, { managedBytes: 590 * MB, processBytes: 650 * MB });
    expect(worker.did("spill")).to.deep.equal([]);
    observe(1_000, { managedBytes: 610 * MB, processBytes: 650 * MB });
    expect(worker.did("spill")).to.deep.equal([{ type: "spill", toBytes: 600 * MB }]);
  });

  it("when the process takes above 70 %, is made free of garbage, and only if that does not help of values", () => {
    const { worker, observe } = workerOf1GB();
    observe(0, { managedBytes: 500 * MB, processBytes: 750 * MB });
    expect(worker.asked).to.deep.include({ type: "collect", urgent: true });
    observe(100, { managedBytes: 500 * MB, processBytes: 750 * MB });
    expect(worker.did("spill"), "it has had no time to help").to.deep.equal([]);
    observe(1_000, { managedBytes: 500 * MB, processBytes: 750 * MB });
    expect(worker.did("spill")).to.deep.equal([{ type: "spill", toBytes: 450 * MB }]);
    observe(2_000, { managedBytes: 450 * MB, processBytes: 690 * MB });
    observe(3_000, { managedBytes: 450 * MB, processBytes: 790 * MB });
    expect(worker.did("spill"), "another shortage, and garbage goes first again").to.have.lengthOf(1);
    observe(4_000, { managedBytes: 50 * MB, processBytes: 790 * MB });
    expect(worker.did("spill").at(-1), "the rest is not values").to.deep.equal({ type: "spill", toBytes: 0 });
  });

  it("of values let go of is collected at once when the worker has nothing to do, and once only", () => {
    const { worker, observe } = workerOf1GB();
    observe(0, { freedBytes: 7 * MB });
    expect(worker.did("collect"), "too little").to.deep.equal([]);
    observe(1_000, { freedBytes: 9 * MB });
    expect(worker.did("collect")).to.deep.equal([{ type: "collect", urgent: false }]);
    observe(2_000, { freedBytes: 9 * MB });
    observe(3_000, { freedBytes: 16 * MB });
    expect(worker.did("collect")).to.have.lengthOf(1);
    observe(4_000, { freedBytes: 18 * MB });
    expect(worker.did("collect")).to.have.lengthOf(2);
  });

  it("of values let go of is collected beside work only when it is much, and not all the time", () => {
    const { worker, observe } = workerOf1GB();
    worker.hear(runMessage([{ run: 1 }]));
    observe(0, { freedBytes: 49 * MB });
    expect(worker.did("collect")).to.deep.equal([]);
    observe(1_000, { freedBytes: 51 * MB });
    expect(worker.did("collect")).to.have.lengthOf(1);
    observe(1_100, { freedBytes: 500 * MB });
    expect(worker.did("collect")).to.have.lengthOf(1);
    observe(1_300, { freedBytes: 500 * MB });
    expect(worker.did("collect")).to.have.lengthOf(2);
  });

  it("above 80 % lets nothing start and nothing come in, and what is here go out; below it all goes on", () => {
    const { worker, observe } = workerOf1GB();
    const peer = "worker:w2:1";
    worker.hear(runMessage([{ run: 1 }]));
    worker.done(1, 1_000);
    observe(0, { processBytes: 810 * MB });
    worker.hear(runMessage([{ run: 2 }, { run: 4, deps: [3] }], { remote: [[3, 10, [peer]]] }));
    worker.hear({ kind: "get", id: 5, runs: Float64Array.of(1), credit: 2_000 }, peer);
    worker.tell({ type: "tick" });
    expect(worker.executing.size).to.equal(0);
    expect(worker.said("get")).to.deep.equal([]);
    expect(worker.said("beat").at(-1)?.paused).to.equal(true);
    expect(worker.did("sendChunk").map(({ run }) => run)).to.deep.equal([1]);
    observe(2_000, { processBytes: 790 * MB });
    worker.tell({ type: "tick" });
    expect([...worker.executing.keys()]).to.deep.equal([2]);
    expect(worker.said("get").map(({ runs }) => [...runs])).to.deep.equal([[3]]);
    expect(worker.said("beat").at(-1)?.paused).to.equal(false);
  });

  it("that is short does not keep runs whose inputs are nowhere any more", () => {
    const { worker, observe } = workerOf1GB();
    const peer = "worker:w2:1";
    observe(0, { processBytes: 900 * MB });
    worker.hear(runMessage([{ run: 4, deps: [3] }], { remote: [[3, 10, [peer]]] }));
    worker.tell({ type: "peerLost", peer, why: "silent" });
    expect(worker.said("missing").flatMap(({ runs }) => runs)).to.deep.equal([[4, 3, [peer]]]);
  });
});
