/** A task module for tests: what its tasks use besides their arguments lives in this module. */

import { currentTask, defineTask, type Delayed } from "../../src/index.js";

const factor = 3;

export const triple = defineTask(import.meta.url, "triple", (x: number) => x * factor);

export const about = defineTask(import.meta.url, "about", () => {
  const { key, attempt, fence, signal, log, progress } = currentTask();
  log.debug("looking at myself", { attempt });
  progress(1, 2);
  return { key, attempt, hasFence: typeof fence === "number", aborted: signal.aborted };
});

/** Launches tasks that launch tasks. */
export const fib: Delayed<readonly [number], Promise<number>> = defineTask(
  import.meta.url,
  "fib",
  async (n: number): Promise<number> => {
    if (n < 2) return n;
    const client = currentTask().client();
    const [a, b] = await client.gather([client.submit(fib, n - 1), client.submit(fib, n - 2)]);
    return a + b;
  },
);

export const launched = defineTask(import.meta.url, "launched", async (x: number) => {
  const client = currentTask().client();
  const lazy = await client.compute(triple(x));
  const future = client.submit(triple, lazy);
  return { lazy, value: await future, status: future.status };
});

/** Leaves the futures of what it launches behind. */
export const careless = defineTask(import.meta.url, "careless", async (n: number) => {
  const client = currentTask().client();
  return client.gather(
    client.map(
      triple,
      Array.from({ length: n }, (_, i) => i),
    ),
  );
});

/** Gets as far as three of ten, and waits to be told to stop. */
export const counting = defineTask(import.meta.url, "counting", () => {
  const { signal, progress } = currentTask();
  progress(2, 10);
  progress(3, 10);
  return new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });
});

/** Does not know how far it is. */
export const vague = defineTask(import.meta.url, "vague", () => currentTask().progress(Number.NaN, 5));

/** Watches its signal. */
export const patient = defineTask(import.meta.url, "patient", (flags: SharedArrayBuffer | Int32Array) => {
  const { signal } = currentTask();
  return new Promise<string>((resolve, reject) => {
    void flags;
    signal.addEventListener("abort", () => reject(signal.reason as Error));
    setTimeout(() => resolve("never told"), 60_000);
  });
});

/** Leaves a child behind that nobody waits for. */
export const orphaning = defineTask(import.meta.url, "orphaning", (ms: number) => {
  const client = currentTask().client();
  const pause = async (wait: number): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, wait));
  };
  const child = client.submit(pause, ms, { workers: ["w2"] });
  // Reachable for as long as the thread lives: garbage collection has no part in this.
  Object.assign(globalThis, { child });
  return child.key;
});

export const notATask = (x: number): number => x;
