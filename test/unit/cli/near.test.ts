import { expect } from "chai";
import { nearNames } from "../../../src/cli/near.js";

describe("Near names", () => {
  it("are those with a letter changed, added, left out or swapped, nearest first", () => {
    const names = ["flights.ts", "fights.ts", "lights.ts", "nights.ts", "report.ts"];
    expect(nearNames("flihgts.ts", names)[0]).to.equal("flights.ts");
    expect(nearNames("flights.ts", names)).to.deep.equal(["flights.ts", "fights.ts", "lights.ts"]);
  });

  it("do not mind upper and lower case", () => {
    expect(nearNames("JOB.TS", ["job.ts"])).to.deep.equal(["job.ts"]);
  });

  it("are none where everything is far", () => {
    expect(nearNames("a", ["xyz"])).to.deep.equal([]);
    expect(nearNames("run", ["graph", "repl", "config"])).to.deep.equal([]);
    expect(nearNames("job.ts", [])).to.deep.equal([]);
  });
});
