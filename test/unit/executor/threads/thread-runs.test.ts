/** The books of what a thread has been given. */

import { expect } from "chai";
import { RunRecord } from "../../../../src/actors/worker/run-record.js";
import { begun, claim, over } from "../../../../src/executor/threads/slots.js";
import { ThreadRuns } from "../../../../src/executor/threads/thread-runs.js";
import { runMessage } from "../../../support/worker-harness.js";

const fn = { wire: { kind: "inline", name: "f", source: "() => 0" }, meanMs: undefined } as const;

/** One record for each run number. */
function recordsOf(...runs: readonly number[]): RunRecord[] {
  const message = runMessage(runs.map((run) => ({ run })));
  return runs.map((_, i) => new RunRecord(message, i, fn, undefined, i, 0));
}

describe("The runs of a thread", () => {
  it("are found by number whatever was given, ended or taken back meanwhile", () => {
    const runs = new ThreadRuns(Infinity);
    const [first, second] = runs.add(recordsOf(1, 2)) as unknown as [number, number];
    expect([runs.slotOf(1), runs.slotOf(2), runs.slotOf(3)]).to.deep.equal([first, second, undefined]);
    expect(runs.release(first)).to.equal(1);
    expect(runs.slotOf(1)).to.equal(undefined);
    expect([...runs.add(recordsOf(3))]).to.deep.equal([first]);
    expect([runs.slotOf(1), runs.slotOf(3)]).to.deep.equal([undefined, first]);
    expect(runs.takeBack(second)).to.equal(true);
    expect(runs.slotOf(2)).to.equal(undefined);
  });

  it("are taken back only before they have begun, and keep their slots until the thread has passed over them", () => {
    const runs = new ThreadRuns(Infinity);
    const [first, second] = runs.add(recordsOf(1, 2)) as unknown as [number, number];
    claim(runs.slots, first, begun);
    expect([runs.takeBack(first), runs.takeBack(second)]).to.deep.equal([false, true]);
    expect(claim(runs.slots, second, begun)).to.equal(false);
    expect([...runs.add(recordsOf(3))]).to.not.include(second);
    runs.passedOver([second]);
    expect([...runs.add(recordsOf(4))]).to.deep.equal([second]);
    expect(runs.running()).to.deep.equal([1]);
  });

  it("are blamed for the end of the thread when they had begun, unless the host ended it", () => {
    const runs = new ThreadRuns(Infinity);
    const [first, second] = runs.add(recordsOf(1, 2, 3)) as unknown as [number, number];
    claim(runs.slots, first, begun);
    claim(runs.slots, second, begun);
    runs.slots.state[second] = over;
    expect(runs.account(true)).to.deep.equal({ guilty: [1], bystanders: [2], notBegun: [3] });
    expect(runs.account(false)).to.deep.equal({ guilty: [], bystanders: [1, 2], notBegun: [3] });
  });
});
