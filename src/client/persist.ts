/** `persist`: lazy values whose tasks have been run, for going on from there. */

import type { ComputeOptions } from "../collections/runner.js";
import { finishedSource } from "../collections/collection.js";
import { outputsOf, splitOptions } from "./compute.js";
import { collectionsIn, replaceCollections } from "./gather.js";

/** The same lazy value, or structure of lazy values, standing on its finished results. */
export function persist<const C>(what: C, options?: ComputeOptions): Promise<C>;
/** The same lazy values, computed as one graph. */
export function persist<const W extends readonly [unknown, unknown, ...unknown[]]>(
  ...whatAndOptions: readonly [...what: W, options: ComputeOptions]
): Promise<W>;
export function persist<const W extends readonly [unknown, unknown, ...unknown[]]>(...what: W): Promise<W>;
/**
 * Runs the tasks of lazy values and gives the same lazy values again, of the same keys and shape, standing on the
 * results: whatever is built on them does not run those tasks again. The results are held for as long as one of
 * the lazy values is.
 *
 * @example
 * const parsed = await persist(Bag.fromNdjson("logs/*.ndjson"));
 *
 * @throws as `compute` does.
 */
export async function persist(...args: readonly unknown[]): Promise<unknown> {
  const { what, options } = splitOptions(args, "persist");
  const collections = collectionsIn(what, "persist");
  const results = await outputsOf(collections, options);
  const persisted = new Map(
    collections.map((each) => [
      each,
      each.over(
        finishedSource(
          each.outputs,
          each.outputs.map((key) => results.get(key)),
        ),
      ),
    ]),
  );
  return replaceCollections(what, (collection) => persisted.get(collection));
}
