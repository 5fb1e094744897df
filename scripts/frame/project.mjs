/** Where the project is, and how its installed tools are started. Everything under `scripts` uses Node alone. */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Scratch space that git ignores: locks, stamps, temporary packages. */
export const scratch = join(root, ".skein");

/** The file to hand to `node` to run a tool of an installed package. */
export function tool(packageName, name = packageName) {
  const folder = join(root, "node_modules", packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[name]);
}
