/** How many workers a scheduler wishes for. */

import { expect } from "chai";
import { DesiredWorkers } from "../../../src/actors/scheduler/state/desired-workers.js";
import { independent, SchedulerHarness } from "../../support/scheduler-harness.js";

const beat = 1_000;

/** A scheduler that has seen a task of the kind `x` take so long. */
function knowing(tookMs: number, threads: number): SchedulerHarness {
  const h = new SchedulerHarness();
  const w1 = h.worker("w1", { threads });
  const c = h.client();
  c.submit([{ key: "x-9999" }]);
  w1.done("x-9999", { tookMs, inline: [1] });
  c.release("x-9999");
  return h;
}

const desired = (h: SchedulerHarness): number => h.core.stats().desiredWorkers;

describe("The number of workers that a scheduler wishes for", () => {
  it("is what gets through with the work in five seconds, once three readings agree", () => {
    const h = knowing(100, 2);
    const c = h.client("listener");
    c.ask({ type: "subscribe", pattern: "cluster.desired" });
    h.client().submit(independent(1_000), { wants: independent(1_000).map(({ key }) => key) });
    h.advance(2 * beat);
    expect(desired(h)).to.equal(0);
    h.advance(beat);
    // 100 s of work, so 20 slots of two a worker.
    expect(desired(h)).to.equal(10);
    expect(c.events.map(({ data }) => data)).to.deep.equal([{ workers: 1, desired: 10 }]);
  });

  it("is no more than there are tasks to run, however long they take", () => {
    const h = knowing(60_000, 2);
    h.client().submit(independent(3), { wants: ["x-0", "x-1", "x-2"] });
    h.advance(4 * beat);
    expect(desired(h)).to.equal(2);
  });

  it("is one at least while something waits, also when there is no worker at all", () => {
    const h = new SchedulerHarness();
    h.client().submit([{ key: "a" }]);
    h.advance(4 * beat);
    expect(desired(h)).to.equal(1);
  });

  it("counts tasks that nobody there may run", () => {
    const h = knowing(1_000, 1);
    const tasks = independent(20).map((each) => ({ ...each, options: { resources: { gpu: 1 } } }));
    h.client().submit(tasks, { wants: tasks.map(({ key }) => key) });
    h.advance(4 * beat);
    expect(desired(h)).to.equal(4);
  });

  it("has room for the values that are held", () => {
    const h = new SchedulerHarness();
    const w1 = h.worker("w1", { memoryLimitBytes: 1e9 });
    h.client().submit([{ key: "a" }]);
    w1.done("a", { nbytes: 1.5e9 });
    h.advance(4 * beat);
    expect(desired(h)).to.equal(3);
  });

  it("falls only when it has not changed for half a minute, and to the most of what was read", () => {
    const h = knowing(100, 2);
    const c = h.client();
    const keys = independent(500).map(({ key }) => key);
    c.submit(independent(500), { wants: keys });
    h.advance(4 * beat);
    expect(desired(h)).to.equal(5);
    c.release(...keys);
    h.advance(25 * beat);
    expect(desired(h)).to.equal(5);
    h.advance(10 * beat);
    expect(desired(h)).to.equal(0);
  });

  it("steps to the least that readings agree upon, and does not flap", () => {
    const wish = new DesiredWorkers({ scaleReadings: 3, scaleCoolDownMs: 30_000 });
    const read = (readings: readonly number[], fromMs: number): number[] =>
      readings.map((reading, i) => (wish.read(reading, fromMs + i * beat), wish.workers));
    expect(read([9, 0, 9, 4, 6, 5], 0)).to.deep.equal([0, 0, 0, 0, 4, 4]);
    expect(read([1, 8, 1, 8, 1, 8], 40_000)).to.deep.equal([4, 4, 4, 4, 4, 4]);
    expect(read([1, 2, 3], 60_000)).to.deep.equal([4, 4, 3]);
  });
});
