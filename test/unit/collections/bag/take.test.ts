/** `take` on the scheduler: how much is computed for the first elements. */

import { expect } from "chai";
import { Bag, compute, cull, type Lazy } from "../../../../src/index.js";
import { bagOfRuns } from "../../../support/bags.js";

const sync = { scheduler: "sync" } as const;

/** A bag of `n` one-element partitions of unknown length that notes which it computes. */
function watched(n: number): { readonly bag: Bag<number>; readonly computed: number[] } {
  const computed: number[] = [];
  const bag = bagOfRuns(Array.from({ length: n }, (_, i) => [i])).map((x) => {
    computed.push(x);
    return x;
  });
  return { bag, computed };
}

describe("Taking the first elements of a bag", () => {
  it("computes a partition, then twice as many each time, until there are enough", async () => {
    const { bag, computed } = watched(100);
    expect(await bag.take(1).compute(sync)).to.deep.equal([0]);
    expect(computed).to.deep.equal([0]);
    expect(await bag.take(5).compute(sync)).to.deep.equal([0, 1, 2, 3, 4]);
    expect([...computed].sort((a, b) => a - b)).to.deep.equal([0, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("computes no more when the graph is run as it is", async () => {
    const { bag, computed } = watched(10);
    expect(await bag.take(1).compute({ ...sync, optimize: false })).to.deep.equal([0]);
    expect(computed).to.deep.equal([0]);
  });

  it("gives all there are when more are asked for, and none for none", async () => {
    const { bag, computed } = watched(5);
    expect(await bag.take(0).compute(sync)).to.deep.equal([]);
    expect(computed).to.deep.equal([]);
    expect(await bag.take(9).compute(sync)).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it("computes no partition that an error waits in, unless it is needed", async () => {
    const bag = bagOfRuns([[1], [2]]).map((x) => {
      if (x === 2) throw new Error("met");
      return x;
    });
    expect(await bag.take(1).compute(sync)).to.deep.equal([1]);
    await bag
      .take(2)
      .compute(sync)
      .then(
        () => expect.fail("it should have failed"),
        (error: unknown) => expect((error as Error).message).to.include("met"),
      );
  });

  it("needs only the partitions that hold them where their lengths are known", () => {
    const needed = (lazy: Lazy<unknown>): number => cull(lazy.graph, lazy.outputs).size;
    const bag = Bag.range(1000, { partitions: 100 });
    expect(needed(bag.take(11))).to.equal(2 + 2 + 1);
    expect(needed(bag.map((x) => x).take(10))).to.equal(1 + 1 + 1 + 1);
    expect(needed(bag.filter(() => true).take(1))).to.equal(100 + 100 + 100 + 1);
  });

  it("gives the same as part of a larger computation", async () => {
    const { bag } = watched(6);
    expect(await compute({ first: bag.take(2), count: bag.count() }, sync)).to.deep.equal({
      first: [0, 1],
      count: 6,
    });
  });

  it("does not repeat a shuffle for every round", async () => {
    let calls = 0;
    const bag = bagOfRuns([[1, 2], [3], [4]]).groupBy((x) => {
      calls++;
      return x;
    });
    expect(await bag.take(3).compute(sync)).to.deep.equal([
      [1, [1]],
      [2, [2]],
      [3, [3]],
    ]);
    expect(calls).to.equal(4);
  });
});
