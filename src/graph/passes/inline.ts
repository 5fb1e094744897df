/** Repeating what is cheap inside each task that needs it, instead of handing its result around. */

import type { Graph } from "../graph.js";
import { checkOptions } from "./check-options.js";
import { InlineBodies } from "./inline-bodies.js";
import { chooseInlined, type InlineOptions } from "./inline-choice.js";
import { absent, FUSED, subjectOf, TASK, type Subject } from "./subject.js";

/**
 * `graph` with cheap entries repeated inside their dependents; `graph` itself when there are none. Inlined are
 * the entries named by `keys` or chosen by `predicate`, and when neither is given, tasks marked
 * `.with({ inline: true })` and small data (numbers, booleans, short strings, null).
 *
 * Data takes the place of the references to it. A task becomes a part of each of its dependents, which become
 * fused tasks. Both stay under their own key only where an output or an alias needs it. What may not be repeated
 * is left as it is, also when it was named: an impure task with several dependents that is not marked inline, a
 * task that others wait for by a control edge, and one to be run otherwise than a dependent.
 *
 * Cost: linear in tasks, edges and what is repeated.
 *
 * @throws MissingKeyError for an output or one of `keys` that is not in the graph; InvalidArgumentError.
 */
export function inline(graph: Graph, outputs: Iterable<string>, options: InlineOptions = {}): Graph {
  checkInlineOptions(options);
  return inlined(subjectOf(graph, outputs, "inline"), options);
}

export function checkInlineOptions(options: InlineOptions): void {
  checkOptions("inline", options, {
    keys: [(v) => typeof v === "object" && v !== null && Symbol.iterator in v, "an iterable of keys"],
    predicate: [(v) => typeof v === "function", "a function (key, task) => boolean"],
  });
}

export function inlined(subject: Subject, options: InlineOptions): Graph {
  const choice = chooseInlined(subject, options);
  if (choice === undefined) return subject.graph;
  const { kinds, index } = subject;
  const bodies = new InlineBodies(subject, choice.inlined);
  return subject.rebuilt((i) => {
    if (choice.inlined[i] === 1 && choice.stays[i] === 0) return absent;
    return (kinds[i]! & (TASK | FUSED)) === TASK ? bodies.of(i) : index.nodes[i];
  });
}
