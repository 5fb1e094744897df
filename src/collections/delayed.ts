/** Functions whose calls are put off: calling one gives a lazy value. */

import { InvalidArgumentError, describe } from "../errors.js";
import { markWrapper, unwrapFunction, type AnyFunction } from "../graph/functions.js";
import { checkTaskOptions, Task, type TaskOptions } from "../graph/task.js";
import { tokenize } from "../graph/tokenize/tokenize.js";
import type { Collection } from "./collection.js";
import { functionToken } from "./function-token.js";
import { TaskSource } from "./layer.js";
import { Lazy, type Settled } from "./lazy.js";
import { lift } from "./lift.js";
import { uniqueId } from "./unique.js";

/** How the calls of a delayed function are named and run. */
export interface DelayedOptions extends TaskOptions {
  /** What the keys of its calls begin with. The function's own name unless given. */
  readonly name?: string;
}

/** An argument of type `T`, a lazy value that will be one, or a structure of such. */
export type LazyArgument<T> = T | Collection<T> | LazyParts<T>;

type LazyParts<T> = T extends AnyFunction
  ? never
  : T extends object
    ? { readonly [K in keyof T]: LazyArgument<T[K]> }
    : never;

/** A function whose calls give lazy values, and which takes lazy values for arguments. */
export interface Delayed<A extends readonly unknown[], R> {
  (...args: { [I in keyof A]: LazyArgument<A[I]> }): Lazy<Settled<R>>;
}

/**
 * `fn` with its calls put off: each call gives a {@link Lazy}. Arguments may be plain values, lazy values,
 * collections (which become their whole value), and arrays and plain objects of these; a promise that `fn`
 * returns is waited for. The options are those of tasks, and:
 *
 * - `name`: what keys begin with.
 * - `pure: true`: the same arguments give the same result, so equal calls share one key and run once. A function
 *   that uses variables from outside itself is equal to itself alone.
 *
 * @example
 * const add = delayed((x: number, y: number) => x + y, { name: "add", pure: true });
 * await add(1, add(2, 3)).compute(); // 6
 *
 * @throws InvalidArgumentError when `fn` is no function or an option is wrong.
 * The delayed function throws TokenizeError when it is pure and an argument has no stable token, and
 * FunctionAsDataError for a delayed function among its arguments that was not called.
 */
export function delayed<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: DelayedOptions = {},
): Delayed<A, R> {
  if (typeof fn !== "function") {
    throw new InvalidArgumentError(
      "delayed(fn)",
      `the first argument is ${describe(fn)}`,
      "Give a function; plain data can be passed to delayed functions as it is.",
    );
  }
  const call = unwrapFunction(fn);
  const { name = call.name || "fn", ...rest } = options;
  if (typeof name !== "string" || name === "") {
    throw new InvalidArgumentError(
      "delayed(fn, { name })",
      `got ${describe(name)}`,
      "Give a non-empty string.",
    );
  }
  const checked = checkTaskOptions(rest, "delayed(fn, options)");
  const taskOptions = Object.keys(checked).length === 0 ? undefined : Object.freeze(checked);
  const where = `${name}(…)`;

  const stem = `${name}-${uniqueId()}`;
  let calls = 0;

  const wrapper = (...given: readonly unknown[]): Lazy<Settled<R>> => {
    const { args, refs, parents } = lift(given as unknown[], where);
    const key = checked.pure === true ? `${name}-${pureId(call, args, checked)}` : `${stem}-${++calls}`;
    return new Lazy(key, new TaskSource(key, new Task(call, args, refs, undefined, taskOptions), parents));
  };
  Object.defineProperty(wrapper, "name", { value: name, configurable: true });
  return markWrapper(wrapper, { call });
}

/** Lazy arguments stand in `args` as references, so that they count by their keys. */
function pureId(call: AnyFunction, args: readonly unknown[], options: TaskOptions): string {
  return tokenize(functionToken(call), tokenize(...args), options);
}
