/** Handles in the order in which they are settled. */

import { describe, InvalidArgumentError } from "../../errors.js";
import { Handle } from "./handle.js";

/** Given one by one as they are settled. More may be added while the loop goes on. */
export class AsCompleted<H extends Handle> implements AsyncIterableIterator<H> {
  readonly #settled: H[] = [];
  readonly #waiting: ((next: IteratorResult<H, undefined>) => void)[] = [];
  readonly #seen = new Set<H>();
  #pending = 0;
  #over = false;

  constructor(handles: Iterable<H>) {
    for (const handle of handles) this.add(handle);
  }

  /** One more to wait for; one that was added before is not waited for twice. */
  add(handle: H): this {
    if (!(handle instanceof Handle)) {
      throw new InvalidArgumentError("asCompleted(futures)", `got ${describe(handle)}`, "Give futures.");
    }
    if (this.#over || this.#seen.has(handle)) return this;
    this.#seen.add(handle);
    this.#pending++;
    void handle.settled().then(() => this.#arrived(handle));
    return this;
  }

  /** How many are still to be given. */
  get size(): number {
    return this.#pending + this.#settled.length;
  }

  #arrived(handle: H): void {
    this.#pending--;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#settled.push(handle);
    else waiting({ done: false, value: handle });
    if (this.size === 0) this.#endWaiting();
  }

  next(): Promise<IteratorResult<H, undefined>> {
    const value = this.#settled.shift();
    // Inside a result object a future is not awaited on its way out.
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#over || this.#pending <= this.#waiting.length)
      return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<H, undefined>> {
    this.#over = true;
    this.#settled.length = 0;
    this.#endWaiting();
    return Promise.resolve({ done: true, value: undefined });
  }

  #endWaiting(): void {
    for (const resolve of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/**
 * The futures in the order in which they are settled, well or badly: each is given once it is no longer pending, so
 * that awaiting it waits for nothing but the transfer of its value.
 *
 * @example
 * for await (const done of asCompleted(futures)) console.log(done.key, await done);
 *
 * @throws InvalidArgumentError for anything else than futures.
 */
export function asCompleted<H extends Handle>(handles: Iterable<H>): AsCompleted<H> {
  if (typeof handles !== "object" || handles === null || !(Symbol.iterator in handles))
    throw new InvalidArgumentError(
      "asCompleted(futures)",
      `got ${describe(handles)}`,
      "Give an array or another iterable of futures.",
    );
  return new AsCompleted(handles);
}
