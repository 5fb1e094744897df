/**
 * Task modules that this thread has loaded; a module's tasks are those of its exports that `defineTask` made.
 *
 * A task is looked for in the module it names. Where that is not to be had, because the module lies elsewhere on the
 * machine that sent it, the modules this worker was given are asked: first those of the same file name, then all. A
 * worker that trusts its senders loads whatever module it is told.
 */

import { ModuleMismatchError, TaskModuleError, UnknownTaskError } from "../../errors.js";
import { moduleReference, unwrapFunction, type AnyFunction } from "../../graph/functions.js";
import { hookUserModules, needsHooks } from "./user-modules.js";
import { fileName, moduleDigest } from "./module-digest.js";
import { functionPolicy } from "./policy.js";

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
let hooked: Promise<void> | undefined;
/** Modules that differ from a sender's, and have been reported. */
const reported = new Set<string>();

/**
 * The task `name` of `module`.
 *
 * @param digest of the sender's module.
 * @throws ModuleNotLoaded, UnknownTaskError, ModuleMismatchError
 */
export function loadedTask(module: string, name: string, digest?: string): AnyFunction {
  const home = loaded.has(module) ? module : homeOf(module, name);
  const tasks = loaded.get(home) as ReadonlyMap<string, AnyFunction>;
  const fn = tasks.get(name);
  if (fn === undefined) throw new UnknownTaskError(module, name, [...tasks.keys()]);
  compare(module, home, digest);
  return fn;
}

/** The loaded module that stands here for `module`. */
function homeOf(module: string, name: string): string {
  const { modules, allowInline } = functionPolicy();
  if (modules.includes(module)) throw new ModuleNotLoaded(module);
  for (const each of modules) if (!loaded.has(each)) throw new ModuleNotLoaded(each);
  const having = modules.filter((each) => loaded.get(each)?.has(name) === true);
  const sameFile = having.find((each) => stem(each) === stem(module));
  const home = sameFile ?? (having.length === 1 ? having[0] : undefined);
  if (home !== undefined) return home;
  if (allowInline) throw new ModuleNotLoaded(module);
  const known = modules.flatMap((each) => [...(loaded.get(each)?.keys() ?? [])]);
  throw new UnknownTaskError(module, name, known);
}

/** A compiled module and its source are the same file to a sender. */
function stem(module: string): string {
  return fileName(module).replace(/\.[cm]?[jt]s$/, "");
}

function compare(module: string, home: string, digest: string | undefined): void {
  // Source and compiled file differ without meaning anything by it.
  if (digest === undefined || fileName(module) !== fileName(home)) return;
  const own = moduleDigest(home);
  if (own === undefined || own === digest) return;
  const { strictModules, warn } = functionPolicy();
  const mismatch = new ModuleMismatchError(home, own, digest);
  if (strictModules) throw mismatch;
  if (reported.has(home)) return;
  reported.add(home);
  warn(mismatch.message);
}

/** Loads a module and notes its tasks. @throws TaskModuleError */
export async function loadTaskModule(module: string): Promise<void> {
  if (loaded.has(module)) return;
  let exported: Record<string, unknown>;
  try {
    if (needsHooks(module)) await (hooked ??= hookUserModules());
    exported = (await import(module)) as Record<string, unknown>;
  } catch (cause) {
    throw new TaskModuleError(module, cause);
  }
  const tasks = new Map<string, AnyFunction>();
  for (const value of exportsOf(exported)) {
    if (typeof value !== "function") continue;
    const reference = moduleReference(unwrapFunction(value as AnyFunction));
    if (reference === undefined) continue;
    const task = unwrapFunction(value as AnyFunction);
    if ((tasks.get(reference.name) ?? task) !== task)
      throw new TaskModuleError(
        module,
        new Error(`it has two tasks named ${JSON.stringify(reference.name)}: give each a name of its own`),
      );
    tasks.set(reference.name, task);
  }
  loaded.set(module, tasks);
}

/** What a module exports; of a CommonJS module, much or all comes as its default. */
function exportsOf({ ...exported }: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.values({ ...(exported["default"] as object | undefined), ...exported });
}
