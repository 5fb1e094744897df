import { expect } from "chai";
import * as fc from "fast-check";
import { VirtualClock } from "../../src/testing/virtual-clock.js";

describe("a virtual clock", () => {
  it("rings in the order of times, and of setting for those of one time", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (times) => {
        const clock = new VirtualClock();
        const rung: number[] = [];
        for (const [i, at] of times.entries()) clock.setTimer(at, () => rung.push(i));
        while (clock.step());
        const expected = [...times.keys()].sort((a, b) => times[a]! - times[b]! || a - b);
        expect(rung).to.deep.equal(expected);
        expect(clock.now()).to.equal(Math.max(0, ...times));
      }),
    );
  });

  it("does not ring what was taken back, nor stop at it", () => {
    const clock = new VirtualClock();
    const rung: string[] = [];
    const takeBack = clock.setTimer(5, () => rung.push("taken back"));
    clock.setTimer(10, () => rung.push("kept"));
    takeBack();
    expect(clock.nextMs).to.equal(10);
    clock.advanceTo(20);
    expect(rung).to.deep.equal(["kept"]);
    expect(clock.now()).to.equal(20);
  });

  it("rings what is set for the past now, and what is deferred after what was due already", () => {
    const clock = new VirtualClock();
    clock.advanceTo(100);
    const rung: string[] = [];
    clock.setTimer(100, () => {
      clock.defer(() => rung.push("deferred"));
      clock.setTimer(3, () => rung.push(`past, at ${clock.now()}`));
    });
    clock.setTimer(100, () => rung.push("due"));
    clock.advanceTo(100);
    expect(rung).to.deep.equal(["due", "deferred", "past, at 100"]);
  });

  it("has nothing to do when nothing is set", () => {
    const clock = new VirtualClock();
    expect(clock.step()).to.equal(false);
    expect(clock.nextMs).to.equal(Infinity);
  });
});
