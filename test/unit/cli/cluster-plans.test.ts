import { expect } from "chai";
import { plansOf } from "../../../src/cli/cluster.js";

const flags = {
  ...{ bus: "nats://127.0.0.1:4222", workers: "3", logLevel: "info" },
  ...{ concurrency: "1", cancelGrace: "1000", dataHost: "127.0.0.1" },
};

/** Each worker's name and port. */
function workersOf(more: Record<string, string>): unknown[] {
  return plansOf({ ...flags, ...more }).flatMap((plan) =>
    plan.role === "worker" ? [[plan.settings.name, plan.data?.port]] : [],
  );
}

describe("The workers of skein cluster", () => {
  it("have names and ports of their own", () => {
    expect(workersOf({})).to.deep.equal([
      ["w1", undefined],
      ["w2", undefined],
      ["w3", undefined],
    ]);
    expect(workersOf({ name: "big-", dataPort: "7000" })).to.deep.equal([
      ["big-1", 7_000],
      ["big-2", 7_001],
      ["big-3", 7_002],
    ]);
    expect(workersOf({ dataPort: "0" })).to.deep.equal(["w1", "w2", "w3"].map((name) => [name, 0]));
  });

  it("are refused where there are not so many names or ports", () => {
    expect(() => workersOf({ dataPort: "65534" })).to.throw(
      /^--data-port: there are not 3 ports from 65534 on/,
    );
    expect(() => workersOf({ name: "n".repeat(80) })).to.throw(/^--name: /);
  });

  it("come after their scheduler", () => {
    expect(plansOf(flags).map(({ role }) => role)).to.deep.equal(["scheduler", "worker", "worker", "worker"]);
  });
});
