import { expect } from "chai";
import { Values } from "../../src/actors/worker/values.js";
import { Servings } from "../../src/actors/transfer/servings.js";
import { ReadyQueue } from "../../src/actors/worker/ready-queue.js";
import { InvalidArgumentError } from "../../src/errors.js";
import { Graph } from "../../src/graph/graph.js";
import { ref } from "../../src/graph/ref.js";
import { task } from "../../src/graph/task.js";
import { SimulatedCluster } from "../../src/testing/simulated-cluster.js";
import type { Faults } from "../../src/testing/simulation/faults.js";

const sum = (...numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);

const diamond = Graph.of({
  one: 1,
  left: task(sum, ref("one"), 2),
  right: task(sum, ref("one"), 3).after("left"),
  total: task(sum, [ref("left"), ref("right")]),
});

/** Runs while a method does something else than it should. */
async function sabotaged<T extends object, K extends keyof T, R>(
  prototype: T,
  name: K,
  replacement: T[K],
  run: () => Promise<R>,
): Promise<R> {
  const original = prototype[name];
  prototype[name] = replacement;
  try {
    return await run();
  } finally {
    prototype[name] = original;
  }
}

/** The invariants that seeds 1 to `seeds` find broken. */
async function broken(faults: Partial<Faults>, seeds: number): Promise<string[]> {
  const invariants: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const { invariant } = await SimulatedCluster.run({ seed, faults });
    if (invariant !== undefined) invariants.push(invariant);
  }
  return invariants;
}

const nothing = (): undefined => undefined;

describe("a simulated cluster", function () {
  this.timeout(120_000);

  it("refuses what it does not know: a fault that is misspelt would never be found", async () => {
    const wrong = [
      {},
      { seed: "x" },
      { seed: 1, worker: 2 },
      { seed: 1, workers: 0 },
      { seed: 1, faults: { lossrate: 0.1 } },
      { seed: 1, faults: { lossRate: 5 } },
      { seed: 1, graph: 3 },
      { seed: 1, graph: diamond, wants: ["nothing"] },
    ];
    for (const options of wrong) {
      const error: unknown = await SimulatedCluster.run(options as never).catch((reason: unknown) => reason);
      expect(error, JSON.stringify(options)).to.be.instanceOf(InvalidArgumentError);
    }
  });

  it("runs the shape of a graph that it is given, and ends with what is wanted of it", async () => {
    const result = await SimulatedCluster.run({ seed: 1, graph: diamond, workers: 2, faults: {} });
    expect(result.report).to.equal(undefined);
    expect(result.futures).to.deep.equal({ finished: 1 });
    expect(result).to.include({ outcome: "ok", tasks: 4, runs: 3 });
  });

  it("ends with what is named as wanted", async () => {
    const { futures } = await SimulatedCluster.run({
      seed: 1,
      graph: diamond,
      wants: ["left", "right"],
      faults: {},
    });
    expect(futures).to.deep.equal({ finished: 2 });
  });

  it("is another one for another seed, and the same one for the same", async () => {
    const hash = async (seed: number): Promise<string> => (await SimulatedCluster.run({ seed })).traceHash;
    expect(await hash(7)).to.equal(await hash(7));
    expect(await hash(7)).to.not.equal(await hash(8));
  });

  it("survives a scheduler that only stood still when another took over", async () => {
    const { outcome, report, faults } = await SimulatedCluster.run({ seed: 3, schedulers: 2, faults: {} });
    expect(outcome, report).to.equal("ok");
    expect(faults).to.deep.equal(["takeOvers"]);
  });

  it("has workers come back from the dead with values, of which some are taken and others are not", async () => {
    const total = { offered: 0, taken: 0 };
    for (let seed = 1; seed <= 20; seed++) {
      const faults = { resurrections: 2, impureTasks: 0.3, releases: 0.3 };
      const { outcome, report, gifts } = await SimulatedCluster.run({ seed, faults, busy: true });
      expect(outcome, report).to.equal("ok");
      total.offered += gifts.offered;
      total.taken += gifts.taken;
    }
    expect(total.taken).to.be.above(0);
    expect(total.offered).to.be.above(total.taken);
  });

  it("notices when a run begins twice because nobody remembers that it ended", async () => {
    const found = await sabotaged(Values.prototype, "recallDone", nothing, () =>
      broken({ lossRate: 0.3 }, 40),
    );
    expect(found).to.include("I5");
  });

  it("notices when credit is not heeded, so that large values stop half-way", async () => {
    const found = await sabotaged(Servings.prototype, "credit", nothing, () => broken({}, 10));
    expect(found).to.include("I2");
  });

  it("notices when a worker forgets what it was given to do", async () => {
    const found = await sabotaged(ReadyQueue.prototype, "push", nothing, () => broken({}, 3));
    expect(found).to.deep.equal(["I8", "I8", "I8"]);
  });

  it("says how to see a failure again, with the story of the key and the last events", async () => {
    const { report } = await sabotaged(ReadyQueue.prototype, "push", nothing, () =>
      SimulatedCluster.run({ seed: 1, faults: {} }),
    );
    expect(report).to.contain("replay: skein sim --seed 1");
    expect(report).to.match(/story of g1-\S+ at scheduler:s:/);
    expect(report).to.contain("the last 60 events:");
  });
});
