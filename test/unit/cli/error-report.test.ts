import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { errorReport } from "../../../src/cli/error-report.js";
import { MissingKeyError, TaskErredError } from "../../../src/errors.js";

const job = resolve("some", "job.ts");
const options = { verbose: false, places: true, directory: resolve("some") };

/** An error whose stack is made of the given places. */
function thrownAt<E extends Error>(error: E, ...places: string[]): E {
  error.stack = `${error.name}: ${error.message}\n${places.map((place) => `    at ${place}`).join("\n")}`;
  return error;
}

const internal = [
  `SyncRun.call (${resolve("src/executor/sync/sync-run.ts")}:1:2)`,
  "AsyncLocalStorage.run (node:async_hooks:346:14)",
  `new Promise (<anonymous>)`,
];

describe("The report of an error", () => {
  it("shows what was thrown in a task once, with the task's key and the user's own frames, there and at the call", () => {
    const cause = thrownAt(
      new RangeError("boom"),
      `inner (${job}:3:9)`,
      ...internal,
      `async Promise.all (index 0)`,
      `async outer (${pathToFileURL(job).href}:12:1)`,
    );
    const error = thrownAt(new TaskErredError("mean-3", cause, 2), ...internal, `async main (${job}:20:3)`);
    expect(errorReport(error, options).split("\n")).to.deep.equal([
      'Task "mean-3" failed after 2 attempts: RangeError: boom',
      "    at inner (job.ts:3:9)",
      "    at async outer (job.ts:12:1)",
      "    at async main (job.ts:20:3)",
    ]);
  });

  it("shows the causes behind it, also in a circle, each once", () => {
    const first = thrownAt(new Error("first"), `${job}:1:1`);
    const second = thrownAt(new Error("second", { cause: first }), `${job}:2:2`);
    Object.assign(first, { cause: second });
    expect(errorReport(second, options)).to.equal(
      "Error: second\n    at job.ts:2:2\ncaused by Error: first\n    at job.ts:1:1",
    );
  });

  it("shows frames of packages where there are none of the user's", () => {
    const inPackage = `parse (${resolve("node_modules/csv/index.js")}:5:5)`;
    const error = thrownAt(new Error("bad"), inPackage, ...internal);
    expect(errorReport(error, options)).to.match(/^Error: bad\n {4}at parse \(.*csv.index\.js:5:5\)$/);
    const both = thrownAt(new Error("bad"), inPackage, `${job}:1:1`);
    expect(errorReport(both, options)).to.equal("Error: bad\n    at job.ts:1:1");
  });

  it("shows no more than a few frames", () => {
    const deep = thrownAt(
      new Error("deep"),
      ...Array.from({ length: 40 }, (_, i) => `f${i} (${job}:${i + 1}:1)`),
    );
    expect(errorReport(deep, options).split("\n")).to.have.lengthOf(7);
  });

  it("shows errors of Skein by their message alone, and no place where that says nothing", () => {
    const error = thrownAt(new MissingKeyError("x"), `${job}:1:1`);
    expect(errorReport(error, options)).to.equal(`${error.message}\n    at job.ts:1:1`);
    expect(errorReport(error, { ...options, places: false })).to.equal(error.message);
  });

  it("shows what is no error at all", () => {
    expect(errorReport("text", options)).to.equal("it threw 'text'");
    expect(errorReport(undefined, options)).to.equal("it threw undefined");
    expect(errorReport(new TaskErredError("k", { code: 7 }, 1), options)).to.include(
      'Task "k" failed: it threw',
    );
  });

  it("shows everything when asked to", () => {
    const cause = thrownAt(new RangeError("boom"), ...internal);
    const report = errorReport(new TaskErredError("k", cause, 1), { ...options, verbose: true });
    expect(report).to.include("[cause]: RangeError: boom").and.to.include("sync-run.ts:1:2");
  });
});
