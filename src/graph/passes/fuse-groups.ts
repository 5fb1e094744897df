/**
 * Which tasks are fused into which.
 *
 * A task can only go into the one task that depends on it, so the candidates form a forest. Tasks are met after all
 * they need, and each takes in all of the candidates below it, or none. What is taken in has no other way out, so
 * fusing never makes a cycle. Once a group has a single input, which nobody else needs, that is taken in as well.
 *
 * A group is measured in levels. A task that takes in one other and needs nothing more joins its level (a chain is
 * one level, however long); any other task is a level of its own above what it takes in.
 */

import { topological } from "../order/topological.js";
import type { Task } from "../task.js";
import { mayJoin } from "./settings.js";
import { TASK, type Subject } from "./subject.js";

export interface FuseOptions {
  /**
   * Reductions fuse while `(tasks + fudge) / levels` of what is below the reducing task is at most this: the
   * parallelism that may be given up. Default 1: none.
   */
  readonly aveWidth?: number;
  /** The most branches a fused reduction may have side by side. Default: any number. */
  readonly maxWidth?: number;
  /** The most levels a fused reduction may have. Default: any number. */
  readonly maxHeight?: number;
  /**
   * As how many tasks an input from outside counts that only a part of the group waits for: fusing makes all of
   * it wait. Default 1.
   */
  readonly fudge?: number;
}

/** No task. */
export const none = -1;
/** More than one, or not known. */
const several = -2;

/** What is fused into what. */
export interface Groups {
  /** By task: the one it goes into, or -1. */
  readonly into: Int32Array;
  /** By task: the one among those that go into it that comes before all others in its group, or -1. */
  readonly head: Int32Array;
}

/** Undefined when nothing is fused. */
export function groupTasks(subject: Subject, options: FuseOptions): Groups | undefined {
  const limits: Required<FuseOptions> = {
    aveWidth: options.aveWidth ?? 1,
    maxWidth: options.maxWidth ?? Infinity,
    maxHeight: options.maxHeight ?? Infinity,
    fudge: options.fudge ?? 1,
  };
  const candidates = candidateParents(subject, limits);
  return candidates === undefined ? undefined : new Grouping(subject, candidates, limits).run();
}

/** By task: the only task that needs it, where it may go into that. Undefined when that is nowhere. */
function candidateParents(subject: Subject, limits: Required<FuseOptions>): Int32Array | undefined {
  const { index, kinds, wanted } = subject;
  const { size, nodes, dep, dependentStart, dependent } = index;
  if (dep.length === 0) return undefined;
  const parent = new Int32Array(size).fill(none);
  const branches = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const at = dependentStart[i]!;
    if (dependentStart[i + 1]! - at !== 1 || wanted[i] === 1) continue;
    const needs = dependent[at]!;
    if ((kinds[i]! & kinds[needs]! & TASK) === 0 || !mayJoin(nodes[i] as Task, nodes[needs] as Task))
      continue;
    parent[i] = needs;
    branches[needs]!++;
  }
  // Two branches hold more tasks than they have levels: with the usual width they need not be looked at.
  const most = limits.aveWidth <= 1 ? 1 : size;
  let some = false;
  for (let i = 0; i < size; i++) {
    if (parent[i] === none) continue;
    if (branches[parent[i]!]! > most) parent[i] = none;
    else some = true;
  }
  return some ? parent : undefined;
}

class Grouping {
  readonly #subject: Subject;
  readonly #candidate: Int32Array;
  readonly #limits: Required<FuseOptions>;
  readonly #into: Int32Array;
  readonly #head: Int32Array;
  // Measures of the group that ends in each task.
  readonly #tasks: Int32Array;
  readonly #levels: Int32Array;
  readonly #width: Int32Array;
  readonly #fudge: Float64Array;
  /** The one entry outside that the group needs, or `none`, or `several`; and how many edges lead there. */
  readonly #input: Int32Array;
  readonly #uses: Int32Array;
  #some = false;

  constructor(subject: Subject, candidate: Int32Array, limits: Required<FuseOptions>) {
    const { size } = subject.index;
    this.#subject = subject;
    this.#candidate = candidate;
    this.#limits = limits;
    this.#into = new Int32Array(size).fill(none);
    this.#head = new Int32Array(size).fill(none);
    this.#tasks = new Int32Array(size);
    this.#levels = new Int32Array(size);
    this.#width = new Int32Array(size);
    this.#fudge = new Float64Array(size);
    this.#input = new Int32Array(size);
    this.#uses = new Int32Array(size);
  }

  /** Tasks on a cycle have no place in the order, and stay alone. */
  run(): Groups | undefined {
    const reduces = new Uint8Array(this.#into.length);
    for (const parent of this.#candidate) if (parent !== none) reduces[parent] = 1;
    for (const i of topological(this.#subject.index)) {
      if (reduces[i] === 1) this.#settle(i);
      else this.#begin(i);
    }
    return this.#some ? { into: this.#into, head: this.#head } : undefined;
  }

  /** A group of task `i` alone. */
  #begin(i: number): void {
    const { dep, depStart } = this.#subject.index;
    this.#tasks[i] = 1;
    this.#levels[i] = 1;
    this.#width[i] = 1;
    this.#fudge[i] = 0;
    this.#clearInput(i);
    for (let e = depStart[i]!; e < depStart[i + 1]!; e++) this.#addInput(i, dep[e]!, 1);
  }

  /** Lets task `i` take in all its candidates, or begins a group with it. */
  #settle(i: number): void {
    const { dep, depStart } = this.#subject.index;
    const [start, end] = [depStart[i]!, depStart[i + 1]!];
    if (end === start + 1) {
      this.#extend(i, dep[start]!);
      return;
    }
    const below: number[] = [];
    const others: number[] = [];
    for (let e = start; e < end; e++) {
      (this.#candidate[dep[e]!] === i ? below : others).push(dep[e]!);
    }
    const taken =
      below.length === 1 ? this.#takeOne(i, below[0]!, others) : this.#takeSeveral(i, below, others);
    if (!taken) {
      this.#begin(i);
      return;
    }
    this.#some = true;
    this.#clearInput(i);
    for (const task of below) {
      this.#into[task] = i;
      this.#addInput(i, this.#input[task]!, this.#uses[task]!);
    }
    for (const other of others) this.#addInput(i, other, 1);
    this.#takeInput(i);
  }

  /** Lets task `i`, which needs nothing else, join the group below. */
  #extend(i: number, below: number): void {
    this.#some = true;
    this.#into[below] = i;
    this.#measure(i, this.#tasks[below]!, this.#levels[below]!, this.#width[below]!, this.#fudge[below]!);
    this.#input[i] = this.#input[below]!;
    this.#uses[i] = this.#uses[below]!;
  }

  #takeOne(i: number, below: number, others: readonly number[]): boolean {
    const tasks = this.#tasks[below]!;
    const levels = this.#levels[below]!;
    const width = this.#width[below]!;
    // An input that the group below waits for anyway costs nothing.
    const isNew = others.some((other) => other !== this.#input[below]);
    const fudge = this.#fudge[below]! + (isNew ? this.#limits.fudge : 0);
    const level = isNew ? 1 : 0;
    if (!this.#isNarrow(tasks + fudge, levels, width, level)) return false;
    if (isNew && !this.#mayWait(levels)) return false;
    this.#measure(i, tasks + level, levels + level, width, fudge);
    return true;
  }

  #takeSeveral(i: number, below: readonly number[], others: readonly number[]): boolean {
    let [tasks, levels, width, fudge] = [0, 0, 0, 0];
    const inputs = new Set<number>();
    let unlike = 0;
    for (const branch of below) {
      tasks += this.#tasks[branch]!;
      levels = Math.max(levels, this.#levels[branch]!);
      width += this.#width[branch]!;
      fudge += this.#fudge[branch]!;
      const input = this.#input[branch]!;
      if (input === several) unlike++;
      else if (input !== none) inputs.add(input);
    }
    // Branches that wait for different inputs could have begun at different times.
    fudge += Math.max(0, inputs.size + unlike - 1) * this.#limits.fudge;
    const isNew = others.some((other) => !inputs.has(other));
    if (isNew) fudge += this.#limits.fudge;
    if (!this.#isNarrow(tasks + fudge, levels, width, 1)) return false;
    if (isNew && !this.#mayWait(levels)) return false;
    this.#measure(i, tasks + 1, levels + 1, width, fudge);
    return true;
  }

  /** Takes in the group's only input when nobody outside the group needs it: that makes a chain of the two. */
  #takeInput(i: number): void {
    const { index, kinds, wanted } = this.#subject;
    const { nodes, dependentStart } = index;
    const input = this.#input[i]!;
    if (input < 0 || this.#uses[i] !== dependentStart[input + 1]! - dependentStart[input]!) return;
    if ((kinds[input]! & TASK) === 0 || wanted[input] === 1) return;
    if (!mayJoin(nodes[input] as Task, nodes[i] as Task)) return;
    this.#into[input] = i;
    this.#head[i] = input;
    if (this.#tasks[input]! > 1) {
      const width = Math.max(this.#width[i]!, this.#width[input]!);
      const [tasks, levels] = [
        this.#tasks[i]! + this.#tasks[input]!,
        this.#levels[i]! + this.#levels[input]!,
      ];
      this.#measure(i, tasks, levels, width, this.#fudge[i]! + this.#fudge[input]!);
    }
    this.#input[i] = this.#input[input]!;
    this.#uses[i] = this.#uses[input]!;
  }

  #measure(i: number, tasks: number, levels: number, width: number, fudge: number): void {
    this.#tasks[i] = tasks;
    this.#levels[i] = levels;
    this.#width[i] = width;
    this.#fudge[i] = fudge;
  }

  #clearInput(i: number): void {
    this.#input[i] = none;
    this.#uses[i] = 0;
  }

  #addInput(i: number, input: number, uses: number): void {
    if (input === none) return;
    if (this.#input[i] === none) this.#input[i] = input;
    else if (this.#input[i] !== input) this.#input[i] = several;
    this.#uses[i]! += uses;
  }

  #isNarrow(tasks: number, levels: number, width: number, more: number): boolean {
    const { aveWidth, maxWidth, maxHeight } = this.#limits;
    return tasks / levels <= aveWidth && width <= maxWidth && levels + more <= maxHeight;
  }

  /** Whether a group so high may be made to wait for one more input: the deeper it is, the more would wait. */
  #mayWait(levels: number): boolean {
    return levels < 1.5 * this.#limits.aveWidth;
  }
}
