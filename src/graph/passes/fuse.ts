/** Running several tasks as one, where nothing is lost by it: less to schedule, and nothing to hand around. */

import type { Graph } from "../graph.js";
import { checkOptions } from "./check-options.js";
import { FuseBodies } from "./fuse-bodies.js";
import { groupTasks, type FuseOptions } from "./fuse-groups.js";
import { absent, subjectOf, type Subject } from "./subject.js";

/**
 * `graph` with linear chains, and narrow reductions, as single tasks; `graph` itself when there are none.
 *
 * A task is fused into the one task that needs it. Linear chains (one needs, one is needed) always fuse. A task
 * with several inputs takes in those that nobody else needs while what is below it is narrow on average; see
 * {@link FuseOptions}. Outputs, tasks needed twice, and tasks that are to be run in different ways stay apart.
 *
 * Cost: linear in tasks and edges. After `fuse` in Dask's optimisation, which measures reductions in this way.
 *
 * @throws MissingKeyError for an output that is not in the graph; InvalidArgumentError.
 */
export function fuse(graph: Graph, outputs: Iterable<string>, options: FuseOptions = {}): Graph {
  checkFuseOptions(options);
  return fusedGraph(subjectOf(graph, outputs, "fuse"), options);
}

export function checkFuseOptions(options: FuseOptions): void {
  const amount = [(v: unknown) => typeof v === "number" && v >= 0, "a number, 0 or more"] as const;
  checkOptions("fuse", options, { aveWidth: amount, maxWidth: amount, maxHeight: amount, fudge: amount });
}

export function fusedGraph(subject: Subject, options: FuseOptions): Graph {
  const groups = groupTasks(subject, options);
  if (groups === undefined) return subject.graph;
  const bodies = new FuseBodies(subject, groups);
  const next = subject.index.nodes.slice();
  let changed = false;
  for (let root = 0; root < next.length; root++) {
    if (!bodies.isRoot(root)) continue;
    const members = bodies.membersOf(root);
    const fused = bodies.fusedFrom(members);
    if (fused === undefined) continue;
    for (const member of members) next[member] = absent;
    next[root] = fused;
    changed = true;
  }
  return changed ? subject.rebuilt((i) => next[i]) : subject.graph;
}
