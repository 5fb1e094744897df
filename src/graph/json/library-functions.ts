/**
 * The port through which a graph read from JSON finds the functions that the library's own tasks call, such as those
 * of bags. They live in layers above this one, which install themselves here when they are loaded.
 */

import type { AnyFunction, ModuleReference } from "../functions.js";

type FindFunction = (reference: ModuleReference) => AnyFunction | undefined;

// One of the few pieces of module state: without it this layer would import those above it.
let installed: FindFunction | undefined;

export function installLibraryFunctions(find: FindFunction): void {
  installed = find;
}

/** Undefined for a function of a user's task module. */
export function libraryFunction(reference: ModuleReference): AnyFunction | undefined {
  return installed?.(reference);
}
