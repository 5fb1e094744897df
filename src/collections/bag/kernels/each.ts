/** The loop under `map`, `filter` and `flatMap`: synchronous for as long as the callback is. */

import { isThenable } from "../thenable.js";

/**
 * Calls `fn` on every item in order and hands each result on. From the first promise on it waits for each result
 * before the next call, so that one partition never has more than one call under way.
 */
export function eachResult<T, R>(
  fn: (item: T) => R | PromiseLike<R>,
  items: readonly T[],
  use: (result: R, item: T) => void,
): void | Promise<void> {
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as T;
    const result = fn(item);
    if (isThenable(result)) return waitForEach(fn, items, use, i, result);
    use(result, item);
  }
}

async function waitForEach<T, R>(
  fn: (item: T) => R | PromiseLike<R>,
  items: readonly T[],
  use: (result: R, item: T) => void,
  from: number,
  first: PromiseLike<unknown>,
): Promise<void> {
  use((await first) as R, items[from] as T);
  for (let i = from + 1; i < items.length; i++) {
    const item = items[i] as T;
    const result = fn(item);
    use(isThenable(result) ? await result : result, item);
  }
}
