/**
 * An error as someone at a terminal wants to read it: what happened, where in their own code, and why. Frames of
 * Node and of Skein are left out, those of packages where there are others.
 */

import { inspect } from "node:util";
import { SkeinError, TaskErredError } from "../errors.js";
import { shortPath } from "./paths.js";
import { userFrames } from "./stack.js";

export interface ReportOptions {
  /** Everything there is, as Node would print it. */
  readonly verbose: boolean;
  /** Whether the place where it was thrown says anything to the reader. */
  readonly places: boolean;
  /** Paths are shown relative to it. */
  readonly directory: string;
}

const shownFrames = 6;

/** Lines of text, without a line end after the last. */
export function errorReport(error: unknown, options: ReportOptions): string {
  if (options.verbose) return inspect(error);
  if (!options.places) return headline(error);
  const lines: string[] = [];
  const seen = new Set<unknown>();
  let at: unknown = error;
  for (;;) {
    seen.add(at);
    lines.push((lines.length === 0 ? "" : "caused by ") + headline(at));
    // The message of a task's error tells its cause's. Both have places: of the task, and of who computed it.
    const outer = at;
    if (at instanceof TaskErredError && at.cause instanceof Error) {
      at = at.cause;
      seen.add(at);
      lines.push(...frameLines(at as Error, options.directory));
    }
    if (!(at instanceof Error)) break;
    lines.push(...frameLines(outer as Error, options.directory));
    if (at.cause === undefined || seen.has(at.cause)) break;
    at = at.cause;
  }
  return lines.join("\n");
}

function headline(error: unknown): string {
  if (error instanceof SkeinError) return error.message;
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return `it threw ${inspect(error)}`;
}

function frameLines(error: Error, directory: string): string[] {
  const all = userFrames(error);
  const own = all.filter(({ path }) => !/[\\/]node_modules[\\/]/.test(path));
  return (own.length > 0 ? own : all).slice(0, shownFrames).map(({ name, path, line, column }) => {
    const place = `${shortPath(path, directory)}:${line}:${column}`;
    return name === undefined ? `    at ${place}` : `    at ${name} (${place})`;
  });
}
