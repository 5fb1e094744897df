/** Telling a job that cannot be read as a program from one that was read and failed, and where the mistake is. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "acorn";
import { JobFileError } from "../../errors.js";
import { shortPath } from "../paths.js";
import { userFrames } from "../stack.js";

/**
 * The error to report when importing `job` gave `error`: a JobFileError when the program, or one it imports, could
 * not be found or compiled; `error` itself when its own code threw it.
 */
export function loadError(error: unknown, job: string): unknown {
  if (!(error instanceof Error)) return error;
  return typescriptError(error) ?? javascriptError(error, job) ?? missingModule(error, job) ?? error;
}

/** The compiler runs in another thread, from which only the text of its error comes through. */
function typescriptError(error: Error): JobFileError | undefined {
  if (error.name !== "TransformError") return undefined;
  const found = /^(.+):(\d+):(\d+): ERROR: (.+)$/m.exec(error.message);
  if (found === null) return undefined;
  const [, file = "", line = "", column = "", problem = ""] = found;
  return compileError({ file, line: Number(line), column: Number(column) + 1 }, problem, error);
}

/** An engine's error for a module that is never run: whatever threw one while running has frames. */
function javascriptError(error: Error, job: string): JobFileError | undefined {
  if (!(error instanceof SyntaxError) || userFrames(error).length > 0) return undefined;
  const place = importPlace(error) ?? syntaxPlace(job) ?? { file: job };
  return compileError(place, error.message, error);
}

interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** For an import of a name that is not exported, the engine says where the import is. */
function importPlace(error: Error): Place | undefined {
  const place = /^(file:\S+?):(\d+)$/m.exec(error.stack ?? "");
  if (place === null) return undefined;
  const [, url = "", line = ""] = place;
  return { file: fileURLToPath(url.replace(/\?.*/, "")), line: Number(line) };
}

/** For a mistake of syntax it does not; a parser can tell, among the files that the job imports by their paths. */
function syntaxPlace(job: string): Place | undefined {
  const files = new Set([job]);
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    const place = /\.m?js$/.test(file) ? syntaxError(text) : undefined;
    if (place !== undefined) return { file, ...place };
    for (const [, specifier = ""] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)) {
      const path = resolve(dirname(file), specifier);
      if (existsSync(path)) files.add(path);
    }
  }
  return undefined;
}

function syntaxError(text: string): Omit<Place, "file"> | undefined {
  try {
    parse(text, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true });
    return undefined;
  } catch (error) {
    const { loc } = error as { readonly loc?: { readonly line: number; readonly column: number } };
    return loc === undefined ? undefined : { line: loc.line, column: loc.column + 1 };
  }
}

function missingModule(error: Error, job: string): JobFileError | undefined {
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== "string" || !moduleErrors.has(code)) return undefined;
  const importer = / imported from (.+)$/m.exec(error.message)?.[1] ?? job;
  const problem = error.message.replace(/ imported from .+$/ms, "");
  const path = importer.startsWith("file:") ? fileURLToPath(importer) : importer;
  const remedy = "Install the package, or mend the import.";
  return new JobFileError(shortPath(path, process.cwd()), `cannot be loaded: ${problem}`, remedy, {
    cause: error,
  });
}

const moduleErrors: ReadonlySet<string> = new Set([
  "ERR_MODULE_NOT_FOUND",
  "ERR_PACKAGE_PATH_NOT_EXPORTED",
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNSUPPORTED_DIR_IMPORT",
  "ERR_INVALID_MODULE_SPECIFIER",
]);

function compileError({ file, line, column }: Place, problem: string, cause: Error): JobFileError {
  const path = shortPath(file, process.cwd());
  const at = [path, line, column].filter((part) => part !== undefined).join(":");
  const what = line === undefined ? "or a file it imports does not compile" : "does not compile";
  return new JobFileError(at, `${what}: ${problem}`, "Mend it and run it again.", {
    cause,
    ...(line === undefined ? {} : { line }),
  });
}
