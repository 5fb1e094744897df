/**
 * A mocha reporter: one line for each outermost suite (each test with `detail=true`), failures in full at the end,
 * and the counts in the file named by the option `counts`.
 */

import { writeFileSync } from "node:fs";
import mocha from "mocha";
import { failed, passed } from "../frame/report.mjs";

const { Base, Spec } = mocha.reporters;
/** After the last test nothing may keep the process alive for longer than this. */
const lingerMs = 10_000;

export default class Reporter extends Base {
  constructor(runner, options) {
    super(runner, options);
    const { counts, detail } = options.reporterOptions;
    if (detail === "true") this.spec = new Spec(runner, options);
    else this.reportSuites(runner);
    runner.once("end", () => {
      writeFileSync(counts, JSON.stringify({ passed: this.stats.passes, failed: this.stats.failures }));
      endLingeringProcess();
    });
  }

  reportSuites(runner) {
    let startedAt = 0;
    let tests = 0;
    let failures = 0;
    runner.on("suite", (suite) => {
      if (suite.parent?.root) [startedAt, tests, failures] = [performance.now(), 0, 0];
    });
    runner.on("test end", () => (tests += 1));
    runner.on("fail", () => (failures += 1));
    runner.on("suite end", (suite) => {
      if (!suite.parent?.root) return;
      const report = failures === 0 ? passed : failed;
      report("tests", `${suite.title}: ${tests}${failures === 0 ? "" : `, ${failures} failed`}`, startedAt);
    });
    runner.once("end", () => this.epilogue());
  }
}

function endLingeringProcess() {
  const timer = setTimeout(() => {
    console.error(
      `The tests have ended, but the process is kept alive by: ${process.getActiveResourcesInfo().join(", ")}`,
    );
    process.exit(1);
  }, lingerMs);
  timer.unref();
}
