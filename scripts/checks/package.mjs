/**
 * Checks what users would install: packs the project, looks at the package with publint and attw, then unpacks it
 * beside nothing of this checkout but its dependencies, imports every entry point and runs the command.
 */

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { runNode, runNpm, untar } from "../frame/child.mjs";
import { root, scratch, tool } from "../frame/project.mjs";

export async function checkPackage() {
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, "package-"));
  try {
    const packed = await runNpm(["pack", "--pack-destination", folder, "--loglevel=error"]);
    if (packed.code !== 0) return packed;
    const archive = join(folder, readdirSync(folder)[0]);
    return await firstFailure([
      () => runNode([tool("publint"), "run", archive, "--strict"]),
      () => runNode([tool("@arethetypeswrong/cli", "attw"), archive, "--profile", "esm-only", "--no-emoji"]),
      () => tryPackage(archive, folder),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstFailure(steps) {
  for (const step of steps) {
    const result = await step();
    if (result.code !== 0) return result;
  }
  return { code: 0, output: "" };
}

/** Uses the unpacked package from a project of its own. */
async function tryPackage(archive, folder) {
  const user = join(folder, "user");
  const installed = join(user, "node_modules", "skein");
  mkdirSync(installed, { recursive: true });
  const unpacked = await untar(archive, installed);
  if (unpacked.code !== 0) return unpacked;
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"), "junction");
  const { exports, bin } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
  const imports = entries.map((entry) => `await import(${JSON.stringify(entry.replace(".", "skein"))});`);
  return firstFailure([
    () => runNode(["--input-type=module", "--eval", imports.join("\n")], user),
    ...Object.values(bin).map((file) => () => runNode([join(installed, file), "--version"], user)),
  ]);
}
