/** Sources of tasks: one task, or the tasks of one step over many partitions. */

import type { GraphSource } from "../graph/source.js";
import type { Task } from "../graph/task.js";

/** A single task. The lightest source there is: long chains hold a million of them. */
export class TaskSource implements GraphSource {
  readonly key: string;
  readonly task: Task;
  readonly parents: readonly GraphSource[];

  constructor(key: string, task: Task, parents: readonly GraphSource[]) {
    this.key = key;
    this.task = task;
    this.parents = parents;
  }

  get entries(): readonly (readonly [string, unknown])[] {
    return [[this.key, this.task]];
  }
}

/** Tasks that are made when the graph is first put together, and kept. */
export class Layer implements GraphSource {
  readonly parents: readonly GraphSource[];
  readonly #make: () => readonly (readonly [string, unknown])[];
  #entries: readonly (readonly [string, unknown])[] | undefined;

  constructor(parents: readonly GraphSource[], make: () => readonly (readonly [string, unknown])[]) {
    this.parents = parents;
    this.#make = make;
  }

  get entries(): readonly (readonly [string, unknown])[] {
    return (this.#entries ??= this.#make());
  }
}
