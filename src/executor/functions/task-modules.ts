/**
 * Task modules that this thread has loaded. A module is loaded when the first task asks for it; its tasks are those
 * of its exports that `defineTask` made.
 */

import { TaskModuleError, UnknownTaskError } from "../../errors.js";
import { moduleReference, unwrapFunction, type AnyFunction } from "../../graph/functions.js";

/** Thrown where a function is needed now whose module has to be loaded first: load it, then try again. */
export class ModuleNotLoaded extends Error {
  readonly module: string;

  constructor(module: string) {
    super(`The task module ${module} has not been loaded yet.`);
    this.name = "ModuleNotLoaded";
    this.module = module;
  }
}

// One table a thread, as there is one module cache a thread.
const loaded = new Map<string, ReadonlyMap<string, AnyFunction>>();

/** @throws ModuleNotLoaded, UnknownTaskError */
export function loadedTask(module: string, name: string): AnyFunction {
  const tasks = loaded.get(module);
  if (tasks === undefined) throw new ModuleNotLoaded(module);
  const fn = tasks.get(name);
  if (fn === undefined) throw new UnknownTaskError(module, name, [...tasks.keys()]);
  return fn;
}

/** Loads a module and notes its tasks. @throws TaskModuleError */
export async function loadTaskModule(module: string): Promise<void> {
  if (loaded.has(module)) return;
  let exported: Record<string, unknown>;
  try {
    await prepareFor(module);
    exported = (await import(module)) as Record<string, unknown>;
  } catch (cause) {
    throw new TaskModuleError(module, cause);
  }
  const tasks = new Map<string, AnyFunction>();
  for (const value of Object.values(exported)) {
    if (typeof value !== "function") continue;
    const reference = moduleReference(unwrapFunction(value as AnyFunction));
    if (reference !== undefined) tasks.set(reference.name, unwrapFunction(value as AnyFunction));
  }
  loaded.set(module, tasks);
}

let typeScript: Promise<unknown> | undefined;

/** TypeScript needs a loader, registered once a thread; it costs a tenth of a second, so only when it is needed. */
function prepareFor(module: string): Promise<unknown> | undefined {
  // Run from source, the library has the loader already.
  if (import.meta.url.endsWith(".ts") || !/\.[cm]?ts$/.test(new URL(module).pathname)) return undefined;
  return (typeScript ??= import("tsx/esm/api").then(({ register }) => register()));
}
