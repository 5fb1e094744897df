/** Runs mocha on this terminal and counts. A mocha that dies, or ends without a count, is one more failure. */

import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { handTerminalTo } from "../frame/child.mjs";
import { failed } from "../frame/report.mjs";
import { root, scratch, tool } from "../frame/project.mjs";

/** All tests when `selection` is empty; otherwise mocha's own arguments: files, folders, `--grep`. */
export async function runMocha(selection) {
  mkdirSync(scratch, { recursive: true });
  const countsFile = join(scratch, `mocha-${process.pid}.json`);
  const code = await handTerminalTo([
    tool("mocha"),
    "--reporter",
    join(root, "scripts/mocha/reporter.mjs"),
    "--reporter-option",
    `counts=${countsFile},detail=${selection.length > 0}`,
    ...selection,
  ]);
  const counts = existsSync(countsFile)
    ? JSON.parse(readFileSync(countsFile, "utf8"))
    : { passed: 0, failed: 0 };
  rmSync(countsFile, { force: true });
  if (code !== 0 && counts.failed === 0) {
    failed("tests", `mocha ended with exit code ${code} without naming a failed test`);
    return { ...counts, failed: 1 };
  }
  return counts;
}
