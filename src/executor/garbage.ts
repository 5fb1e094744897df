/**
 * Collects the garbage of the thread that asks. V8 counts neither what lies in shared memory nor what other threads
 * have let go of, and so keeps it until its own heap grows.
 *
 * A collection stops the thread for as long as its heap is large. So it takes no more than a part of the thread's time, and
 * a large heap, which V8 looks after often enough, is left alone unless it is urgent.
 */

import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Of the time since the last one. */
const shareOfTime = 1 / 5;
const largeHeapBytes = 200e6;

export class GarbageCollector {
  #gc: (() => void) | undefined;
  #notBefore = 0;
  #isUrgent = false;
  #later: NodeJS.Timeout | undefined;

  /** Now, or as soon as it may be. */
  collect(isUrgent: boolean): void {
    this.#isUrgent ||= isUrgent;
    if (this.#later !== undefined) return;
    const waitMs = this.#notBefore - performance.now();
    if (waitMs > 0) this.#later = setTimeout(() => this.#collect(), waitMs).unref();
    else this.#collect();
  }

  #collect(): void {
    this.#later = undefined;
    const isUrgent = this.#isUrgent;
    this.#isUrgent = false;
    if (!isUrgent && getHeapStatistics().used_heap_size > largeHeapBytes) return;
    const now = performance.now();
    this.#gc ??= garbageCollection();
    this.#gc?.();
    const end = performance.now();
    this.#notBefore = end + (end - now) / shareOfTime;
  }

  close(): void {
    clearTimeout(this.#later);
  }
}

/**
 * V8 gives its collector to contexts that are made while this flag is set. It is unset again at once: libraries that
 * find `gc` in their global scope use it. Another thread may unset it in between; then it is had the next time.
 */
function garbageCollection(): (() => void) | undefined {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  setFlagsFromString("--no-expose-gc");
  return found as (() => void) | undefined;
}
