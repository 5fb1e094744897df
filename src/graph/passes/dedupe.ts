/**
 * Making equal pure tasks one.
 *
 * One sweep, dependencies first: a task is compared by what its references lead to after merging, so equal tasks
 * above equal tasks merge as well. Impure tasks are never merged, nor are tasks with an argument that has no
 * stable form, tasks with different options, and fused tasks.
 */

import { TokenizeError } from "../../errors.js";
import type { Graph } from "../graph.js";
import { topological } from "../order/topological.js";
import { Ref } from "../ref.js";
import type { Task } from "../task.js";
import { replaceReferences } from "./replace.js";
import { Signatures } from "./signature.js";
import { absent, ALIAS, FUSED, PURE, subjectOf, TASK, type Subject } from "./subject.js";

/**
 * `graph` with equal pure tasks made one; `graph` itself when there are none. Of several equal tasks an output
 * stays; other outputs among them become aliases of it.
 *
 * Cost: nothing without pure tasks; else linear in tasks, edges and the size of pure tasks' arguments.
 *
 * @throws MissingKeyError for an output that is not in the graph; InvalidArgumentError.
 */
export function dedupe(graph: Graph, outputs: Iterable<string>): Graph {
  return deduped(subjectOf(graph, outputs, "dedupe"));
}

export function deduped(subject: Subject): Graph {
  const { index, kinds, pinned } = subject;
  const same = (subject.traits & PURE) === 0 ? undefined : representatives(subject);
  if (same === undefined) return subject.graph;
  const { keys, nodes, dep, depStart } = index;

  const toSame = (key: string): string => keys[same[index.idOf.get(key)!]!]!;
  const toRef = (key: string): Ref => new Ref(toSame(key));
  return subject.rebuilt((i) => {
    const isTask = (kinds[i]! & TASK) !== 0;
    if (same[i] !== i) {
      if (pinned[i] === 0) return absent;
      return isTask || (kinds[i]! & ALIAS) !== 0 ? toRef(keys[i]!) : nodes[i];
    }
    if (!isTask || (kinds[i]! & FUSED) !== 0) return nodes[i];
    for (let e = depStart[i]!; e < depStart[i + 1]!; e++) {
      if (same[dep[e]!] !== dep[e]) return replaceReferences(nodes[i] as Task, toRef, toSame);
    }
    return nodes[i];
  });
}

const fewRefs = 8;

/** By entry: the one that stays of those equal to it; undefined when no two tasks are equal. */
function representatives(subject: Subject): Int32Array | undefined {
  const { index, kinds, pinned } = subject;
  const { size, nodes, dep, depStart } = index;
  /** The first, in order, of those equal to an entry. */
  const first = Int32Array.from({ length: size }, (_, i) => i);
  /** By first entry: the one that stays. */
  const stays = first.slice();
  const bySignature = new Map<string, number>();
  let at = 0;
  const signatures = new Signatures((key) => {
    // The few references of most tasks are found among their edges sooner than among all keys.
    const { refs } = nodes[at] as Task;
    const place = refs.length > fewRefs ? -1 : refs.indexOf(key);
    return first[place === -1 ? index.idOf.get(key)! : dep[depStart[at]! + place]!]!;
  });
  let merged = false;
  for (const i of topological(index)) {
    at = i;
    const kind = kinds[i]!;
    if ((kind & ALIAS) !== 0) {
      first[i] = first[dep[depStart[i]!]!]!;
      continue;
    }
    const signature = signatureOf(signatures, kind, nodes[i]);
    if (signature === undefined) continue;
    const equal = bySignature.get(signature);
    if (equal === undefined) {
      bySignature.set(signature, i);
      continue;
    }
    first[i] = equal;
    if (pinned[i] === 1 && pinned[stays[equal]!] === 0) stays[equal] = i;
    merged ||= (kind & TASK) !== 0;
  }
  return merged ? first.map((entry) => stays[entry]!) : undefined;
}

/** Undefined for what is never merged. */
function signatureOf(signatures: Signatures, kind: number, node: unknown): string | undefined {
  if ((kind & TASK) === 0) return signatures.ofData(node);
  if ((kind & (PURE | FUSED)) !== PURE) return undefined;
  try {
    return signatures.ofTask(node as Task);
  } catch (error) {
    if (error instanceof TokenizeError) return undefined;
    throw error;
  }
}
