/**
 * Set-up step: the packages of the lock file, exactly.
 *
 * npm leaves `node_modules/.package-lock.json` when it has finished, naming what it installed. The step is done
 * when that file agrees with the lock file and each package's folder is there; a half-finished install is neither.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runNpm } from "../frame/child.mjs";
import { SetUpError } from "../frame/prepare.mjs";
import { root } from "../frame/project.mjs";

export const dependencies = {
  title: "dependencies",

  missing() {
    const installed = packagesOf("node_modules/.package-lock.json");
    if (installed === undefined) return "installing the packages of package-lock.json";
    const wanted = packagesOf("package-lock.json") ?? {};
    const differs =
      Object.keys(installed).some((path) => wanted[path] === undefined) ||
      Object.entries(wanted).some(([path, entry]) => !isThere(path, entry, installed[path]));
    return differs ? "installing again: node_modules differs from package-lock.json" : undefined;
  },

  async run() {
    const { code, output } = await runNpm([
      "ci",
      "--include=dev",
      "--include=optional",
      "--no-audit",
      "--no-fund",
    ]);
    if (code !== 0) {
      throw new SetUpError(
        `${output}\nnpm ci failed. It needs the npm registry, once: check the network and \`npm config get registry\`.`,
      );
    }
    return `${Object.keys(packagesOf("node_modules/.package-lock.json") ?? {}).length} packages`;
  },
};

function packagesOf(file) {
  try {
    const { "": _project, ...packages } = JSON.parse(readFileSync(join(root, file), "utf8")).packages;
    return packages;
  } catch {
    return undefined;
  }
}

/** Packages for other platforms are optional, and npm leaves them out. */
function isThere(path, wanted, installed) {
  if (installed === undefined) return wanted.optional === true;
  return (
    installed.version === wanted.version &&
    installed.integrity === wanted.integrity &&
    existsSync(join(root, path, "package.json"))
  );
}
