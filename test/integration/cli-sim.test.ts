import { expect } from "chai";
import { Scratch } from "../support/cli.js";

describe("skein sim", function () {
  this.timeout(60_000);
  let scratch: Scratch;

  before(async () => {
    scratch = await Scratch.with({});
  });

  after(() => scratch.remove());

  it("tells how each seed went, and all of them together", async () => {
    const { code, stdout } = await scratch.run(["sim", "--seed", "7", "--seeds", "2", "--verbose"]);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^seed 7 ok {2}trace [0-9a-f]{8} /m);
    expect(stdout).to.match(/^seed 8 ok /m);
    expect(stdout).to.match(/^2 seeds, none failed: \d+ tasks, \d+ runs, \d+ gifts taken, \d+ events$/m);
  });

  it("prints a line of JSON for each seed, the same every time", async () => {
    const first = await scratch.run(["sim", "--seed", "7", "--json"]);
    const again = await scratch.run(["sim"], { env: { SKEIN_SEED: "7", SKEIN_JSON: "1" } });
    expect(again.stdout).to.equal(first.stdout);
    const result = JSON.parse(first.stdout) as Record<string, unknown>;
    expect(result).to.include({ seed: 7, outcome: "ok" }).and.to.have.property("traceHash");
  });

  it("refuses seeds that are no whole numbers", async () => {
    const { code, stderr } = await scratch.run(["sim", "--seeds", "many"]);
    expect(code).to.equal(2);
    expect(stderr).to.contain("--seeds").and.to.contain('"many"');
  });
});
