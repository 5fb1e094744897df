/** Calls given to a client one by one, gathered into one submission a turn of the event loop. */

import { functionToken } from "../../collections/function-token.js";
import { uniqueId } from "../../collections/unique.js";
import { isCollection, type Collection } from "../../collections/collection.js";
import { describe, InvalidArgumentError } from "../../errors.js";
import { takesMore } from "../../graph/free-variables/takes-more.js";
import { unwrapFunction, type AnyFunction } from "../../graph/functions.js";
import { isPlainObject, referencedKeys, replaceInside } from "../../graph/references.js";
import { checkKey, Ref } from "../../graph/ref.js";
import { checkTaskOptions, Task, type TaskOptions } from "../../graph/task.js";
import { tokenize } from "../../graph/tokenize/tokenize.js";
import { External } from "../../graph/external.js";
import { collectGraph } from "../../graph/source.js";
import { Handle } from "./handle.js";
import { checkSendableKey } from "./submission.js";

/** How one call is run. */
export interface SubmitOptions extends TaskOptions {
  /** The key to give it, instead of one made of the function's name. */
  readonly key?: string;
}

const optionNames: ReadonlySet<string> = new Set([
  ...["retries", "priority", "timeoutMs", "workers", "resources"],
  ...["pure", "allowOtherWorkers", "key"],
]);

interface Split {
  readonly args: readonly unknown[];
  readonly options: SubmitOptions;
}

/**
 * The last argument is taken for options when it is a plain object that has only names of options.
 *
 * @throws InvalidArgumentError for one that has others besides, or instead, where `fn` takes no such argument.
 */
export function splitOptions(fn: unknown, args: readonly unknown[], where: string): Split {
  const last = args.at(-1);
  const names = isPlainObject(last) ? Object.keys(last) : [];
  if (names.length === 0) return { args, options: {} };
  const unknown = names.find((name) => !optionNames.has(name));
  if (unknown === undefined) return { args: args.slice(0, -1), options: last as SubmitOptions };
  if (typeof fn === "function" && !takesMore(unwrapFunction(fn as AnyFunction), args.length - 1))
    throw noSuchOption(where, unknown);
  return { args, options: {} };
}

/** As {@link splitOptions}, for iterables: what is no iterable can only be options. */
export function splitIterables(args: readonly unknown[], where: string): Split {
  const last = args.at(-1);
  if (!isPlainObject(last) || Symbol.iterator in last) return { args, options: {} };
  const unknown = Object.keys(last).find((name) => !optionNames.has(name));
  if (unknown !== undefined) throw noSuchOption(where, unknown);
  return { args: args.slice(0, -1), options: last as SubmitOptions };
}

function noSuchOption(where: string, name: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `${where}(fn, …, { ${name} })`,
    "the function takes no such argument, and there is no such option",
    `Known options are ${[...optionNames].join(", ")}.`,
  );
}

/** A call as a task under its key. Handles among its arguments become references. */
export function callTask(
  fn: unknown,
  given: readonly unknown[],
  options: SubmitOptions,
  where: string,
): { readonly key: string; readonly task: Task } {
  if (typeof fn !== "function") {
    throw new InvalidArgumentError(
      `${where}(fn, …)`,
      `the first argument is ${describe(fn)}`,
      "Give the function to call.",
    );
  }
  const call = unwrapFunction(fn as AnyFunction);
  const { key: asked, ...rest } = options;
  const taskOptions = checkTaskOptions(rest, where);
  const args = replaceInside(given, handleToRef) as readonly unknown[];
  // A task goes by the name it was defined under, not by that of the function inside.
  const name = fn.name || call.name || "fn";
  const id =
    taskOptions.pure === true ? tokenize(functionToken(call), tokenize(...args), taskOptions) : uniqueId();
  const key = asked === undefined ? `${name}-${id}` : checkKey(asked, `${where}({ key })`);
  checkSendableKey(key, `${where}({ key })`);
  return {
    key,
    task: new Task(call, args, referencedKeys(args, where), undefined, taskOptions),
  };
}

function handleToRef(value: unknown): unknown {
  if (value instanceof Handle) return new Ref(value.key);
  if (isCollection(value)) {
    const held = heldKey(value);
    if (held !== undefined) return new Ref(held);
    throw new InvalidArgumentError(
      "client.submit(fn, …)",
      "an argument is a lazy value",
      "Persist it on this cluster first, or build the call with delayed and use client.compute.",
    );
  }
  return value;
}

/** What the cluster calls the value of a lazy value that has been persisted there. */
function heldKey(what: Collection<unknown>): string | undefined {
  const { key, source } = what.whole();
  if (what.outputs.length !== 1) return undefined;
  const node = collectGraph([source]).get(key);
  return node instanceof External ? node.key : undefined;
}
