import { expect } from "chai";
import { runInNewContext } from "node:vm";
import { GarbageCollector } from "../../../src/executor/garbage.js";
import { until } from "../../../src/testing/until.js";

describe("Collecting garbage", () => {
  const makeGarbage = (): WeakRef<SharedArrayBuffer> => new WeakRef(new SharedArrayBuffer(1_000_000));

  it("frees shared memory that nobody refers to, now or soon", async () => {
    const collector = new GarbageCollector();
    const seen: WeakRef<SharedArrayBuffer>[] = [];
    for (let round = 0; round < 3; round++) {
      seen.push(makeGarbage());
      // What was made in a turn lives until its end.
      await new Promise((resolve) => setImmediate(resolve));
      collector.collect(true);
      await until(`what was made in round ${round} is gone`, () => seen[round]?.deref() === undefined);
    }
  });

  it("is nothing that programs find in their global scope", () => {
    new GarbageCollector().collect(true);
    expect((globalThis as { gc?: unknown }).gc).to.equal(undefined);
    expect(runInNewContext("typeof gc")).to.equal("undefined");
  });
});
