/** What guards the project besides its tests. Each check is a tool with its arguments, or a function of its own. */

import { runNode } from "./frame/child.mjs";
import { tool } from "./frame/project.mjs";
import { checkLockFile } from "./checks/lock-file.mjs";
import { checkPackage } from "./checks/package.mjs";

const run = (packageName, name, ...args) => runNode([tool(packageName, name), ...args]);

/** In the order in which their failures are most likely to explain the next ones. */
export const checks = [
  { title: "lock file", run: checkLockFile },
  { title: "format", run: () => run("prettier", "prettier", "--check", "--log-level=warn", ".") },
  { title: "types", run: () => run("@typescript/native", "tsc", "-p", "tsconfig.json") },
  { title: "lint", run: () => run("oxlint", "oxlint", "--type-aware", "--deny-warnings") },
  {
    title: "import directions",
    run: () =>
      run(
        "dependency-cruiser",
        "depcruise",
        "--config",
        ".dependency-cruiser.cjs",
        "src",
        "test",
        "examples",
        "bench",
      ),
  },
  { title: "unused code", run: () => run("knip", "knip", "--no-progress", "--treat-config-hints-as-errors") },
  { title: "package", run: checkPackage },
];
