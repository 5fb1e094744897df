/**
 * What runs next, and what may be forgotten: the deciding half of the `sync` scheduler. It owns the results. No
 * clock, promise or function call in it; a caller takes a task with `next`, calls it with `argumentsOf`, and
 * reports with `finish` or `again`.
 *
 * Invariants:
 *  1. Only what an output needs is ever given out, and only when all it needs has finished.
 *  2. Among what is ready, a task of higher priority comes first, then the one of lower rank.
 *  3. A result is held exactly while it is an output or a task that takes it as an argument has not finished.
 *  4. `idle` counts the tasks' results that are held, are no outputs, and that no claimed task takes.
 */

import type { GraphIndex } from "../../graph/graph-index.js";
import { Quoted, Ref } from "../../graph/ref.js";
import { resolveReferences } from "../../graph/references.js";
import { Task } from "../../graph/task.js";
import { ReadySet } from "./ready-set.core.js";

/** Why an entry is there, in ascending order of what is known about it. */
const NEEDED = 1;
const NEEDED_TASK = 2;
const OUTPUT = 3;

export class SyncCore {
  /** How many tasks will have run in the end; data and aliases are not counted. */
  readonly total: number;
  readonly #index: GraphIndex;
  readonly #outputs: readonly number[];
  readonly #position: Int32Array;
  readonly #idAt: Int32Array;
  readonly #ready: ReadySet;
  /** 0 for what no output needs. */
  readonly #role: Uint8Array;
  /** Dependencies that have not finished. */
  readonly #missing: Int32Array;
  /** Unfinished takers of the result, and one for being an output. */
  readonly #uses: Int32Array;
  readonly #results: unknown[];
  /** Claimed tasks that take the result. Made with the first claim: most computations have none. */
  #claims: Int32Array | undefined;
  #done = 0;
  #unsettled: number;
  #held = 0;
  #idle = 0;

  /** `rank` is a topological order: each id's place in it. */
  constructor(index: GraphIndex, rank: Int32Array, outputs: readonly number[]) {
    this.#index = index;
    this.#outputs = outputs;
    this.#position = positions(index, rank);
    this.#idAt = new Int32Array(index.size);
    for (let id = 0; id < index.size; id++) this.#idAt[this.#position[id]!] = id;
    this.#ready = new ReadySet(index.size);
    this.#role = new Uint8Array(index.size);
    this.#missing = new Int32Array(index.size);
    this.#uses = new Int32Array(index.size);
    this.#results = new Array<unknown>(index.size);
    [this.#unsettled, this.total] = this.#reach();
  }

  /** How many tasks have finished. */
  get done(): number {
    return this.#done;
  }

  /** Whether all outputs have their results. */
  get complete(): boolean {
    return this.#unsettled === 0;
  }

  /** How many results are held, outputs included. */
  get held(): number {
    return this.#held;
  }

  /** How many results wait for a task that is still to come. */
  get idle(): number {
    return this.#idle;
  }

  /** The next task to call, which is no longer ready; −1 when none is. Data and aliases settle on the way. */
  next(): number {
    for (;;) {
      const position = this.#ready.takeFirst();
      if (position < 0) return -1;
      const id = this.#idAt[position]!;
      const node = this.#index.nodes[id];
      if (node instanceof Task) return id;
      if (node instanceof Ref) this.#settle(id, this.#results[this.#index.dep[this.#index.depStart[id]!]!]);
      else this.#settle(id, node instanceof Quoted ? node.value : node);
    }
  }

  /** A new array: the task's arguments, with results in the place of references. */
  argumentsOf(id: number): unknown[] {
    const { nodes, depStart, dep } = this.#index;
    const { args, refs } = nodes[id] as Task;
    // References mostly stand in the order of the dependency row, so that no key needs to be looked up.
    let edge = depStart[id]!;
    let expected = 0;
    return resolveReferences(args, (key) => {
      if (refs[expected] !== key) return this.#results[this.#index.idOf.get(key)!];
      expected++;
      return this.#results[dep[edge++]!];
    });
  }

  /** The task will be under way for a while; what it takes is put to use. */
  claim(id: number): void {
    const { depStart, dataEnd, dep } = this.#index;
    this.#claims ??= new Int32Array(this.#index.size);
    for (let e = depStart[id]!; e < dataEnd[id]!; e++) {
      const used = dep[e]!;
      if (++this.#claims[used]! === 1 && this.#role[used] === NEEDED_TASK) this.#idle--;
    }
  }

  /** The claimed task is no longer under way. */
  unclaim(id: number): void {
    if (this.#claims === undefined) return;
    const { depStart, dataEnd, dep } = this.#index;
    for (let e = depStart[id]!; e < dataEnd[id]!; e++) {
      const used = dep[e]!;
      if (--this.#claims[used]! === 0 && this.#role[used] === NEEDED_TASK) this.#idle++;
    }
  }

  /** The task has given `result`. */
  finish(id: number, result: unknown): void {
    this.#done++;
    this.#settle(id, result);
  }

  /** The task is to be called once more. */
  again(id: number): void {
    this.#ready.add(this.#position[id]!);
  }

  /** The outputs' results, once complete. */
  results(): unknown[] {
    return this.#outputs.map((id) => this.#results[id]);
  }

  /** Lets go of all results: the computation is over. */
  clear(): void {
    this.#results.length = 0;
  }

  #settle(id: number, result: unknown): void {
    const { depStart, dataEnd, dep, dependentStart, dependent } = this.#index;
    this.#unsettled--;
    if (this.#uses[id]! > 0) {
      this.#results[id] = result;
      this.#held++;
      if (this.#role[id] === NEEDED_TASK) this.#idle++;
    }
    for (let e = depStart[id]!; e < dataEnd[id]!; e++) {
      const used = dep[e]!;
      if (--this.#uses[used]! === 0) {
        this.#results[used] = undefined;
        this.#held--;
        if (this.#role[used] === NEEDED_TASK) this.#idle--;
      }
    }
    for (let e = dependentStart[id]!; e < dependentStart[id + 1]!; e++) {
      const waiting = dependent[e]!;
      if (this.#role[waiting] !== 0 && --this.#missing[waiting]! === 0) {
        this.#ready.add(this.#position[waiting]!);
      }
    }
  }

  /** Marks and counts what the outputs need, and gives how many entries, and how many tasks, that is. */
  #reach(): [entries: number, tasks: number] {
    const { nodes, depStart, dataEnd, dep } = this.#index;
    const stack: number[] = [];
    const meet = (id: number): void => {
      if (this.#role[id] !== 0) return;
      this.#role[id] = nodes[id] instanceof Task ? NEEDED_TASK : NEEDED;
      stack.push(id);
    };
    for (const id of new Set(this.#outputs)) {
      this.#uses[id]!++;
      meet(id);
      this.#role[id] = OUTPUT;
    }
    let entries = 0;
    let tasks = 0;
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      entries++;
      if (nodes[id] instanceof Task) tasks++;
      const start = depStart[id]!;
      const end = depStart[id + 1]!;
      this.#missing[id] = end - start;
      if (start === end) this.#ready.add(this.#position[id]!);
      for (let e = start; e < end; e++) {
        if (e < dataEnd[id]!) this.#uses[dep[e]!]!++;
        meet(dep[e]!);
      }
    }
    return [entries, tasks];
  }
}

/** Each id's place in line: by priority where any task has one, then by rank. */
function positions(index: GraphIndex, rank: Int32Array): Int32Array {
  const priorityOf = (id: number): number => {
    const node = index.nodes[id];
    return node instanceof Task ? (node.options.priority ?? 0) : 0;
  };
  if (!index.nodes.some((node) => node instanceof Task && (node.options.priority ?? 0) !== 0)) return rank;
  const line = Array.from({ length: index.size }, (_, id) => id);
  line.sort((a, b) => priorityOf(b) - priorityOf(a) || rank[a]! - rank[b]!);
  const out = new Int32Array(index.size);
  line.forEach((id, place) => (out[id] = place));
  return out;
}
