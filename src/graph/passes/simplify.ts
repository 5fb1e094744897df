/**
 * Taking out what only passes a value on: aliases, and tasks that give back their one argument.
 *
 * Who refers to such an entry, by data or control edge, refers to what it stands for afterwards. Outputs and what
 * fused tasks need stay, as aliases that lead straight to their target. Aliases on or behind a cycle stay as they
 * are.
 */

import type { Graph } from "../graph.js";
import { topological } from "../order/topological.js";
import { Ref } from "../ref.js";
import type { Task } from "../task.js";
import { Identities } from "./identity.js";
import { replaceReferences } from "./replace.js";
import { absent, ALIAS, FUSED, subjectOf, TASK, type Subject } from "./subject.js";

/**
 * `graph` without aliases and identities (`(x) => x` of one reference), other than outputs; `graph` itself when
 * there is nothing to take out. An identity that has control edges, or options on how to run it, stays.
 *
 * Cost: linear in tasks and edges.
 *
 * @throws MissingKeyError for an output that is not in the graph; InvalidArgumentError.
 */
export function simplify(graph: Graph, outputs: Iterable<string>): Graph {
  return simplified(subjectOf(graph, outputs, "simplify"));
}

export function simplified(subject: Subject): Graph {
  const target = targetsOf(subject);
  if (target === undefined) return subject.graph;
  const { index, kinds, pinned } = subject;
  const { size, keys, nodes, dep, depStart } = index;

  const toTarget = (key: string): string => keys[target[index.idOf.get(key)!]!]!;
  const toRef = (key: string): Ref => new Ref(toTarget(key));
  const next = nodes.slice();
  let changed = false;
  const change = (i: number, node: unknown): void => {
    next[i] = node;
    changed = true;
  };
  for (let i = 0; i < size; i++) {
    const node = nodes[i];
    if (target[i] !== i) {
      if (pinned[i] === 0) change(i, absent);
      else if (!(node instanceof Ref) || dep[depStart[i]!] !== target[i]) change(i, toRef(keys[i]!));
    } else if ((kinds[i]! & (TASK | FUSED)) === TASK) {
      for (let e = depStart[i]!; e < depStart[i + 1]!; e++) {
        if (target[dep[e]!] === dep[e]) continue;
        change(i, replaceReferences(node as Task, toRef, toTarget));
        break;
      }
    }
  }
  return changed ? subject.rebuilt((i) => next[i]) : subject.graph;
}

/** What each entry stands for in the end, most for themselves; undefined when all do. */
function targetsOf(subject: Subject): Int32Array | undefined {
  const { index } = subject;
  const { size, dep, depStart } = index;
  const passing = passingOn(subject);
  if (passing === undefined) return undefined;
  const target = Int32Array.from({ length: size }, (_, i) => i);
  for (const i of topological(index)) {
    if (passing[i] === 0) continue;
    const first = target[dep[depStart[i]!]!]!;
    let waits = false;
    // Waiting for what it passes on anyway does not keep an identity.
    for (let e = depStart[i]! + 1; e < depStart[i + 1]!; e++) waits ||= target[dep[e]!] !== first;
    if (!waits) target[i] = first;
  }
  return target;
}

/** 1 for aliases and identities; undefined when there are none. */
function passingOn(subject: Subject): Uint8Array | undefined {
  const { kinds, index } = subject;
  const { size, nodes, depStart, dataEnd } = index;
  const identities = new Identities();
  let passing: Uint8Array | undefined;
  for (let i = 0; i < size; i++) {
    if (dataEnd[i]! - depStart[i]! !== 1) continue;
    if ((kinds[i]! & ALIAS) === 0 && !identities.has(nodes[i] as Task)) continue;
    passing ??= new Uint8Array(size);
    passing[i] = 1;
  }
  return passing;
}
