/** A value that is being computed elsewhere, as a promise. */

import { Handle } from "./handle.js";

/**
 * A handle on a key of the cluster that can be awaited. It stays pending across restarts of schedulers, workers and
 * brokers, and settles afterwards.
 */
export class Future<T = unknown> extends Handle<T> implements PromiseLike<T> {
  // oxlint-disable-next-line unicorn/no-thenable -- a future is meant to be awaited
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.result().then(onValue, onError);
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.result().catch(onError);
  }

  finally(onEnd?: (() => void) | null): Promise<T> {
    return this.result().finally(onEnd);
  }
}
