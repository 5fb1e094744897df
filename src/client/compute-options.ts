/** The options of one computation: which there are, whether they are well formed, and what settings they override. */

import type { ComputeOptions } from "../collections/runner.js";
import { settings, type Config } from "../config.js";
import { InvalidArgumentError, describe } from "../errors.js";
import type { ProgressEvent } from "../executor/graph-runner.js";
import type { OptimizeOptions } from "../graph/passes/optimize.js";
import { isPlainObject } from "../graph/references.js";
import { schedulerOf, type Scheduler } from "./scheduler.js";

// Named again here, so that whoever imports the type gets these members with it.
export type { ComputeOptions };

declare module "../collections/runner.js" {
  interface ComputeOptions {
    /** A scheduler's name, or an object that is one. */
    readonly scheduler?: Scheduler | undefined;
    /** `false` runs the graph as it is; an object is passed on to `optimize`. */
    readonly optimize?: boolean | OptimizeOptions | undefined;
    /** How many more times a failed task is tried, for tasks that do not say themselves. */
    readonly retries?: number | undefined;
    /** Draws a progress bar on stderr where that is a terminal. */
    readonly progress?: boolean | undefined;
    /** Called at the start, at most once each turn of the event loop, and at the end. */
    readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
    /** How many asynchronous tasks run at once. */
    readonly concurrency?: number | undefined;
  }
}

/**
 * What is computed among all arguments of `compute`. Overloads alone would take options in a variable for one more
 * thing to compute: to them an argument that leaves optional properties out fits `unknown` better.
 */
export type WithoutOptions<W extends readonly unknown[]> = W extends readonly [...infer What, infer Last]
  ? Last extends ComputeOptions
    ? What extends readonly [infer One]
      ? One
      : What
    : W
  : W;

const isBoolean = (value: unknown): boolean => typeof value === "boolean";

/** What each option may be, in words, and whether a value is that. */
const checks: {
  readonly [N in keyof Required<ComputeOptions>]: readonly [(value: unknown) => boolean, string];
} = {
  // Checked by looking it up, which gives the better message.
  scheduler: [() => true, ""],
  signal: [(value) => value instanceof AbortSignal, "an AbortSignal"],
  optimize: [(value) => isBoolean(value) || isPlainObject(value), "true, false or { passes }"],
  retries: [(value) => settings.retries.schema.safeParse(value).success, settings.retries.accepts],
  progress: [isBoolean, "true or false"],
  onProgress: [(value) => typeof value === "function", "a function"],
  concurrency: [
    (value) => settings.concurrency.schema.safeParse(value).success,
    settings.concurrency.accepts,
  ],
};

/** Whether `value`, the last of several arguments, is a bag of options rather than a structure to compute. */
export function isComputeOptions(value: unknown): value is ComputeOptions {
  return isPlainObject(value) && Object.keys(value).every((name) => Object.hasOwn(checks, name));
}

/**
 * The options, every one of them of the right kind.
 *
 * @param where names the function in errors, for example `compute`.
 * @throws InvalidArgumentError for an option that is unknown, or of the wrong kind or range.
 */
export function checkComputeOptions(options: unknown, where: string): ComputeOptions {
  if (options === undefined) return {};
  if (!isPlainObject(options)) {
    throw new InvalidArgumentError(
      `${where}(…, options)`,
      `got ${describe(options)}`,
      `Give an object with any of ${Object.keys(checks).join(", ")}.`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    const at = `${where}({ ${name} })`;
    if (!Object.hasOwn(checks, name)) {
      throw new InvalidArgumentError(at, "no such option", `Known are ${Object.keys(checks).join(", ")}.`);
    }
    if (value === undefined) continue;
    if (name === "scheduler") schedulerOf(value, at);
    const [fits, accepts] = checks[name as keyof ComputeOptions];
    if (!fits(value)) throw new InvalidArgumentError(at, `got ${describe(value)}`, `Give ${accepts}.`);
  }
  return options;
}

/** The settings with those an option names replaced. */
export function withOptions(config: Config, options: ComputeOptions): Config {
  return {
    ...config,
    concurrency: options.concurrency ?? config.concurrency,
    retries: options.retries ?? config.retries,
    progress: options.progress ?? config.progress,
    optimize: options.optimize === undefined ? config.optimize : options.optimize !== false,
  };
}
