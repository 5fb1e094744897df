/**
 * What has to come out, by plain evaluation in the order of definition: a number for tasks that depend on pure ones
 * only, and the keys whose failure would be the task's.
 */

import { valueOf, type SimulatedTask } from "./simulated-task.js";

export interface Expected {
  /** Undefined when it fails, or depends on an impure task, whose value every attempt makes anew. */
  readonly value: number | undefined;
  /** Tasks among it and what it needs, directly or not, that always fail. */
  readonly culprits: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

export class Oracle {
  readonly tasks = new Map<string, SimulatedTask>();
  readonly #expected = new Map<string, Expected>();

  /** Adds tasks, inputs before those that need them. One that is there already stays. */
  add(tasks: Iterable<SimulatedTask>): void {
    for (const task of tasks) {
      if (this.tasks.has(task.key)) continue;
      this.tasks.set(task.key, task);
      this.#expected.set(task.key, this.#evaluate(task));
    }
  }

  of(key: string): Expected {
    const expected = this.#expected.get(key);
    if (expected === undefined) throw new Error(`nobody has defined ${JSON.stringify(key)}`);
    return expected;
  }

  #evaluate(task: SimulatedTask): Expected {
    const culprits = new Set<string>(task.failures === Infinity ? [task.key] : []);
    let isKnown = task.pure || task.isLiteral;
    const values: number[] = [];
    for (const input of task.inputs) {
      const { value } = this.of(input);
      if (value === undefined) isKnown = false;
      else values.push(value);
    }
    for (const input of [...task.inputs, ...task.after])
      for (const culprit of this.of(input).culprits) culprits.add(culprit);
    const value = isKnown && culprits.size === 0 ? valueOf(task, values, 0) : undefined;
    return { value, culprits: culprits.size === 0 ? none : culprits };
  }
}
