/**
 * The last resort against a task that eats the machine's memory outside of its thread's heap: a process that has been
 * above nearly all of its limit for a while ends, and is started again by its supervisor.
 */

import { memoryUsage } from "node:process";

const fraction = 0.95;
const everyMs = 250;
/** Readings in a row above the limit: garbage that is about to be collected is no reason. */
const patience = 4;

/** @param onExceeded called once, with what was used. Gives what ends the watch. */
export function guardMemory(limitBytes: number, onExceeded: (bytes: number) => void): () => void {
  let above = 0;
  const timer = setInterval(() => {
    const bytes = memoryUsage.rss();
    above = bytes > fraction * limitBytes ? above + 1 : 0;
    if (above < patience) return;
    clearInterval(timer);
    onExceeded(bytes);
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
