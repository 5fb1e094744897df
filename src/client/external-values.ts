/** Values that one cluster holds, in graphs that run elsewhere. */

import type { GraphRunner } from "../executor/graph-runner.js";
import { External } from "../graph/external.js";
import { Graph } from "../graph/graph.js";
import { Quoted } from "../graph/ref.js";
import { Handle } from "./cluster/handle.js";

/**
 * The graph as `runner` can run it: values held where it cannot refer to them are fetched, and stand in it themselves.
 *
 * @throws the error of a value that failed.
 */
export async function withinReach(graph: Graph, runner: GraphRunner): Promise<Graph> {
  const { keys, nodes } = graph.index();
  const handles = new Map<string, Handle>();
  for (const [i, node] of nodes.entries()) {
    if (!(node instanceof External) || !(node.handle instanceof Handle)) continue;
    if (runner.reaches?.(node.handle) !== true) handles.set(keys[i] as string, node.handle);
  }
  if (handles.size === 0) return graph;
  const values = new Map<string, unknown>();
  await Promise.all([...handles].map(async ([key, handle]) => values.set(key, await handle.result())));
  const fetched = new Map<string, unknown>();
  for (const [i, key] of keys.entries())
    fetched.set(key, values.has(key) ? new Quoted(values.get(key), true) : nodes[i]);
  return Graph.fromNodes(fetched);
}
