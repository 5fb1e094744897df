/**
 * A mocha reporter: one line for each outermost suite (each test with `detail=true`), failures in full at the end,
 * and the counts in the file named by the option `counts`. After the last test nothing may keep the process alive
 * for longer than `lingerMs`.
 */

import { writeFileSync } from "node:fs";
import mocha from "mocha";
import { failed, passed } from "../frame/report.mjs";

const { Base, Spec } = mocha.reporters;

export default class Reporter extends Base {
  constructor(runner, options) {
    super(runner, options);
    const { counts, detail, lingerMs = 10_000 } = options.reporterOptions;
    if (detail === "true") this.spec = new Spec(runner, options);
    else this.reportSuites(runner);
    runner.once("end", () => {
      const { passes, failures } = this.stats;
      const write = (more) =>
        writeFileSync(counts, JSON.stringify({ passed: passes, failed: failures + more }));
      write(0);
      endLingeringProcess(Number(lingerMs), () => write(1));
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

/** Mocha decides on the exit code whatever is said here, so the counts say that it went wrong. */
function endLingeringProcess(lingerMs, countFailure) {
  const timer = setTimeout(() => {
    const reasons = process.getActiveResourcesInfo().join(", ");
    console.error(`The tests have ended, but the process is kept alive by: ${reasons}`);
    countFailure();
    process.exit(1);
  }, lingerMs);
  timer.unref();
}
