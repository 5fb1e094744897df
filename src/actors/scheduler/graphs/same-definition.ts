/** Whether a key that is known and one that is submitted stand for the same task. */

import {
  taskFlags,
  type TaskColumns,
  type WireFunction,
  type WireTaskOptions,
} from "../../../protocol/messages.js";
import { constraintIdentity } from "../state/constraint.js";
import type { SchedulerState } from "../state/state.js";
import { bit, wireBits } from "../tables/task-table.js";

/** Options by the number of their task. */
export type OptionsOf = ReadonlyMap<number, WireTaskOptions>;

/** What fused tasks call: their parts are among the arguments. */
function isFused(fn: WireFunction): boolean {
  return fn.kind === "module" && fn.module === "skein:graph" && fn.name === "fused";
}

/**
 * Whether task `i` of the columns may be taken for the task in `slot`: it is the same, or both are pure and one is
 * fused. The key of a pure task says what it computes, and what is fused with it depends on what else was asked for.
 */
export function mayStandFor(
  s: SchedulerState,
  slot: number,
  columns: TaskColumns,
  i: number,
  fns: Int32Array,
  inputAt: (k: number) => number,
  options: OptionsOf,
): boolean {
  if (sameDefinition(s, slot, columns, i, fns, inputAt, options)) return true;
  const own = s.tasks.fn[slot]!;
  const other = columns.fns[columns.fn[i]!];
  const pure = s.tasks.flags[slot]! & columns.flags[i]! & taskFlags.pure;
  if (pure === 0 || own < 0 || other === undefined) return false;
  return isFused(s.functions.get(own)) || isFused(other);
}

/**
 * Compares task `i` of the columns with the task in `slot`: function, arguments, inputs, and where it may run. Costs
 * as much as the task is large; made only for keys that come a second time.
 */
function sameDefinition(
  s: SchedulerState,
  slot: number,
  columns: TaskColumns,
  i: number,
  fns: Int32Array,
  inputAt: (k: number) => number,
  options: OptionsOf,
): boolean {
  const { tasks, edges } = s;
  const flags = columns.flags[i]! & wireBits;
  if ((tasks.flags[slot]! & bit.given) !== 0 || (tasks.flags[slot]! & wireBits) !== flags) return false;
  if ((flags & taskFlags.literal) === 0 && tasks.fn[slot] !== fns[columns.fn[i]!]) return false;
  const count = columns.depStart[i + 1]! - columns.depStart[i]!;
  if (tasks.edgeCount[slot] !== count) return false;
  if (tasks.dataCount[slot] !== columns.dataEnd[i]! - columns.depStart[i]!) return false;
  for (let k = 0; k < count; k++) if (edges.to[tasks.edgeStart[slot]! + k] !== inputAt(k)) return false;
  return sameArguments(s, slot, columns, i) && sameWishes(s, slot, columns, i, options);
}

function sameArguments(s: SchedulerState, slot: number, columns: TaskColumns, i: number): boolean {
  const { tasks } = s;
  const length = tasks.argLength[slot]!;
  const start = columns.argStart[i]!;
  if (columns.argStart[i + 1]! - start !== length) return false;
  const { args } = s.batches[tasks.batch[slot]!]!;
  const own = tasks.argStart[slot]!;
  for (let k = 0; k < length; k++) if (args[own + k] !== columns.args[start + k]) return false;
  return true;
}

function sameWishes(
  s: SchedulerState,
  slot: number,
  columns: TaskColumns,
  i: number,
  options: OptionsOf,
): boolean {
  const wished = options.get(columns.from + i);
  const own = s.constraints[s.tasks.constraint[slot]!]!.identity;
  return constraintIdentity(wished ?? {}) === own;
}
