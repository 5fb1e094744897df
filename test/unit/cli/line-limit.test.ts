import { expect } from "chai";
import { LineLimit } from "../../../src/cli/node/line-limit.js";

describe("The lines of a log about one topic", () => {
  it("are so many at a time; what is more is counted, topic by topic", () => {
    const more: unknown[] = [];
    const lines = new LineLimit((topic, count) => more.push([topic, count]));
    const free = Array.from({ length: 100 }, () => lines.isFree("task.noWorker")).filter(Boolean);
    expect(free).to.have.length(20);
    expect(lines.isFree("worker.lost")).to.equal(true);
    lines.close();
    expect(more).to.deep.equal([["task.noWorker", 80]]);
    expect(lines.isFree("task.noWorker")).to.equal(true);
    lines.close();
    expect(more).to.have.length(1);
  });
});
