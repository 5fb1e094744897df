/** A handle on a value of the cluster, there already or still being computed. */

import type { Outcome } from "../../actors/client/stimuli.js";
import type { Collection } from "../../collections/collection.js";
import { Lazy } from "../../collections/lazy.js";
import { External } from "../../graph/external.js";
import { lazyMark } from "../../graph/ref.js";
import type { GraphSource } from "../../graph/source.js";

export type FutureStatus = "pending" | "finished" | "error" | "cancelled" | "lost";

/** What handles need of their client. */
export interface HandleKeeper {
  outcome(key: string): Outcome;
  value(key: string): Promise<unknown>;
  ended(key: string): Promise<void>;
  cancel(keys: readonly string[]): void;
  retry(key: string): Promise<void>;
  /** One handle less; the last one lets go of the key. */
  letGo(handle: Handle): void;
}

/**
 * Keeps a key's value on the cluster until it is released or collected as garbage. Unlike a {@link Future} it is no
 * promise, so that a function which gives one asynchronously gives it as it is.
 *
 * It may stand wherever a lazy value may: among the arguments of `delayed` functions, of `compute`, of `submit`.
 */
export class Handle<T = unknown> implements Collection<T> {
  readonly key: string;
  readonly #keeper: HandleKeeper;
  #released = false;

  /** Made by a client. */
  constructor(key: string, keeper: HandleKeeper) {
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

  /** Resolves when it is settled, whatever became of it; never rejects, and fetches nothing. */
  settled(): Promise<void> {
    return this.#keeper.ended(this.key);
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

  /** Whether it is one of the handles that `keeper` keeps. */
  isKeptBy(keeper: HandleKeeper): boolean {
    return this.#keeper === keeper;
  }

  // ---- as a lazy value ----------------------------------------------------------------------------------------

  get [lazyMark](): true {
    return true;
  }

  get source(): GraphSource {
    return { entries: [[this.key, new External(this.key, this)]], parents: [] };
  }

  get outputs(): readonly string[] {
    return [this.key];
  }

  assemble(results: readonly unknown[]): T {
    return results[0] as T;
  }

  over(source: GraphSource): Lazy<T> {
    return new Lazy<T>(this.key, source);
  }

  whole(): { readonly key: string; readonly source: GraphSource } {
    return this;
  }

  toString(): string {
    return `${this.constructor.name}(${this.key}, ${this.status})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `${this.constructor.name} <${this.key}, ${this.status}>`;
  }
}
