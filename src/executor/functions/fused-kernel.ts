/** Fused tasks as they travel: one call of a kernel, with the parts as data among its arguments. */

import { kernel } from "../../collections/kernel.js";
import type { AnyFunction } from "../../graph/functions.js";
import { Fused } from "../../graph/passes/fused.js";
import type { Part } from "../../graph/passes/part-program.js";
import { Ref } from "../../graph/ref.js";
import { replaceInside } from "../../graph/references.js";
import { Task } from "../../graph/task.js";
import { KeptRef } from "../values/marks.js";

type PartForm = readonly [key: string, fn: AnyFunction, args: readonly unknown[], refs: readonly string[]];

/** What {@link runFused} is called with to run `task`: the parts, the inputs' keys, and the inputs. */
export function fusedArguments(task: Fused): readonly unknown[] {
  return [task.parts.map(partForm), task.refs, ...task.refs.map((key) => new Ref(key))];
}

/** The references of a part are for the fused task to fill in: on the way they must stay what they are. */
function partForm({ key, task }: Part): PartForm {
  const [fn, args] = task instanceof Fused ? [runFused, fusedArguments(task)] : [task.fn, task.args];
  const kept = replaceInside(args, (value) => (value instanceof Ref ? new KeptRef(value.key) : value));
  return [key, fn, kept as readonly unknown[], task.refs];
}

/** Runs the parts over the inputs, whose keys are `refs`. */
export const runFused = kernel(
  "skein:graph",
  "fused",
  (forms: readonly PartForm[], refs: readonly string[], ...inputs: unknown[]): unknown => {
    const parts = forms.map(([key, fn, args, needed]) => ({ key, task: new Task(fn, args, needed) }));
    const fused = new Fused(parts, refs);
    // With very many inputs a fused task takes them as one array.
    const packed = fused.args.length === 1 && Array.isArray(fused.args[0]);
    return (fused.fn as (...all: unknown[]) => unknown)(...(packed ? [inputs] : inputs));
  },
);
