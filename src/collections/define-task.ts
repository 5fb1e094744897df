/** Tasks of a task module: functions that every worker finds by module and name. */

import { describe, InvalidArgumentError } from "../errors.js";
import { moduleReference, type AnyFunction } from "../graph/functions.js";
import { delayed, type Delayed, type DelayedOptions } from "./delayed.js";
import { kernel } from "./kernel.js";

/**
 * A delayed function that other threads and processes find by name, so that it may use whatever its module
 * imports. It must be exported from the module whose `import.meta.url` is given.
 *
 * @example
 * export const resize = defineTask(import.meta.url, "resize", (image: Uint8Array, width: number) => …);
 *
 * @throws InvalidArgumentError when `module` is no URL, `name` is empty, or `fn` is no function or is a task already.
 */
export function defineTask<A extends readonly unknown[], R>(
  module: string,
  name: string,
  fn: (...args: A) => R,
  options: Omit<DelayedOptions, "name"> = {},
): Delayed<A, R> {
  const refuse = (argument: string, value: unknown, remedy: string): never => {
    throw new InvalidArgumentError(
      `defineTask(module, name, fn): ${argument}`,
      `got ${describe(value)}`,
      remedy,
    );
  };
  if (typeof module !== "string" || !URL.canParse(module)) refuse("module", module, "Give import.meta.url.");
  if (typeof name !== "string" || name === "") refuse("name", name, "Give a non-empty string.");
  if (typeof fn !== "function") refuse("fn", fn, "Give the function that does the work.");
  if (moduleReference(fn as AnyFunction) !== undefined)
    refuse("fn", fn, "Give a function that is no task already.");
  return delayed(kernel(module, name, fn), { ...options, name });
}
