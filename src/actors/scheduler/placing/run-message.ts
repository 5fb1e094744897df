/**
 * What a worker is sent to run, as columns. Two walks over the tasks: one to know how large each column is, one to
 * fill them, so that a message is a handful of arrays of the right size however many tasks it has.
 */

import type { Run, RunOptions, WireFunction } from "../../../protocol/messages.js";
import { forgetTwin } from "../tasks/assignment.js";
import { copyArguments, copyInline, holdersOf, inlineLength, isHeldBy } from "../tasks/locations.js";
import { S, type SchedulerState } from "../state/state.js";
import { grown } from "../tables/grow.js";
import { bit, wireBits } from "../tables/task-table.js";
import { hasFlag, isInline, setFlag, troubleIfAny } from "../tasks/task-facts.js";
import type { WorkerRecord } from "../state/worker-record.js";

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
  const writer = new RunWriter(s, worker, sizes);
  for (let i = 0; i < sizes.tasks; i++) writer.add(i, worker.outbox.items[i]!);
  return writer.message();
}

/** Fills the columns of one message, task by task. */
class RunWriter {
  readonly #s: SchedulerState;
  readonly #worker: WorkerRecord;
  /** Inputs with this mark have been written: each goes into a message once. */
  readonly #mark: number;
  readonly #keys: string[];
  readonly #run: Float64Array;
  readonly #fn: Uint32Array;
  readonly #fns: (readonly [number, WireFunction])[] = [];
  readonly #flags: Uint8Array;
  readonly #priority: Float64Array;
  readonly #user: Float64Array;
  readonly #argStart: Uint32Array;
  readonly #args: Uint8Array;
  readonly #depStart: Uint32Array;
  readonly #dep: Float64Array;
  readonly #inlineRun: Float64Array;
  readonly #inlineStart: Uint32Array;
  readonly #inline: Uint8Array;
  readonly #remote: (readonly [number, number, readonly string[]])[] = [];
  readonly #options: (readonly [number, RunOptions])[] = [];
  #argAt = 0;
  #depAt = 0;
  #valueAt = 0;

  constructor(s: SchedulerState, worker: WorkerRecord, sizes: Sizes) {
    const n = sizes.tasks;
    this.#s = s;
    this.#worker = worker;
    this.#mark = ++s.messageMark;
    this.#keys = new Array<string>(n);
    this.#run = new Float64Array(n);
    this.#fn = new Uint32Array(n);
    this.#flags = new Uint8Array(n);
    this.#priority = new Float64Array(n);
    this.#user = new Float64Array(n);
    this.#argStart = new Uint32Array(n + 1);
    this.#args = new Uint8Array(sizes.argBytes);
    this.#depStart = new Uint32Array(n + 1);
    this.#dep = new Float64Array(sizes.inputs);
    this.#inlineRun = new Float64Array(sizes.inlineValues);
    this.#inlineStart = new Uint32Array(sizes.inlineValues + 1);
    this.#inline = new Uint8Array(sizes.inlineBytes);
  }

  /** The task of column `i`, as the outbox has it. */
  add(i: number, entry: number): void {
    const s = this.#s;
    const { tasks } = s;
    const slot = entry < 0 ? ~entry : entry;
    this.#run[i] = entry < 0 ? s.twins.get(slot)!.run : tasks.run[slot]!;
    this.#keys[i] = tasks.keys[slot]!;
    const number = tasks.fn[slot]!;
    this.#fn[i] = number;
    if (!knows(this.#worker, number)) this.#fns.push([number, s.functions.get(number)]);
    this.#flags[i] = tasks.flags[slot]! & wireBits;
    this.#priority[i] = tasks.priority[slot]!;
    this.#user[i] = tasks.user[slot]!;
    copyArguments(s, slot, this.#args, this.#argAt);
    this.#argAt += tasks.argLength[slot]!;
    this.#argStart[i + 1] = this.#argAt;
    if (tasks.dataCount[slot]! > 0) this.#addInputs(slot);
    this.#depStart[i + 1] = this.#depAt;
    if (!hasFlag(s, slot, bit.options | bit.trouble) && !this.#worker.alone) return;
    const own = runOptions(s, slot, this.#worker);
    if (own !== undefined) this.#options.push([i, own]);
  }

  #addInputs(slot: number): void {
    const { tasks, edges } = this.#s;
    const start = tasks.edgeStart[slot]!;
    const end = start + tasks.dataCount[slot]!;
    for (let e = start; e < end; e++) {
      const input = edges.to[e]!;
      this.#dep[this.#depAt++] = tasks.run[input]!;
      if (tasks.mark[input] === this.#mark || tasks.state[input] !== S.memory) continue;
      tasks.mark[input] = this.#mark;
      this.#addValue(input);
    }
  }

  /** Values that are here go along, those on other workers are pointed to, those on this worker need nothing. */
  #addValue(input: number): void {
    const s = this.#s;
    const run = s.tasks.run[input]!;
    if (isInline(s, input)) {
      const start = this.#inlineStart[this.#valueAt]!;
      this.#inlineRun[this.#valueAt++] = run;
      copyInline(s, input, this.#inline, start);
      this.#inlineStart[this.#valueAt] = start + inlineLength(s, input);
    } else if (!isHeldBy(s, input, this.#worker)) {
      const holders = holdersOf(s, input).map((holder) => holder.peer);
      this.#remote.push([run, s.tasks.nbytes[input]!, holders]);
    }
  }

  message(): Run {
    return {
      kind: "run",
      run: this.#run,
      keys: this.#keys,
      fn: this.#fn,
      fns: this.#fns,
      flags: this.#flags,
      priority: this.#priority,
      user: this.#user,
      argStart: this.#argStart,
      args: this.#args,
      depStart: this.#depStart,
      dep: this.#dep,
      inlineRun: this.#inlineRun,
      inlineStart: this.#inlineStart,
      inline: this.#inline,
      remote: this.#remote,
      options: this.#options,
    };
  }
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
