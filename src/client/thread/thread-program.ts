/** What a new thread runs: the compiled program, or, when the library itself runs from source, the source. */

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { ThreadProgram } from "../../executor/threads/thread-host.js";

export function threadProgram(): ThreadProgram {
  if (!import.meta.url.endsWith(".ts"))
    return { code: new URL("./thread-main.js", import.meta.url), eval: false };
  // A thread does not inherit the loader that lets this process run TypeScript.
  // `require` finds the loader's CommonJS form; a thread needs the module beside it.
  const found = createRequire(import.meta.url).resolve("tsx/esm/api").replace(/\.cjs$/, ".mjs");
  const loader = JSON.stringify(pathToFileURL(found).href);
  const main = JSON.stringify(new URL("./thread-main.ts", import.meta.url).href);
  return {
    code: `import(${loader}).then(({ register }) => { register(); return import(${main}); });`,
    eval: true,
  };
}
