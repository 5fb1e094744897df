/** Running several tasks as one, where nothing is lost by it: less to schedule, and nothing to hand around. */

import type { Graph } from "../graph.js";
import type { Task } from "../task.js";
import { checkOptions } from "./check-options.js";
import { groupTasks, type FuseOptions, type Groups } from "./fuse-groups.js";
import { fusedOf, type Fused } from "./fused.js";
import { joinedParts } from "./joined-parts.js";
import { fusedOptions } from "./settings.js";
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
  const { into } = groups;
  const { size, nodes, dep, depStart } = subject.index;
  const next = nodes.slice();
  let changed = false;
  for (let root = 0; root < size; root++) {
    if (into[root] !== alone) continue;
    let takesIn = false;
    for (let e = depStart[root]!; e < depStart[root + 1]! && !takesIn; e++) takesIn = into[dep[e]!] === root;
    if (!takesIn) continue;
    const members = membersOf(subject, groups, root);
    const fused = fusedFrom(subject, members);
    if (fused === undefined) continue;
    for (const member of members) next[member] = absent;
    next[root] = fused;
    changed = true;
  }
  return changed ? subject.rebuilt((i) => next[i]) : subject.graph;
}

const alone = -1;

/** The tasks that go into `root`, dependencies first, and `root`. */
function membersOf(subject: Subject, { into, head }: Groups, root: number): number[] {
  const { dep, depStart } = subject.index;
  const members: number[] = [];
  const stack = [root];
  // In reverse: each task is met before those that go into it, its head after all others of them.
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    members.push(at);
    const first = head[at]!;
    if (first !== alone) stack.push(first);
    for (let e = depStart[at]!; e < depStart[at + 1]!; e++) {
      const needs = dep[e]!;
      if (into[needs] === at && needs !== first) stack.push(needs);
    }
  }
  return members.reverse();
}

function fusedFrom(subject: Subject, members: readonly number[]): Fused | undefined {
  const { keys, nodes } = subject.index;
  const parts = joinedParts(members.map((id) => ({ key: keys[id]!, task: nodes[id] as Task })));
  return parts === undefined ? undefined : fusedOf(parts, { options: fusedOptions(parts) });
}
