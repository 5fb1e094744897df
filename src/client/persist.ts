/** `persist`: lazy values whose tasks have been run, for going on from there. */

import type { ComputeOptions } from "../collections/runner.js";
import { collectGraph } from "../graph/source.js";
import { splitOptions } from "./compute.js";
import type { WithoutOptions } from "./compute-options.js";
import { collectionsIn, replaceCollections } from "./gather.js";
import { holdGraph } from "./run-graph.js";

/** The same lazy value, or structure of lazy values, standing on its finished results. */
export function persist<const C>(what: C, options?: ComputeOptions): Promise<C>;
/** The same lazy values, computed as one graph. */
export function persist<const W extends readonly [unknown, unknown, ...unknown[]]>(
  ...whatAndOptions: readonly [...what: W, options: ComputeOptions]
): Promise<W>;
export function persist<const W extends readonly [unknown, unknown, ...unknown[]]>(
  ...what: W
): Promise<WithoutOptions<W>>;
/**
 * Runs the tasks of lazy values and gives the same lazy values again, of the same keys and shape, standing on the
 * results: whatever is built on them does not run those tasks again. The results are held for as long as one of
 * the lazy values is; on a cluster (`threads` included) they stay on its workers.
 *
 * @example
 * const parsed = await persist(Bag.fromNdjson("logs/*.ndjson"));
 *
 * @throws as `compute` does.
 */
export async function persist(...args: readonly unknown[]): Promise<unknown> {
  const { what, options } = splitOptions(args, "persist");
  const collections = collectionsIn(what, "persist");
  const keys = [...new Set(collections.flatMap((each) => each.outputs))];
  if (keys.length === 0) return what;
  const graph = collectGraph([...new Set(collections.map((each) => each.source))]);
  const nodes = await holdGraph(graph, keys, options);
  const nodeOf = new Map(keys.map((key, i) => [key, nodes[i]]));
  const persisted = new Map(
    collections.map((each) => {
      const entries = each.outputs.map((key) => [key, nodeOf.get(key)] as const);
      return [each, each.over({ entries, parents: [] })];
    }),
  );
  return replaceCollections(what, (collection) => persisted.get(collection));
}
