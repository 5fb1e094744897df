/** A value that is being computed elsewhere. */

import type { Outcome } from "../../actors/client/stimuli.js";

export type FutureStatus = "pending" | "finished" | "error" | "cancelled" | "lost";

/** What futures need of their client. */
export interface FutureKeeper {
  outcome(key: string): Outcome;
  value(key: string): Promise<unknown>;
  cancel(keys: readonly string[]): void;
  retry(key: string): Promise<void>;
  /** One handle less; the last one lets go of the key. */
  letGo(future: Future): void;
}

/**
 * A handle on a key of the cluster. It keeps the key's value there until it is released or collected as garbage, and
 * it can be awaited. It stays pending across restarts of schedulers, workers and brokers, and settles afterwards.
 */
export class Future<T = unknown> implements PromiseLike<T> {
  readonly key: string;
  readonly #keeper: FutureKeeper;
  #released = false;

  /** Made by a client. */
  constructor(key: string, keeper: FutureKeeper) {
    this.key = key;
    this.#keeper = keeper;
  }

  get status(): FutureStatus {
    return this.#released ? "cancelled" : this.#keeper.outcome(this.key).state;
  }

  /**
   * The value.
   *
   * @throws TaskErredError, KilledWorkerError, NoValidWorkerError, LostValueError, CancelledError
   */
  result(): Promise<T> {
    return this.#keeper.value(this.key) as Promise<T>;
  }

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

  /** Stops the task, if nobody else wants it, and whatever depends on it. A future that is cancelled rejects. */
  cancel(): void {
    if (!this.#released) this.#keeper.cancel([this.key]);
  }

  /** Runs a failed task again, with the failed ones it depends on. */
  retry(): Promise<void> {
    return this.#keeper.retry(this.key);
  }

  /** Lets go of the value. The last handle on a key frees it on the cluster, and cancels what only it needed. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#keeper.letGo(this);
  }

  toString(): string {
    return `Future(${this.key}, ${this.status})`;
  }
}
