/** Values and errors as commands print them, and the exit codes that go with errors. */

import { inspect } from "node:util";
import pc from "picocolors";
import { InvalidArgumentError, SkeinError, TaskErredError } from "../errors.js";
import { errorReport } from "./error-report.js";

export interface OutputOptions {
  readonly json: boolean;
  readonly verbose: boolean;
}

/** The job failed. */
export const failed = 1;
/** It was called wrongly. */
export const wrongUsage = 2;
/** It was interrupted: 128 and the number of the signal. */
export const interrupted = 130;
/** It was told to end, by SIGTERM. */
export const terminated = 143;

/** Prints a value to stdout: as one line of JSON, or as a person wants to see it. */
export function printValue(value: unknown, options: Pick<OutputOptions, "json">): void {
  if (options.json) console.log(JSON.stringify(value ?? null, jsonable));
  else
    console.log(
      typeof value === "string" ? value : inspect(value, { depth: 6, colors: pc.isColorSupported }),
    );
}

/** Prints an error to stderr, once. */
export function printError(error: unknown, options: OutputOptions): void {
  if (options.json) console.error(JSON.stringify({ error: errorFields(error) }, jsonable));
  else {
    const report = errorReport(error, {
      verbose: options.verbose,
      places: exitCodeOf(error) !== wrongUsage,
      directory: process.cwd(),
    });
    console.error(`${pc.red("skein:")} ${report}`);
  }
}

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  // By code, since what a child process refused to start for comes without its class.
  const isUsage = error instanceof SkeinError && usageCodes.has(error.code);
  return isUsage || error instanceof WrongUsage ? wrongUsage : failed;
}

/** Codes of errors that lie in how the command was called, or in the bus that it was pointed at. */
const usageCodes: ReadonlySet<string> = new Set([
  "ERR_JOB_FILE",
  "ERR_CONFIG",
  "ERR_BUS_UNREACHABLE",
  "ERR_BUS_REFUSED",
  "ERR_NO_SCHEDULER",
  "ERR_CLUSTER_LED",
  "ERR_PROTOCOL_VERSION",
]);

/** A command that was called in a way that makes no sense; the message says what would. */
export class WrongUsage extends InvalidArgumentError {}

function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: inspect(error) };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    code,
    message: error.message,
    ...(error instanceof SkeinError ? error.details : {}),
    ...(error instanceof TaskErredError || error.cause !== undefined
      ? { cause: errorFields(error.cause) }
      : {}),
  };
}

/** What JSON has no form for: integers beyond its range, maps and sets. */
function jsonable(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Map || value instanceof Set) return [...value] as unknown[];
  return value;
}
