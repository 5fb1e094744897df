/** A job of the example: skein run job.ts. */

import { add, countPrimes } from "./tasks.ts";

const step = 10_000;
const counts = Array.from({ length: 20 }, (_, i) => countPrimes(i * step, (i + 1) * step));
console.log(`${await add(counts).compute()} primes below ${20 * step}`);
