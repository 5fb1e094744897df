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
  const counts = takeCounts(countsFile);
  if (counts === undefined) {
    failed("tests", `mocha ended before its tests did, with exit code ${code}`);
    return { passed: 0, failed: 1 };
  }
  if (code !== 0 && counts.failed === 0) {
    failed("tests", `mocha ended with exit code ${code}, though no test failed`);
    return { ...counts, failed: 1 };
  }
  return counts;
}

function takeCounts(file) {
  if (!existsSync(file)) return undefined;
  const counts = JSON.parse(readFileSync(file, "utf8"));
  rmSync(file);
  return counts;
}
