/** Paths as messages show them, and which of them are nobody's business. */

import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The path from `directory`, where that is shorter. */
export function shortPath(path: string, directory: string): string {
  const from = relative(directory, path);
  return from !== "" && from.length < path.length ? from : path;
}

/** The folder of this installation's own code: `src/` or `dist/`. */
const ownFolder = fileURLToPath(new URL("../", import.meta.url));

/** What lies between the command line and the job in a stack. */
const betweenFolder = /[\\/]node_modules[\\/](commander|tsx|esbuild)[\\/]/;

/** Whether code at `path` belongs to what runs the job: Node, Skein, its loader. */
export function isOwnPath(path: string): boolean {
  return path.startsWith("node:") || path.startsWith(ownFolder) || betweenFolder.test(path);
}
