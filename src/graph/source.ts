/**
 * Graphs that share structure. A lazy value knows only its own tasks and the sources they came from; the graph is
 * put together once, when it is asked for. So building a chain of a million links costs a million small steps,
 * not a million merges.
 */

import { addNode } from "./add-node.js";
import { Graph } from "./graph.js";

export interface GraphSource {
  /** The tasks this source adds. */
  readonly entries: Iterable<readonly [string, unknown]>;
  /** Where the tasks it refers to come from. */
  readonly parents: readonly GraphSource[];
}

/**
 * One graph of all tasks reachable from `sources`, each source visited once, dependencies first.
 *
 * @throws DuplicateKeyError when two sources give one key different tasks.
 */
export function collectGraph(sources: readonly GraphSource[]): Graph {
  const nodes = new Map<string, unknown>();
  const seen = new Set<GraphSource>();
  // A source is pushed twice: when met, and below its parents, to be added once they are in.
  const stack: { source: GraphSource; ready: boolean }[] = [];
  for (let i = sources.length - 1; i >= 0; i--)
    stack.push({ source: sources[i] as GraphSource, ready: false });
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { source, ready } = top;
    if (ready) {
      for (const [key, node] of source.entries) addNode(nodes, key, node);
      continue;
    }
    if (seen.has(source)) continue;
    seen.add(source);
    stack.push({ source, ready: true });
    for (let i = source.parents.length - 1; i >= 0; i--) {
      const parent = source.parents[i] as GraphSource;
      if (!seen.has(parent)) stack.push({ source: parent, ready: false });
    }
  }
  return Graph.fromNodes(nodes);
}
