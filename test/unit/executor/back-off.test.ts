import { expect } from "chai";
import * as fc from "fast-check";
import { defaultConfig } from "../../../src/config.js";
import { backOffMs } from "../../../src/executor/sync/back-off.core.js";

describe("The wait before a retry", () => {
  it("is 100 ms and doubles with every failure", () => {
    const waits = [1, 2, 3, 4].map((failures) => backOffMs(failures, defaultConfig, 0.5));
    expect(waits).to.deep.equal([100, 200, 400, 800]);
  });

  it("is spread by a fifth to both sides", () => {
    expect(backOffMs(1, defaultConfig, 0)).to.equal(80);
    expect(backOffMs(1, defaultConfig, 1)).to.equal(120);
  });

  it("is never longer than the longest wait and its jitter, after however many failures", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, random) => {
          const wait = backOffMs(n, defaultConfig, random);
          expect(wait).to.be.within(80, defaultConfig.retryBackoffMaxMs * 1.2);
        },
      ),
    );
  });
});
