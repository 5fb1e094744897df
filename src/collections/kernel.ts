/**
 * Kernels: the library's own functions that tasks call. Each is a function of a module that captures nothing and
 * carries the name under which another thread or process finds its own copy. What a user's callback does reaches
 * a kernel as an argument, never by being closed over.
 */

import { markWrapper, moduleReference, type AnyFunction } from "../graph/functions.js";

/** Marks `fn` itself as the function `name` of `module`, such as `"skein:bag"`. */
export function kernel<F extends AnyFunction>(module: string, name: string, fn: F): F {
  return markWrapper(fn, { call: fn, reference: { module, name } });
}

/** The kernels that `modules` export, by the name under which tasks refer to them. */
export function kernelTable(modules: readonly object[]): ReadonlyMap<string, AnyFunction> {
  const table = new Map<string, AnyFunction>();
  for (const exported of modules.flatMap((module) =>
    Object.values<unknown>(module as Record<string, unknown>),
  )) {
    if (typeof exported !== "function") continue;
    const reference = moduleReference(exported as AnyFunction);
    if (reference !== undefined) table.set(reference.name, exported as AnyFunction);
  }
  return table;
}
