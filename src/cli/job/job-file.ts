/** Finding the file of a job. */

import { readdirSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { JobFileError } from "../../errors.js";
import { nearNames } from "../near.js";
import { shortPath } from "../paths.js";

/** The absolute path of the job `given` on the command line. @throws JobFileError when it is no file. */
export function findJob(given: string): string {
  const path = resolve(given);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() === true) return path;
  if (found?.isDirectory() === true) {
    throw new JobFileError(given, "is a folder", `Name a file in it.${oneOf(jobsIn(path), path)}`);
  }
  const folder = dirname(path);
  const jobs = jobsIn(folder);
  const asked = basename(path);
  const near = [
    ...new Set([...jobs.filter((name) => stem(name) === stem(asked)), ...nearNames(asked, jobs)]),
  ].slice(0, 3);
  throw new JobFileError(
    given,
    "there is no such file",
    near.length > 0
      ? `Did you mean ${near.map((name) => shortPath(resolve(folder, name), process.cwd())).join(", ")}?`
      : `Looked in ${folder}.${oneOf(jobs, folder)}`,
  );
}

const programs = /\.[cm]?[jt]sx?$/;

function jobsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => programs.test(name) && !name.endsWith(".d.ts"));
  } catch {
    return [];
  }
}

const stem = (name: string): string => name.replace(programs, "");

function oneOf(jobs: readonly string[], folder: string): string {
  if (jobs.length === 0) return "";
  const shown = jobs.slice(0, 5).map((name) => shortPath(resolve(folder, name), process.cwd()));
  return ` There ${jobs.length === 1 ? "is" : "are"} ${shown.join(", ")}${jobs.length > 5 ? ", …" : ""}.`;
}
