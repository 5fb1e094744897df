/** What a new thread runs: the compiled program, or, when the library itself runs from source, the source. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { ThreadProgram } from "../../executor/threads/start-thread.js";

export function threadProgram(): ThreadProgram {
  if (!import.meta.url.endsWith(".ts"))
    return { code: new URL("./thread-main.js", import.meta.url), eval: false };
  // A thread does not inherit the loader that lets this process run TypeScript.
  const loader = JSON.stringify(loaderUrl());
  const main = JSON.stringify(new URL("./thread-main.ts", import.meta.url).href);
  return {
    code: `import(${loader}).then(({ register }) => { register(); return import(${main}); });`,
    eval: true,
  };
}

/** Where the loader's ES module is. Under the loader itself `import.meta.resolve` may be missing. */
function loaderUrl(): string {
  const manifest = createRequire(import.meta.url).resolve("tsx/package.json");
  const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as {
    readonly exports: { readonly "./esm/api": { readonly import: { readonly default: string } } };
  };
  return new URL(exports["./esm/api"].import.default, pathToFileURL(manifest)).href;
}
