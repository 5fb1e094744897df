/** A small project with this project's own scripts: what they do to it can be watched without harm. */

import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

const copied = ["scripts", ".ci", ".mocharc.json", "package.json", "tsconfig.json", "tsconfig.build.json"];

/** A fresh folder with the scripts, the installed packages, and the given files. The caller removes it. */
export function sampleProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "skein-project-"));
  for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true });
  // The packages are this project's own: their record in place of the lock file says that all is installed.
  cpSync(join(root, "node_modules/.package-lock.json"), join(folder, "package-lock.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  for (const [name, text] of Object.entries(files)) writeInto(folder, name, text);
  return folder;
}

export function writeInto(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}
