/** Keeping only what the outputs need. */

import type { Graph } from "../graph.js";
import { absent, subjectOf, type Subject } from "./subject.js";

/**
 * The part of `graph` that the outputs need, by data or control edges; `graph` itself when that is all of it.
 *
 * Cost: linear in the tasks and edges that are needed.
 *
 * @throws MissingKeyError for an output that is not in the graph; InvalidArgumentError.
 */
export function cull(graph: Graph, outputs: Iterable<string>): Graph {
  return culled(subjectOf(graph, outputs, "cull"));
}

export function culled(subject: Subject): Graph {
  const { size, dep, depStart, nodes } = subject.index;
  const needed = subject.wanted.slice();
  const stack = new Int32Array(size);
  let top = 0;
  for (let i = 0; i < size; i++) if (needed[i] === 1) stack[top++] = i;
  let found = top;
  while (top > 0 && found < size) {
    const i = stack[--top]!;
    for (let e = depStart[i]!; e < depStart[i + 1]!; e++) {
      const needs = dep[e]!;
      if (needed[needs] === 1) continue;
      needed[needs] = 1;
      stack[top++] = needs;
      found++;
    }
  }
  return found === size ? subject.graph : subject.rebuilt((i) => (needed[i] === 1 ? nodes[i] : absent));
}
