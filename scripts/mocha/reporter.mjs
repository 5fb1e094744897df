/**
 * A mocha reporter: one line for each outermost suite (each test with `detail=true`), and failures in full at the end.
 * The file named by the option `counts` always has the counts so far, what runs, and whether all has ended. After the
 * last test nothing may keep the process alive for longer than `lingerMs`.
 */

import { renameSync, writeFileSync } from "node:fs";
import { format } from "node:util";
import mocha from "mocha";
import { failed, passed } from "../frame/report.mjs";

const { Base, Spec } = mocha.reporters;

export default class Reporter extends Base {
  constructor(runner, options) {
    super(runner, options);
    const { counts, detail, lingerMs = 10_000 } = options.reporterOptions;
    this.countsFile = counts;
    if (detail === "true") this.spec = new Spec(runner, options);
    else this.reportSuites(runner);
    runner.on("test", (test) => this.record({ during: test.fullTitle() }));
    runner.once("end", () => {
      this.record({ ended: true });
      endLingeringProcess(Number(lingerMs), () => this.record({ ended: true }, 1));
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
    runner.once("end", () => this.epilogueInOnePiece());
  }

  /** Other lanes print meanwhile. */
  epilogueInOnePiece() {
    let text = "";
    const print = Base.consoleLog;
    Base.consoleLog = (...args) => (text += `${format(...args)}\n`);
    this.epilogue();
    Base.consoleLog = print;
    process.stdout.write(text);
  }

  /** In place of the file as a whole, for it is read at any time. */
  record(state, furtherFailures = 0) {
    const { passes, failures } = this.stats;
    const fresh = `${this.countsFile}.new`;
    writeFileSync(fresh, JSON.stringify({ passed: passes, failed: failures + furtherFailures, ...state }));
    renameSync(fresh, this.countsFile);
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
