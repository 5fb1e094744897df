/** Tasks of the example: what workers load with --tasks. */

import { defineTask } from "skein";

export const countPrimes = defineTask(import.meta.url, "countPrimes", (from: number, to: number) => {
  let count = 0;
  for (let n = Math.max(2, from); n < to; n++) {
    let isPrime = true;
    for (let d = 2; d * d <= n && isPrime; d++) isPrime = n % d !== 0;
    if (isPrime) count += 1;
  }
  return count;
});

export const add = defineTask(import.meta.url, "add", (counts: readonly number[]) =>
  counts.reduce((sum, count) => sum + count, 0),
);
