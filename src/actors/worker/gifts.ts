/**
 * What a worker that was given up leaves to the incarnation in its place: its finished results. They may have been made
 * again elsewhere meanwhile, so they are offered to the scheduler, which takes what is wanted and nowhere else, and has
 * the rest freed. Runs are not left to anybody: they were given away.
 */

import type { Gift } from "./gift.js";
import type { WorkerState } from "./state.js";

/**
 * Every value held, and the small results that nobody may have heard of. Whether a value may be used is for the
 * scheduler to say: a worker does not know whether what it has fetched is pure.
 */
export function giftsOf(state: WorkerState): Gift[] {
  const gifts: Gift[] = [];
  const held = new Set<number>();
  for (const { run, key, nbytes, listed } of state.values.all()) {
    if (!listed || key === "") continue;
    held.add(run);
    gifts.push({ run, key, nbytes });
  }
  for (const gift of state.unheard.gifts()) if (!held.has(gift.run)) gifts.push(gift);
  return gifts;
}
