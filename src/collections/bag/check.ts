/** Checks of what bags' methods are given, made when the graph is built. */

import { describe, InvalidArgumentError } from "../../errors.js";
import { unwrapFunction, type AnyFunction } from "../../graph/functions.js";
import { quote } from "../../graph/ref.js";
import { isPlainObject } from "../../graph/references.js";
import type { KeySpec } from "./key-of.js";

/** A callback; of a delayed function, the function inside. @throws InvalidArgumentError */
export function checkCallback(fn: unknown, where: string): AnyFunction {
  if (typeof fn === "function") return unwrapFunction(fn as AnyFunction);
  throw new InvalidArgumentError(where, `got ${describe(fn)}`, "Give a function.");
}

/** A key function or the name of a property. @throws InvalidArgumentError */
export function checkKeySpec(by: unknown, where: string): KeySpec {
  if (typeof by === "function") return unwrapFunction(by as AnyFunction);
  if (typeof by === "string" || typeof by === "number") return by;
  throw new InvalidArgumentError(
    where,
    `got ${describe(by)}`,
    "Give a function of the element, or the name of a property.",
  );
}

/** A whole number of at least `least`. @throws InvalidArgumentError */
export function checkWhole(value: unknown, least: number, where: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new InvalidArgumentError(where, `got ${describe(value)}`, `Give a whole number, ${least} or more.`);
}

/** A directory to write to. @throws InvalidArgumentError */
export function checkDirectory(value: unknown, where: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new InvalidArgumentError(where, `got ${describe(value)}`, "Give the path of a directory.");
}

/** An options object with no other names than `known`. @throws InvalidArgumentError */
export function checkOptions<O extends object>(
  options: O | undefined,
  known: readonly string[],
  where: string,
): Partial<O> {
  const given = optionsObject(options, where);
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) {
      throw new InvalidArgumentError(
        `${where}(…, { ${name} })`,
        "there is no such option",
        `Known are ${known.join(", ")}.`,
      );
    }
  }
  return given;
}

/** Options, or none. @throws InvalidArgumentError for what cannot be options. */
export function optionsObject<O extends object>(options: O | undefined, where: string): Partial<O> {
  if (options === undefined) return {};
  if (isPlainObject(options)) return options;
  throw new InvalidArgumentError(
    `${where}(…, options)`,
    `got ${describe(options)}`,
    "Give an object of options.",
  );
}

/** A value to fold from, as an argument of a task: a function that makes it as a function, data as it is. */
export function initialValue(initial: unknown): unknown {
  return typeof initial === "function" ? unwrapFunction(initial as AnyFunction) : quote(initial);
}
