/** Computing a graph on a cluster from beginning to end: its outputs' values, or the first error. */

import { CancelledError } from "../../errors.js";
import { decodeValue } from "../../executor/values/codec.js";
import type { Keys, ValueWaiter } from "./keys.js";

/**
 * The values under `keys`, which are wanted already. Rejects with the first error, or when `signal` is aborted.
 * The caller lets go of the keys in either case, which cancels what is still to be done.
 */
export function valuesOfKeys(
  keys: Keys,
  wanted: readonly string[],
  signal?: AbortSignal,
): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const values = new Array<unknown>(wanted.length);
    let missing = wanted.length;
    let over = false;
    const end = (finish: () => void): void => {
      if (over) return;
      over = true;
      signal?.removeEventListener("abort", aborted);
      finish();
    };
    const waiters: ValueWaiter[] = [];
    const fail = (error: Error): void =>
      end(() => {
        for (const [i, waiter] of waiters.entries()) keys.unwait(wanted[i] as string, waiter);
        reject(error);
      });
    const aborted = (): void => fail(new CancelledError("The computation", signal?.reason));
    const waiterAt = (i: number): ValueWaiter => ({
      arrived(bytes) {
        if (over) return;
        try {
          values[i] = decodeValue(bytes);
        } catch (error) {
          return fail(error as Error);
        }
        if (--missing === 0) end(() => resolve(values));
      },
      failed: fail,
    });
    if (signal?.aborted === true) return aborted();
    signal?.addEventListener("abort", aborted);
    if (missing === 0) return end(() => resolve(values));
    for (const [i, key] of wanted.entries()) {
      if (over) return;
      const waiter = waiterAt(i);
      waiters.push(waiter);
      keys.wait(key, waiter);
    }
  });
}
