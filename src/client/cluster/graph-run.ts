/** Computing a graph on a cluster from beginning to end: its outputs' values, or the first error. */

import { CancelledError } from "../../errors.js";
import { decodeRow } from "../../executor/values/codec.js";
import type { ValueWaiter } from "./key-entry.js";
import type { Keys } from "./keys.js";

/**
 * The values under `keys`, which are wanted already. Rejects with the first error, or when `signal` is aborted.
 * The caller lets go of the keys in either case, which cancels what is still to be done.
 */
export function valuesOfKeys(
  keys: Keys,
  wanted: readonly string[],
  signal?: AbortSignal,
): Promise<unknown[]> {
  return new Promise((resolve, reject) => new Gathering(keys, wanted, signal, resolve, reject).start());
}

class Gathering {
  readonly #keys: Keys;
  readonly #wanted: readonly string[];
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (values: unknown[]) => void;
  readonly #reject: (error: Error) => void;
  readonly #values: unknown[];
  #waiting: readonly Place[] = [];
  readonly #aborted = (): void => this.failed(new CancelledError("The computation", this.#signal?.reason));
  #missing: number;
  #over = false;

  constructor(
    keys: Keys,
    wanted: readonly string[],
    signal: AbortSignal | undefined,
    resolve: (values: unknown[]) => void,
    reject: (error: Error) => void,
  ) {
    this.#keys = keys;
    this.#wanted = wanted;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#values = new Array<unknown>(wanted.length);
    this.#missing = wanted.length;
  }

  start(): void {
    if (this.#signal?.aborted === true) return this.#aborted();
    this.#signal?.addEventListener("abort", this.#aborted);
    if (this.#missing === 0) return this.#end(() => this.#resolve(this.#values));
    this.#waiting = this.#wanted.map((_, i) => new Place(this, i));
    this.#keys.waitForAll(this.#wanted, this.#waiting);
  }

  arrived(i: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#over) return;
    try {
      this.#values[i] = decodeRow(bytes, start, end);
    } catch (error) {
      return this.failed(error as Error);
    }
    if (--this.#missing === 0) this.#end(() => this.#resolve(this.#values));
  }

  failed(error: Error): void {
    this.#end(() => {
      for (const [i, place] of this.#waiting.entries()) this.#keys.unwait(this.#wanted[i] as string, place);
      this.#reject(error);
    });
  }

  #end(finish: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#signal?.removeEventListener("abort", this.#aborted);
    finish();
  }
}

/** Where one of the values goes. */
class Place implements ValueWaiter {
  readonly #gathering: Gathering;
  readonly #i: number;

  constructor(gathering: Gathering, i: number) {
    this.#gathering = gathering;
    this.#i = i;
  }

  arrived(bytes: Uint8Array, start: number, end: number): void {
    this.#gathering.arrived(this.#i, bytes, start, end);
  }

  failed(error: Error): void {
    this.#gathering.failed(error);
  }
}
