/** What there is to draw among the exports of a job. */

import { collectionsIn } from "../../client/gather.js";
import { Graph } from "../../graph/graph.js";
import { collectGraph } from "../../graph/source.js";
import type { Exports } from "./load-job.js";
import { isComputable, leavesOf } from "./show-exports.js";

export interface Drawable {
  readonly graph: Graph;
  /** The keys whose results are wanted. */
  readonly keys: readonly string[];
}

/**
 * The default export, else all named exports that are lazy values, structures of them, or graphs, as one graph.
 * Nothing when the default is a function, or there is no such export.
 */
export function exportedGraph(exports: Exports): Drawable | undefined {
  const { default: main, ...named } = exports;
  if (isComputable(main)) return drawableOf([main]);
  if (typeof main === "function") return undefined;
  const values = Object.values(named).filter(isComputable);
  return values.length === 0 ? undefined : drawableOf(values);
}

function drawableOf(values: readonly unknown[]): Drawable {
  const graphs = values.filter((value) => value instanceof Graph);
  const collections = collectionsIn(
    values.filter((value) => !(value instanceof Graph)),
    "export",
  );
  let graph = collectGraph([...new Set(collections.map((each) => each.source))]);
  for (const each of graphs) graph = graph.merge(each);
  const keys = [...collections.flatMap((each) => each.outputs), ...graphs.flatMap(leavesOf)];
  return { graph, keys: [...new Set(keys)] };
}
