/** Waiting for several futures at once. */

import { describe, InvalidArgumentError, WaitTimeoutError } from "../../errors.js";
import { Handle } from "./handle.js";

export interface WaitOptions {
  /** Until all of them are settled (the default), or the first of them. */
  readonly when?: "all" | "first";
  readonly timeoutMs?: number;
}

export interface Waited<H> {
  /** Those that are settled, well or badly, in the order given. */
  readonly done: readonly H[];
  readonly pending: readonly H[];
}

/**
 * Waits until all futures, or the first of them, are settled. It does not reject when one of them fails: what became
 * of each, its `status` and `result()` say.
 *
 * @throws WaitTimeoutError after `timeoutMs`, InvalidArgumentError.
 */
export async function wait<H extends Handle>(
  handles: Iterable<H>,
  options: WaitOptions = {},
): Promise<Waited<H>> {
  if (!isIterable(handles)) throw wrong("futures", handles, "Give an array or another iterable of futures.");
  const all = [...handles];
  const unknown = Object.keys(options).find((name) => name !== "when" && name !== "timeoutMs");
  if (unknown !== undefined)
    throw wrong(unknown, options[unknown as never], "There is no such option; known are when, timeoutMs.");
  const { when = "all", timeoutMs } = options;
  for (const handle of all) if (!(handle instanceof Handle)) throw wrong("futures", handle, "Give futures.");
  if (when !== "all" && when !== "first") throw wrong("when", when, 'Give "all" or "first".');
  if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0))
    throw wrong("timeoutMs", timeoutMs, "Give a number of milliseconds.");
  const settled = all.map((handle) => handle.settled());
  const enough: Promise<unknown> =
    when === "all" || all.length === 0 ? Promise.all(settled) : Promise.race(settled);
  if (timeoutMs === undefined) await enough;
  else await within(enough, timeoutMs, () => new WaitTimeoutError(countPending(all), all.length, timeoutMs));
  return {
    done: all.filter(({ status }) => status !== "pending"),
    pending: all.filter(({ status }) => status === "pending"),
  };
}

function isIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function wrong(what: string, got: unknown, remedy: string): InvalidArgumentError {
  return new InvalidArgumentError(`wait(futures, options): ${what}`, `got ${describe(got)}`, remedy);
}

function countPending(all: readonly Handle[]): number {
  return all.filter(({ status }) => status === "pending").length;
}

async function within(what: Promise<unknown>, timeoutMs: number, late: () => Error): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), Math.min(timeoutMs, 2 ** 31 - 1));
  });
  try {
    await Promise.race([what, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
