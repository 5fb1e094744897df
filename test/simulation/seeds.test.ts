import { readFileSync } from "node:fs";
import { expect } from "chai";
import { SimulatedCluster } from "../../src/testing/simulated-cluster.js";
import type { SimulationOptions } from "../../src/testing/simulation/options.js";

/** How many seeds each run of the tests looks at, and how many in one test. */
const seeds = 1_000;
const atOnce = 50;

interface KeptSeed {
  readonly seed: number;
  readonly faults: NonNullable<SimulationOptions["faults"]>;
  readonly busy: boolean;
  readonly found: string;
}

const kept = JSON.parse(
  readFileSync(new URL("../seeds.json", import.meta.url), "utf8"),
) as readonly KeptSeed[];

async function expectOk(options: SimulationOptions): Promise<string> {
  const { outcome, report, traceHash } = await SimulatedCluster.run(options);
  expect(outcome, report).to.equal("ok");
  return traceHash;
}

describe("simulated clusters", function () {
  this.timeout(120_000);

  for (const { seed, faults, busy, found } of kept) {
    it(`stay well where once ${found} (seed ${seed})`, () =>
      expectOk({ seed, faults, busy }).then(() => undefined));
  }

  for (let first = 1; first <= seeds; first += atOnce) {
    it(`keep every promise through seeds ${first} to ${first + atOnce - 1}, and are the same twice`, async () => {
      for (let seed = first; seed < first + atOnce; seed++) {
        const trace = await expectOk({ seed });
        if (seed === first) expect(await expectOk({ seed })).to.equal(trace);
      }
    });
  }
});
