/**
 * Where values are: at the scheduler (inline), or on workers. A worker's counts and digest of values always are those
 * of the tasks that name it as a holder.
 */

import { runHash } from "../../../protocol/digest.js";
import type { SchedulerState } from "../state/state.js";
import { bit } from "../tables/task-table.js";
import { hasFlag } from "./task-facts.js";
import type { WorkerRecord } from "../state/worker-record.js";

export function isHeldBy(s: SchedulerState, slot: number, worker: WorkerRecord): boolean {
  return (
    s.tasks.holder[slot] === worker.index ||
    (s.copies.size > 0 && s.copies.get(slot)?.includes(worker) === true)
  );
}

/** The workers that hold a copy, in no particular order. */
export function holdersOf(s: SchedulerState, slot: number): WorkerRecord[] {
  const first = s.workers[s.tasks.holder[slot]!];
  if (first === undefined) return [];
  const others = s.copies.size === 0 ? undefined : s.copies.get(slot);
  return others === undefined ? [first] : [first, ...others];
}

/** The worker has a copy of the value that the task's newest run made. */
export function addHolder(s: SchedulerState, slot: number, worker: WorkerRecord): void {
  const { tasks } = s;
  const first = tasks.holder[slot]!;
  if (first === worker.index) return;
  if (first < 0) tasks.holder[slot] = worker.index;
  else {
    const others = s.copies.get(slot);
    if (others === undefined) s.copies.set(slot, [worker]);
    else if (others.includes(worker)) return;
    else others.push(worker);
  }
  count(s, slot, worker, 1);
}

/** The worker has no copy any more. False when it was not known to have one. */
export function removeHolder(s: SchedulerState, slot: number, worker: WorkerRecord): boolean {
  const { tasks } = s;
  const others = s.copies.size === 0 ? undefined : s.copies.get(slot);
  if (tasks.holder[slot] === worker.index) {
    tasks.holder[slot] = others?.pop()?.index ?? -1;
  } else {
    const at = others?.indexOf(worker) ?? -1;
    if (at < 0) return false;
    others!.splice(at, 1);
  }
  if (others?.length === 0) s.copies.delete(slot);
  count(s, slot, worker, -1);
  return true;
}

function count(s: SchedulerState, slot: number, worker: WorkerRecord, by: 1 | -1): void {
  worker.values += by;
  worker.valueBytes += by * s.tasks.nbytes[slot]!;
  worker.valueDigest = (worker.valueDigest ^ runHash(s.tasks.run[slot]!)) >>> 0;
}

/** Forgets the value, and has its holders free it. The run no longer names anything. */
export function dropValue(s: SchedulerState, slot: number): void {
  const { tasks } = s;
  const run = tasks.run[slot]!;
  for (const worker of holdersOf(s, slot)) {
    removeHolder(s, slot, worker);
    worker.frees.push(run);
  }
  forgetInline(s, slot);
  s.runs.delete(run);
}

function forgetInline(s: SchedulerState, slot: number): void {
  const handle = s.tasks.inline[slot]!;
  if (handle < 0) return;
  s.inline.remove(handle);
  s.tasks.inline[slot] = -1;
}

/** The bytes of an inline value. */
export function inlineLength(s: SchedulerState, slot: number): number {
  if (hasFlag(s, slot, bit.literal)) return s.tasks.argLength[slot]!;
  return s.inline.lengthOf(s.tasks.inline[slot]!);
}

/** Writes an inline value into `target`. */
export function copyInline(s: SchedulerState, slot: number, target: Uint8Array, offset: number): void {
  if (hasFlag(s, slot, bit.literal)) copyArguments(s, slot, target, offset);
  else s.inline.copyTo(s.tasks.inline[slot]!, target, offset);
}

/** Writes the argument bytes of a task into `target`. */
export function copyArguments(s: SchedulerState, slot: number, target: Uint8Array, offset: number): void {
  const { tasks } = s;
  const length = tasks.argLength[slot]!;
  if (length === 0) return;
  const { args } = s.batches[tasks.batch[slot]!]!;
  const start = tasks.argStart[slot]!;
  if (length > 32) target.set(args.subarray(start, start + length), offset);
  else for (let i = 0; i < length; i++) target[offset + i] = args[start + i]!;
}
