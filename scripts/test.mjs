/**
 * `npm test`: everything that guards the project, each step named with its time. All run, even when one fails.
 * `npm test -- --grep rank` or `npm test -- test/unit/graph` runs the matching tests only.
 *
 * The last line is always `N passed, N failed`: tests, and each check as one.
 */

import { checks } from "./checks.mjs";
import { prepare } from "./frame/prepare.mjs";
import { failed, passed } from "./frame/report.mjs";
import { runMocha } from "./mocha/run.mjs";
import { brokers } from "./setup/brokers.mjs";
import { build } from "./setup/build.mjs";
import { dependencies } from "./setup/dependencies.mjs";
import { node } from "./setup/node.mjs";

const selection = process.argv.slice(2);

async function runCheck({ title, run }) {
  const startedAt = performance.now();
  const { code, output } = await run();
  if (code === 0) {
    passed(title, "", startedAt);
    return { passed: 1, failed: 0 };
  }
  failed(title, "", startedAt);
  console.error(output.trimEnd());
  return { passed: 0, failed: 1 };
}

async function runAll() {
  if (!(await prepare([node, dependencies, brokers, build]))) return [{ passed: 0, failed: 1 }];
  const results = [];
  if (selection.length === 0) {
    for (const check of checks) results.push(await runCheck(check));
  }
  results.push(await runMocha(selection));
  return results;
}

const results = await runAll();
const sum = (field) => results.reduce((total, result) => total + result[field], 0);
process.exitCode = sum("failed") === 0 ? 0 : 1;
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
