/**
 * The port through which lazy values are run. Collections build graphs and know nothing of schedulers; yet
 * `lazy.compute()` must reach one. `src/client` installs itself here when the library is loaded.
 */

import type { Collection } from "./collection.js";

/**
 * How to compute. The members are declared where the schedulers are known (`src/client`), by adding to this
 * interface: the layers below pass options on and read none.
 */
export interface ComputeOptions {
  /** Aborts the computation: nothing new starts, running tasks see their signal aborted. */
  readonly signal?: AbortSignal | undefined;
}

export interface CollectionRunner {
  compute<T>(what: Collection<T>, options?: ComputeOptions): Promise<T>;
  persist<C extends Collection<unknown>>(what: C, options?: ComputeOptions): Promise<C>;
  visualize(what: Collection<unknown>, file: string): Promise<void>;
}

// The one deliberate piece of module state in this layer: without it collections would import the client.
let installed: CollectionRunner | undefined;

export function installRunner(runner: CollectionRunner): void {
  installed = runner;
}

export function runner(): CollectionRunner {
  if (installed === undefined)
    throw new Error("No runner is installed: import lazy values from the package's entry point.");
  return installed;
}
