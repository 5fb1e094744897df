/**
 * The port through which lazy values are run. Collections build graphs and know nothing of schedulers; yet
 * `lazy.compute()` must reach one. `src/client` installs itself here when the library is loaded.
 */

import type { Collection } from "./collection.js";

export interface CollectionRunner<Options> {
  compute<T>(what: Collection<T>, options?: Options): Promise<T>;
  persist<C extends Collection<unknown>>(what: C, options?: Options): Promise<C>;
  visualize(what: Collection<unknown>, file: string): Promise<void>;
}

// The one deliberate piece of module state in this layer: without it collections would import the client.
let installed: CollectionRunner<never> | undefined;

export function installRunner(runner: CollectionRunner<never>): void {
  installed = runner;
}

export function runner<Options>(): CollectionRunner<Options> {
  if (installed === undefined)
    throw new Error("No runner is installed: import lazy values from the package's entry point.");
  return installed as CollectionRunner<Options>;
}
