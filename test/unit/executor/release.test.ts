import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";

interface Report {
  readonly held: { readonly before: string[]; readonly during: string[]; readonly end: string[] };
  readonly peak: number;
  readonly leftBehind: string[];
}

describe("Results are let go by the sync scheduler", () => {
  let report: Report;

  before(async function () {
    this.timeout(60_000);
    const fixture = fileURLToPath(new URL("release.fixture.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--expose-gc",
      "--import",
      "tsx",
      fixture,
    ]);
    report = JSON.parse(stdout) as Report;
  });

  it("not before the last task that takes them has run", () => {
    expect(report.held.before).to.include.members(["input", "nested", "pending"]);
    expect(report.held.during).to.include("pending");
  });

  it("at once when no task takes them and nobody asked for them", () => {
    expect(report.held.before).to.not.include("unused");
  });

  it("as soon as the last task that takes them has run, whether they stood alone or nested", () => {
    expect(report.held.during).to.have.members(["pending", "output"]);
    expect(report.held.end).to.deep.equal(["output"]);
  });

  it("so that a reduction of 300 parts holds few at a time, though its steps are waited for and parts are not", () => {
    expect(report.peak).to.be.lessThan(24 * 2 ** 20);
  });

  it("also when a task leaves a timer behind that keeps its context alive", () => {
    expect(report.leftBehind).to.deep.equal([]);
  });
});
