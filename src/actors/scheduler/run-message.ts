/**
 * What a worker is sent to run, as columns. Two walks over the tasks: one to know how large each column is, one to
 * fill them, so that a message is a handful of arrays of the right size however many tasks it has.
 */

import type { Run, RunOptions, WireFunction } from "../../protocol/messages.js";
import { forgetTwin } from "./assignment.js";
import { copyArguments, copyInline, holdersOf, inlineLength, isHeldBy } from "./locations.js";
import { S, type SchedulerState } from "./state.js";
import { grown } from "./tables/grow.js";
import { bit, wireBits } from "./tables/task-table.js";
import { hasFlag, isInline, setFlag, troubleIfAny } from "./task-facts.js";
import type { WorkerRecord } from "./worker-record.js";

interface Sizes {
  tasks: number;
  inputs: number;
  argBytes: number;
  inlineValues: number;
  inlineBytes: number;
}

/** The tasks that were assigned to the worker and not sent yet; undefined when there are none. */
export function runMessage(s: SchedulerState, worker: WorkerRecord): Run | undefined {
  const { outbox, twinOutbox } = worker;
  for (const slot of twinOutbox) outbox.push(~slot);
  worker.twinOutbox = [];
  if (outbox.length === 0) return undefined;
  const sizes = measure(s, worker);
  const message = sizes.tasks === 0 ? undefined : fill(s, worker, sizes);
  outbox.clear();
  return message;
}

/** Whether the entry is still to be sent; from now on it is. Second runs are entered as the complement of the slot. */
function isToSend(s: SchedulerState, worker: WorkerRecord, entry: number): boolean {
  if (entry < 0) return isTwinToSend(s, worker, ~entry);
  const { tasks } = s;
  if (tasks.worker[entry] !== worker.index || tasks.state[entry] !== S.processing) return false;
  if (hasFlag(s, entry, bit.sent)) return false;
  setFlag(s, entry, bit.sent);
  return true;
}

function isTwinToSend(s: SchedulerState, worker: WorkerRecord, slot: number): boolean {
  const twin = s.twins.get(slot);
  if (twin?.worker !== worker) return false;
  if (s.tasks.waitingFor[slot] === 0) return true;
  // An input was lost meanwhile: one run that lacks it is enough.
  forgetTwin(s, slot);
  s.runs.delete(twin.run);
  return false;
}

/** Keeps of the outbox the tasks that are still to be sent, each once, and adds up what they need. */
function measure(s: SchedulerState, worker: WorkerRecord): Sizes {
  const { tasks, edges } = s;
  const { outbox } = worker;
  const mark = ++s.messageMark;
  const sizes: Sizes = { tasks: 0, inputs: 0, argBytes: 0, inlineValues: 0, inlineBytes: 0 };
  for (let i = 0; i < outbox.length; i++) {
    const entry = outbox.items[i]!;
    if (!isToSend(s, worker, entry)) continue;
    outbox.items[sizes.tasks++] = entry;
    const slot = entry < 0 ? ~entry : entry;
    sizes.argBytes += tasks.argLength[slot]!;
    const count = tasks.dataCount[slot]!;
    sizes.inputs += count;
    const start = tasks.edgeStart[slot]!;
    for (let e = start; e < start + count; e++) {
      const input = edges.to[e]!;
      if (tasks.state[input] !== S.memory || tasks.mark[input] === mark || !isInline(s, input)) continue;
      tasks.mark[input] = mark;
      sizes.inlineValues++;
      sizes.inlineBytes += inlineLength(s, input);
    }
  }
  return sizes;
}

function fill(s: SchedulerState, worker: WorkerRecord, sizes: Sizes): Run {
  const { tasks, edges } = s;
  const { items } = worker.outbox;
  const n = sizes.tasks;
  const mark = ++s.messageMark;
  const fns: (readonly [number, WireFunction])[] = [];
  const remote: (readonly [number, number, readonly string[]])[] = [];
  const options: (readonly [number, RunOptions])[] = [];
  const keys = new Array<string>(n);
  const run = new Float64Array(n);
  const fn = new Uint32Array(n);
  const flags = new Uint8Array(n);
  const priority = new Float64Array(n);
  const user = new Float64Array(n);
  const argStart = new Uint32Array(n + 1);
  const args = new Uint8Array(sizes.argBytes);
  const depStart = new Uint32Array(n + 1);
  const dep = new Float64Array(sizes.inputs);
  const inlineRun = new Float64Array(sizes.inlineValues);
  const inlineStart = new Uint32Array(sizes.inlineValues + 1);
  const inline = new Uint8Array(sizes.inlineBytes);
  let argAt = 0;
  let depAt = 0;
  let valueAt = 0;
  for (let i = 0; i < n; i++) {
    const entry = items[i]!;
    const slot = entry < 0 ? ~entry : entry;
    run[i] = entry < 0 ? s.twins.get(slot)!.run : tasks.run[slot]!;
    keys[i] = tasks.keys[slot]!;
    const number = tasks.fn[slot]!;
    fn[i] = number;
    if (!knows(worker, number)) fns.push([number, s.functions.get(number)]);
    flags[i] = tasks.flags[slot]! & wireBits;
    priority[i] = tasks.priority[slot]!;
    user[i] = tasks.user[slot]!;
    copyArguments(s, slot, args, argAt);
    argAt += tasks.argLength[slot]!;
    argStart[i + 1] = argAt;
    const start = tasks.edgeStart[slot]!;
    const end = start + tasks.dataCount[slot]!;
    for (let e = start; e < end; e++) {
      const input = edges.to[e]!;
      dep[depAt++] = tasks.run[input]!;
      if (tasks.mark[input] === mark || tasks.state[input] !== S.memory) continue;
      tasks.mark[input] = mark;
      if (isInline(s, input)) {
        inlineRun[valueAt] = tasks.run[input]!;
        copyInline(s, input, inline, inlineStart[valueAt]!);
        inlineStart[valueAt + 1] = inlineStart[valueAt]! + inlineLength(s, input);
        valueAt++;
      } else if (!isHeldBy(s, input, worker)) {
        const holders = holdersOf(s, input).map((holder) => holder.peer);
        remote.push([tasks.run[input]!, tasks.nbytes[input]!, holders]);
      }
    }
    depStart[i + 1] = depAt;
    if (hasFlag(s, slot, bit.options | bit.trouble) || worker.alone) {
      const own = runOptions(s, slot, worker);
      if (own !== undefined) options.push([i, own]);
    }
  }
  return {
    kind: "run",
    run,
    keys,
    fn,
    fns,
    flags,
    priority,
    user,
    argStart,
    args,
    depStart,
    dep,
    inlineRun,
    inlineStart,
    inline,
    remote,
    options,
  };
}

/** Whether the worker knows the function; from now on it does. */
function knows(worker: WorkerRecord, number: number): boolean {
  if (worker.knownFunctions[number] === 1) return true;
  if (number >= worker.knownFunctions.length) {
    worker.knownFunctions = grown(
      worker.knownFunctions,
      Math.max(number + 1, worker.knownFunctions.length * 2),
    );
  }
  worker.knownFunctions[number] = 1;
  return false;
}

function runOptions(s: SchedulerState, slot: number, worker: WorkerRecord): RunOptions | undefined {
  const own = s.options.get(slot);
  const failures = troubleIfAny(s, slot)?.failures ?? 0;
  const options: RunOptions = {
    ...(failures > 0 ? { attempt: failures + 1 } : {}),
    ...(own?.timeoutMs === undefined ? {} : { timeoutMs: own.timeoutMs }),
    ...(own?.resources === undefined ? {} : { resources: own.resources }),
    ...(worker.alone ? { alone: true } : {}),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}
