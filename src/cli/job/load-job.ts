/** Importing the file of a job, TypeScript or JavaScript, into this process. */

import nodeModule from "node:module";
import { pathToFileURL } from "node:url";
import { isSource, moduleUrl } from "../installation.js";
import { loadError } from "./compile-error.js";
import { findJob } from "./job-file.js";
import { resolveHere } from "./job-hooks.js";

/** What a module exports, by name. */
export type Exports = Readonly<Record<string, unknown>>;

/**
 * Runs the file `given` as `node` would, with `args` in its `process.argv`, and gives what it exports.
 *
 * @throws JobFileError when it is not there, does not compile, or imports what is not there; otherwise whatever
 * the file throws.
 */
export async function loadJob(given: string, args: readonly string[]): Promise<Exports> {
  const path = findJob(given);
  await prepareLoader();
  process.argv = [process.argv[0] ?? process.execPath, path, ...args];
  try {
    return (await import(pathToFileURL(path).href)) as Exports;
  } catch (error) {
    throw loadError(error, path);
  }
}

/** As far as later versions of Node have it. */
const { registerHooks } = nodeModule as { registerHooks?: (hooks: { resolve: unknown }) => void };

async function prepareLoader(): Promise<void> {
  if (!isSource) (await import("tsx/esm/api")).register();
  const skein = moduleUrl("index");
  if (registerHooks === undefined) nodeModule.register(moduleUrl("cli/job/job-hooks"), { data: { skein } });
  else registerHooks({ resolve: resolveHere(skein) });
}
