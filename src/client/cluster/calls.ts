/** Calls given to a client one by one, gathered into one submission a turn of the event loop. */

import { functionToken } from "../../collections/function-token.js";
import { uniqueId } from "../../collections/unique.js";
import { isCollection, type Collection } from "../../collections/collection.js";
import { describe, InvalidArgumentError } from "../../errors.js";
import { unwrapFunction, type AnyFunction } from "../../graph/functions.js";
import { isPlainObject, referencedKeys, replaceInside } from "../../graph/references.js";
import { Ref } from "../../graph/ref.js";
import { checkTaskOptions, Task, type TaskOptions } from "../../graph/task.js";
import { tokenize } from "../../graph/tokenize/tokenize.js";
import { External } from "../../graph/external.js";
import { collectGraph } from "../../graph/source.js";
import { Handle } from "./handle.js";

/** How one call is run. */
export interface SubmitOptions extends TaskOptions {
  /** The key to give it, instead of one made of the function's name. */
  readonly key?: string;
}

const optionNames: ReadonlySet<string> = new Set([
  ...["retries", "priority", "timeoutMs", "workers", "resources"],
  ...["pure", "allowOtherWorkers", "key"],
]);

/** The last argument is taken for options when it is a plain object that has only names of options. */
export function splitOptions(args: readonly unknown[]): {
  readonly args: readonly unknown[];
  readonly options: SubmitOptions;
} {
  const last = args.at(-1);
  const names = isPlainObject(last) ? Object.keys(last) : [];
  const isOptions = names.length > 0 && names.every((name) => optionNames.has(name));
  return isOptions ? { args: args.slice(0, -1), options: last as SubmitOptions } : { args, options: {} };
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
  const name = call.name || "fn";
  const id =
    taskOptions.pure === true ? tokenize(functionToken(call), tokenize(...args), taskOptions) : uniqueId();
  return {
    key: asked ?? `${name}-${id}`,
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
