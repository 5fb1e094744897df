/** Tasks with other references: where one thing takes the place of another in a graph. */

import { Ref } from "../ref.js";
import { resolveReferences } from "../references.js";
import { Task } from "../task.js";

/**
 * `task` with each reference to `key` replaced by `data(key)`, a reference or data (quoted where it is a structure),
 * and each control edge to `key` led to `control(key)`. Not for fused tasks.
 */
export function replaceReferences(
  task: Task,
  data: (key: string) => unknown,
  control: (key: string) => string,
): Task {
  const refs = new Set<string>();
  for (const key of task.refs) {
    const value = data(key);
    if (value instanceof Ref) refs.add(value.key);
  }
  const args = task.refs.length === 0 ? task.args : resolveReferences(task.args, data, true);
  const controls = task.controls.length === 0 ? task.controls : otherControls(task, refs, control);
  return new Task(task.fn, args, [...refs], controls, task.options);
}

/** A control edge beside a data edge says nothing more, and would lead nowhere once data took the other's place. */
function otherControls(task: Task, refs: ReadonlySet<string>, control: (key: string) => string): string[] {
  const before = new Set(task.refs);
  const controls = new Set<string>();
  for (const key of task.controls) {
    if (!before.has(key) && !refs.has(control(key))) controls.add(control(key));
  }
  return [...controls];
}
