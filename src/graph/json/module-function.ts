/** A function of a task module, known by reference only until it is called. */

import { TaskModuleError, UnknownTaskError } from "../../errors.js";
import {
  markWrapper,
  moduleReference,
  unwrapFunction,
  type AnyFunction,
  type ModuleReference,
} from "../functions.js";
import { libraryFunction } from "./library-functions.js";

/**
 * The function that `reference` names: found at once when the library has it, else imported when first called, so
 * that its result is a promise, which every scheduler awaits.
 */
export function moduleFunction(reference: ModuleReference): AnyFunction {
  const known = libraryFunction(reference);
  if (known !== undefined) return known;
  let found: Promise<AnyFunction> | undefined;
  const fn = async (...args: never[]): Promise<unknown> => (await (found ??= load(reference)))(...args);
  Object.defineProperty(fn, "name", { value: reference.name, configurable: true });
  return markWrapper(fn, { call: fn, reference });
}

async function load({ module, name }: ModuleReference): Promise<AnyFunction> {
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = (await import(module)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new TaskModuleError(module, cause);
  }
  const tasks = new Map<string, AnyFunction>();
  for (const value of Object.values(exported)) {
    if (typeof value !== "function") continue;
    const reference = moduleReference(value as AnyFunction);
    if (reference !== undefined) tasks.set(reference.name, unwrapFunction(value as AnyFunction));
  }
  const task = tasks.get(name);
  if (task === undefined) throw new UnknownTaskError(module, name, [...tasks.keys()]);
  return task;
}
