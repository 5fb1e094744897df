/**
 * Turns the source of an inline function back into the function. The one place of the library that evaluates text:
 * whoever may hand it a source may run code here.
 */

import { InvalidArgumentError } from "../../errors.js";
import type { AnyFunction } from "../functions.js";

/**
 * The function that `source`, as given by `functionSource`, stands for. It sees the globals and nothing else.
 * Evaluated as strict code, as modules are; only what strict code refuses is evaluated as sloppy code.
 *
 * @throws InvalidArgumentError when the source does not compile or is no function.
 */
export function evaluateSource(source: string): AnyFunction {
  let value: unknown;
  try {
    value = compile(`"use strict"; return (${source}\n);`)();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw broken(source, error);
    try {
      value = compile(`return (${source}\n);`)();
    } catch (again) {
      throw broken(source, again);
    }
  }
  if (typeof value !== "function") throw broken(source, "it is no function");
  return value as AnyFunction;
}

function compile(body: string): () => unknown {
  // eslint-disable-next-line typescript/no-implied-eval -- this file's duty
  return new Function(body) as () => unknown;
}

function broken(source: string, why: unknown): InvalidArgumentError {
  const excerpt = source.length > 60 ? `${source.slice(0, 59)}…` : source;
  return new InvalidArgumentError(
    `The function source ${JSON.stringify(excerpt)}`,
    why instanceof Error ? `${why.name}: ${why.message}` : String(why),
    "Give a source that functionSource made, on a Node at least as new.",
  );
}
