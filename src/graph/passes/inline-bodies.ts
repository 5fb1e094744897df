/** Tasks with what is inlined put into them. */

import { Quoted, Ref } from "../ref.js";
import type { Task } from "../task.js";
import { fusedOf } from "./fused.js";
import { replaceReferences } from "./replace.js";
import { fusedOptions } from "./settings.js";
import { TASK, type Subject } from "./subject.js";

const never = -1;

export class InlineBodies {
  readonly #subject: Subject;
  readonly #inlined: Uint8Array;
  /** Tasks with data put in. Every body that repeats a task holds the same one, so that bodies can be joined. */
  readonly #withData: (Task | undefined)[];
  /** By task: the last body it was visited for, and the edge to follow next. */
  readonly #visitedFor: Int32Array;
  readonly #cursor: Int32Array;

  constructor(subject: Subject, inlined: Uint8Array) {
    const { size } = subject.index;
    this.#subject = subject;
    this.#inlined = inlined;
    this.#withData = new Array<Task | undefined>(size);
    this.#visitedFor = new Int32Array(size).fill(never);
    this.#cursor = new Int32Array(size);
  }

  /** What stands in place of task `i`. */
  of(i: number): Task {
    const { keys, dep, depStart } = this.#subject.index;
    for (let e = depStart[i]!; e < depStart[i + 1]!; e++) {
      if (!this.#isInlinedTask(dep[e]!)) continue;
      const parts = this.#inRunOrder(i).map((id) => ({ key: keys[id]!, task: this.#taskWithData(id) }));
      return fusedOf(parts, { options: fusedOptions(parts) });
    }
    return this.#taskWithData(i);
  }

  #isInlinedTask(i: number): boolean {
    return this.#inlined[i] === 1 && (this.#subject.kinds[i]! & TASK) !== 0;
  }

  #taskWithData(i: number): Task {
    return (this.#withData[i] ??= this.#putData(i));
  }

  #putData(i: number): Task {
    const { index } = this.#subject;
    const { nodes, dep, depStart, dataEnd } = index;
    const task = nodes[i] as Task;
    let some = false;
    for (let e = depStart[i]!; e < dataEnd[i]!; e++) {
      some ||= this.#inlined[dep[e]!] === 1 && !this.#isInlinedTask(dep[e]!);
    }
    if (!some) return task;
    const dataOrRef = (key: string): unknown => {
      const id = index.idOf.get(key)!;
      if (this.#inlined[id] === 0 || this.#isInlinedTask(id)) return new Ref(key);
      const value = nodes[id];
      return typeof value === "object" && value !== null && !(value instanceof Quoted)
        ? new Quoted(value)
        : value;
    };
    return replaceReferences(task, dataOrRef, (key) => key);
  }

  /** The inlined tasks that `root` needs, dependencies first, and `root`. */
  #inRunOrder(root: number): number[] {
    const { dep, depStart } = this.#subject.index;
    const order: number[] = [];
    const stack = [root];
    this.#visitedFor[root] = root;
    this.#cursor[root] = depStart[root]!;
    for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
      const edge = this.#cursor[at]!++;
      if (edge === depStart[at + 1]!) {
        order.push(at);
        stack.pop();
        continue;
      }
      const needs = dep[edge]!;
      if (this.#visitedFor[needs] === root || !this.#isInlinedTask(needs)) continue;
      this.#visitedFor[needs] = root;
      this.#cursor[needs] = depStart[needs]!;
      stack.push(needs);
    }
    return order;
  }
}
