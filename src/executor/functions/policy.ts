/** Which functions of others a thread runs. */

export interface FunctionSettings {
  /** Task modules, as URLs: loaded when the thread starts, and asked by the names of their tasks. */
  readonly modules: readonly string[];
  /** Whether functions that travel as source, and task modules that are not listed, are run. */
  readonly allowInline: boolean;
  /** Whether a task module that differs from the sender's is an error instead of a warning. */
  readonly strictModules: boolean;
}

/** In a process that runs its own program: any function, from wherever it says it is. */
export const trustedFunctions: FunctionSettings = { modules: [], allowInline: true, strictModules: false };

export interface FunctionPolicy extends FunctionSettings {
  /** Told once of each task module that differs from a sender's. */
  readonly warn: (message: string) => void;
}

// One policy a thread, as there is one module cache a thread.
let current: FunctionPolicy = { ...trustedFunctions, warn: () => undefined };

/** Sets what this thread runs. */
export function usePolicy(policy: FunctionPolicy): void {
  current = policy;
}

export function functionPolicy(): FunctionPolicy {
  return current;
}
