/** Importing the file of a job, TypeScript or JavaScript, into this process. */

import { pathToFileURL } from "node:url";
import { hookUserModules } from "../../executor/functions/user-modules.js";
import { loadError } from "./compile-error.js";
import { findJob } from "./job-file.js";

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
  await hookUserModules();
  process.argv = [process.argv[0] ?? process.execPath, path, ...args];
  try {
    return (await import(pathToFileURL(path).href)) as Exports;
  } catch (error) {
    throw loadError(error, path);
  }
}
