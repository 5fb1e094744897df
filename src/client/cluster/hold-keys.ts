/** Waiting until keys are finished, and holding their values where they are. */

import { CancelledError } from "../../errors.js";
import { External } from "../../graph/external.js";
import type { Keys } from "./keys.js";

/**
 * What stands for each of `keys` in later graphs, once all are finished.
 *
 * @throws the first error, or CancelledError when `signal` is aborted; nothing is held then.
 */
export async function heldOnCluster(
  keys: Keys,
  wanted: readonly string[],
  signal: AbortSignal | undefined,
): Promise<External[]> {
  const handles = wanted.map((key) => keys.handle(key));
  try {
    await orAborted(Promise.all(wanted.map((key) => keys.finished(key))), signal);
  } catch (error) {
    for (const handle of handles) handle.release();
    throw error;
  }
  return handles.map((handle) => new External(handle.key, handle));
}

async function orAborted(what: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return void (await what);
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new CancelledError("The computation", signal.reason));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    await Promise.race([what, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
