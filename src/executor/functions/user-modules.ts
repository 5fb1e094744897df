/**
 * Makes the modules of users load alike wherever they are loaded: in the program of the command line, and in the
 * threads that run their tasks.
 */

import nodeModule, { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { resolveHere } from "./module-hooks.js";

/** Run from source, the library has the loader for TypeScript already. */
const isSource = import.meta.url.endsWith(".ts");

const urlOf = (path: string): string =>
  new URL(`../../${path}.${isSource ? "ts" : "js"}`, import.meta.url).href;

/** What `skein` stands for in the modules of users: the library that runs them. */
const ownFace = urlOf("index");

/** As far as later versions of Node have it. */
const { registerHooks } = nodeModule as { registerHooks?: (hooks: { resolve: unknown }) => void };

/** From here on this thread loads TypeScript, and `skein` is this installation. To be called once a thread. */
export async function hookUserModules(): Promise<void> {
  if (!isSource) (await import("tsx/esm/api")).register();
  // Modules of packages that are CommonJS.
  (await import("tsx/cjs/api")).register();
  if (registerHooks !== undefined) registerHooks({ resolve: resolveHere(ownFace) });
  else
    nodeModule.register(urlOf("executor/functions/module-hooks"), {
      data: { skein: ownFace },
    });
}

/** Whether Node alone would load the module, a URL, otherwise. The hooks cost a tenth of a second. */
export function needsHooks(module: string): boolean {
  return /\.[cm]?tsx?$/.test(new URL(module).pathname) || !findsThisInstallation(module);
}

function findsThisInstallation(module: string): boolean {
  try {
    return createRequire(module).resolve("skein") === fileURLToPath(ownFace);
  } catch {
    return false;
  }
}
