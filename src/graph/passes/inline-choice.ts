/**
 * What is inlined.
 *
 * Never: what others wait for by a control edge, since they would wait for one copy of several; an impure task
 * that would run more than once, unless it is marked inline; a task to be run otherwise than one of its
 * dependents; what a fused task needs; tasks on a cycle; and a task that would be repeated together with more
 * than `largestRepeated` others, which bounds how far a graph can grow.
 */

import { idsOf } from "../graph-index.js";
import { topological } from "../order/topological.js";
import type { Task } from "../task.js";
import { mayJoin } from "./settings.js";
import { ALIAS, CHEAP, FUSED, INLINE, PURE, TASK, type Subject } from "./subject.js";

export interface InlineOptions {
  /** The keys of what is to be inlined. */
  readonly keys?: Iterable<string>;
  /** Whether what stands under `key` (a Task, or data) is to be inlined. */
  readonly predicate?: (key: string, node: unknown) => boolean;
}

export interface InlineChoice {
  /** 1 for entries that are put into all their dependents but aliases. */
  readonly inlined: Uint8Array;
  /** 1 for entries that must keep their own key. */
  readonly stays: Uint8Array;
}

/** How many tasks one that is repeated may bring, itself included. */
const largestRepeated = 64;

/** Undefined when nothing is inlined. */
export function chooseInlined(subject: Subject, options: InlineOptions): InlineChoice | undefined {
  const inlined = candidates(subject, options);
  if (inlined === undefined) return undefined;
  const stays = subject.wanted.slice();
  const controlled = waitedFor(subject);
  const copies = new Int32Array(inlined.length);
  let [some, tasks] = [false, false];
  for (let i = 0; i < inlined.length; i++) {
    if (inlined[i] === 0) continue;
    copies[i] = controlled[i] === 1 ? 0 : copiesOf(subject, i, stays);
    if (copies[i] === 0) inlined[i] = 0;
    else some = true;
    tasks ||= copies[i]! > 0 && (subject.kinds[i]! & TASK) !== 0;
  }
  if (tasks) some = dropLarge(subject, inlined, copies);
  return some ? { inlined, stays } : undefined;
}

/** What was asked for, allowed or not. */
function candidates(subject: Subject, options: InlineOptions): Uint8Array | undefined {
  const { index, kinds } = subject;
  const { keys, predicate } = options;
  if (keys === undefined && predicate === undefined) {
    const marked = INLINE | CHEAP;
    if ((subject.traits & marked) === 0) return undefined;
    return kinds.map((kind) => ((kind & marked) === 0 ? 0 : 1));
  }
  const asked = new Uint8Array(index.size);
  for (const id of idsOf(index, keys ?? [])) asked[id] = 1;
  if (predicate !== undefined) {
    for (let i = 0; i < index.size; i++) if (predicate(index.keys[i]!, index.nodes[i])) asked[i] = 1;
  }
  return asked;
}

/** 1 for what a control edge leads to. */
function waitedFor(subject: Subject): Uint8Array {
  const { size, dep, depStart, dataEnd } = subject.index;
  const controlled = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    for (let e = dataEnd[i]!; e < depStart[i + 1]!; e++) controlled[dep[e]!] = 1;
  }
  return controlled;
}

/** How many of entry `i` there will be; 0 when it may not be inlined. Marks it when it must stay as well. */
function copiesOf(subject: Subject, i: number, stays: Uint8Array): number {
  const { kinds, index } = subject;
  const { nodes, dependentStart, dependent } = index;
  const kind = kinds[i]!;
  if ((kind & (ALIAS | FUSED)) !== 0) return 0;
  let inside = 0;
  for (let e = dependentStart[i]!; e < dependentStart[i + 1]!; e++) {
    const needs = dependent[e]!;
    if ((kinds[needs]! & FUSED) !== 0) return 0;
    if ((kinds[needs]! & ALIAS) !== 0) stays[i] = 1;
    else if ((kind & TASK) !== 0 && !mayJoin(nodes[i] as Task, nodes[needs] as Task)) return 0;
    else inside++;
  }
  if (inside === 0) return 0;
  const copies = inside + stays[i]!;
  const repeatable = (kind & TASK) === 0 || (kind & (PURE | INLINE)) !== 0;
  return copies === 1 || repeatable ? copies : 0;
}

/** Takes tasks out that would bring too many others along, or are on a cycle. Whether anything is left. */
function dropLarge(subject: Subject, inlined: Uint8Array, copies: Int32Array): boolean {
  const { kinds, index } = subject;
  const { size, dep, depStart } = index;
  const inlinedTask = (i: number): boolean => inlined[i] === 1 && (kinds[i]! & TASK) !== 0;
  // By inlined task: how many it consists of, at most. Parts reached on several ways count several times, and what
  // must run once is too much for any repetition.
  const weight = new Float64Array(size);
  for (const i of topological(index)) {
    if (!inlinedTask(i)) continue;
    let sum = (kinds[i]! & (PURE | INLINE)) === 0 ? Infinity : 1;
    for (let e = depStart[i]!; e < depStart[i + 1]!; e++) sum += weight[dep[e]!]!;
    if (sum <= largestRepeated || copies[i]! < 2) weight[i] = sum;
    else inlined[i] = 0;
  }
  let some = false;
  for (let i = 0; i < size; i++) {
    if (inlinedTask(i) && weight[i] === 0) inlined[i] = 0;
    some ||= inlined[i] === 1;
  }
  return some;
}
