/**
 * Defining the tasks of a graph. A key that is known already must stand for the same task, and is then that task: so a
 * graph that is submitted twice, by one client or two, is there once.
 *
 * Columns of the message are read into the tables; of its bytes only the arguments are kept, in one piece.
 */

import { CycleError, DuplicateKeyError, InvalidKeyError, type SkeinError } from "../../../errors.js";
import { keyPlace } from "../../../protocol/digest.js";
import {
  taskFlags,
  type Submit,
  type TaskColumns,
  type WireTaskOptions,
} from "../../../protocol/messages.js";
import { Constraint, constraintIdentity, type Wishes } from "../state/constraint.js";
import { cycleAmong } from "./cycle.js";
import { forget } from "../tasks/forget.js";
import { mayStandFor, type OptionsOf } from "./same-definition.js";
import { addGiven, unsettle } from "./given.js";
import { S, type Batch, type SchedulerState } from "../state/state.js";
import { IntList } from "../tables/int-list.js";
import { ReadyQueue } from "../tables/ready-queue.js";
import { bit, wireBits } from "../tables/task-table.js";
import { hasFlag, setFlag } from "../tasks/task-facts.js";

export interface Draft {
  /** The slot of each task by its number in the submission. */
  readonly slots: Int32Array;
  /** Slots of the tasks that are new. */
  readonly created: IntList;
  /** Why the graph is refused; none of its tasks is left then. */
  problem: SkeinError | undefined;
}

/** Places of a graph in the order of all work: task `i` gets `base + rank * step`. */
interface Order {
  readonly base: number;
  readonly step: number;
}

interface Part {
  readonly columns: TaskColumns;
  readonly order: Order;
  /** What the user's priority comes to. */
  readonly user: number;
  readonly batch: number;
  /** Numbers of its functions. */
  readonly fns: Int32Array;
  readonly externals: Int32Array;
}

export function defineGraph(s: SchedulerState, submits: readonly Submit[]): Draft {
  const first = submits[0]!;
  const { total } = first.tasks;
  const draft: Draft = { slots: new Int32Array(total), created: new IntList(total + 1), problem: undefined };
  s.tasks.reserve(total);
  s.keys.reserve(total);
  s.edges.reserve(submits.reduce((sum, { tasks }) => sum + tasks.dep.length, 0));
  const order = orderOf(s, submits);
  const isNew = new Uint8Array(total);
  const parts = submits.map((submit) => addTasks(s, draft, isNew, submit, order));
  let suspicious = false;
  for (const part of parts) suspicious = linkRows(s, draft.slots, isNew, part) || suspicious;
  const isGiven = draft.created.length < total ? compareKnown(s, draft, isNew, parts) : undefined;
  if (suspicious && draft.problem === undefined) {
    const cycle = cycleAmong(s, draft.created);
    if (cycle !== undefined) draft.problem = new CycleError(cycle);
  }
  if (draft.problem !== undefined) undo(s, draft);
  else if (isGiven !== undefined) for (const part of parts) defineGiven(s, draft.slots, isGiven, part);
  for (const { batch, fns } of parts) {
    s.functions.dropUnused(fns);
    if (s.batches[batch]?.live === 0) {
      s.batches[batch] = undefined;
      s.freeBatches.push(batch);
    }
  }
  return draft;
}

function undo(s: SchedulerState, { created }: Draft): void {
  for (let i = 0; i < created.length; i++) forget(s, created.items[i]!);
  created.clear();
}

/** What a task launches goes right behind that task, before all that was to come later. */
function orderOf(s: SchedulerState, submits: readonly Submit[]): Order {
  let span = submits[0]!.tasks.total;
  for (const { tasks } of submits) for (const rank of tasks.rank) if (rank >= span) span = rank + 1;
  const { parent } = submits[0]!;
  const above = parent === undefined ? -1 : s.slotOf(parent);
  if (above >= 0) {
    // There is room between two tasks for graphs within graphs until fractions run out; then they tie.
    const room = s.batches[s.tasks.batch[above]!]?.step ?? 1;
    const step = room / (2 * (span + 1));
    return { base: s.tasks.priority[above]! + step, step };
  }
  const base = s.nextPriority;
  s.nextPriority += span;
  return { base, step: 1 };
}

/** The tasks with all but their edges. */
function addTasks(s: SchedulerState, draft: Draft, isNew: Uint8Array, submit: Submit, order: Order): Part {
  const { tasks, prefixes, functions } = s;
  const columns = submit.tasks;
  const { keys, from } = columns;
  const fns = Int32Array.from(columns.fns, (each) => functions.intern(each));
  const batchNumber = s.freeBatches.pop() ?? s.batches.length;
  const batch: Batch = {
    args: columns.args.slice(),
    live: 0,
    packedAt: 0,
    retries: submit.retries,
    graphId: submit.graphId,
    total: columns.total,
    step: order.step,
  };
  s.batches[batchNumber] = batch;
  const part = { columns, order, user: 0 - submit.priority, batch: batchNumber, fns };
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const hash = keyPlace(key);
    const known = s.keys.find(key, hash);
    if (known >= 0) {
      draft.slots[from + i] = known;
      continue;
    }
    const slot = tasks.add(key, hash);
    s.keys.add(slot, hash);
    s.counts[S.released]!++;
    isNew[from + i] = 1;
    draft.slots[from + i] = slot;
    draft.created.push(slot);
    if (key === "") draft.problem ??= new InvalidKeyError("", `task ${from + i} of the graph`);
    const prefix = prefixes.of(key);
    tasks.prefix[slot] = prefix;
    prefixes.use(prefix);
    tasks.flags[slot] = 0;
    fill(s, slot, part, i);
  }
  batch.packedAt = batch.live;
  const externals = Int32Array.from(columns.externals, (key) => externalSlot(s, key));
  for (const [number, options] of columns.options)
    if (isNew[number] === 1) giveOptions(s, draft.slots[number]!, options);
  return { ...part, externals };
}

/** Writes what the columns say of task `i` into its slot. */
function fill(s: SchedulerState, slot: number, part: Omit<Part, "externals">, i: number): void {
  const { tasks } = s;
  const { columns, order, user, batch, fns } = part;
  const { fn, flags, argStart, rank } = columns;
  s.batches[batch]!.live++;
  tasks.batch[slot] = batch;
  tasks.flags[slot] = (tasks.flags[slot]! & ~(wireBits | bit.given)) | (flags[i]! & wireBits);
  tasks.argStart[slot] = argStart[i]!;
  tasks.argLength[slot] = argStart[i + 1]! - argStart[i]!;
  tasks.priority[slot] = order.base + rank[i]! * order.step;
  tasks.user[slot] = user;
  tasks.constraint[slot] = 0;
  const literal = (flags[i]! & taskFlags.literal) !== 0;
  const number = literal ? -1 : fns[fn[i]!]!;
  tasks.fn[slot] = number;
  if (!literal) s.functions.use(number);
}

/**
 * Values that stood under their keys without definition, since a worker held them and somebody wanted them before their
 * graph came, turn out to be these tasks': they can be made again from here on.
 */
function defineGiven(s: SchedulerState, slots: Int32Array, isGiven: Uint8Array, part: Part): void {
  const { keys, from, options } = part.columns;
  for (let i = 0; i < keys.length; i++) {
    if (isGiven[from + i] === 0) continue;
    const slot = slots[from + i]!;
    if (s.tasks.state[slot] === S.erred) unsettle(s, slot);
    fill(s, slot, part, i);
  }
  for (const [number, wished] of options) if (isGiven[number] === 1) giveOptions(s, slots[number]!, wished);
  linkRows(s, slots, isGiven, part);
  const batch = s.batches[part.batch]!;
  batch.packedAt = batch.live;
}

/** A key of an earlier graph, or of a value that a worker offers. */
function externalSlot(s: SchedulerState, key: string): number {
  const known = s.slotOf(key);
  return known >= 0 ? known : addGiven(s, key);
}

function giveOptions(s: SchedulerState, slot: number, options: WireTaskOptions): void {
  const { tasks } = s;
  s.options.set(slot, options);
  setFlag(s, slot, bit.options);
  if (options.priority !== undefined) tasks.user[slot] = 0 - options.priority;
  const constraint = constraintOf(s, options);
  constraint.uses++;
  tasks.constraint[slot] = constraint.index;
}

function constraintOf(s: SchedulerState, wishes: Wishes): Constraint {
  const identity = constraintIdentity(wishes);
  if (identity === "") return s.constraints[0]!;
  const known = s.constraintOf.get(identity);
  if (known !== undefined) return known;
  const free = s.constraints.indexOf(undefined);
  const index = free < 0 ? s.constraints.length : free;
  const constraint = new Constraint(index, identity, wishes, new ReadyQueue(s.tasks));
  s.constraints[index] = constraint;
  s.constraintOf.set(identity, constraint);
  return constraint;
}

/** Compares tasks that are known with what the graph says of them. Gives the rows of those without definition, if any. */
function compareKnown(
  s: SchedulerState,
  draft: Draft,
  isNew: Uint8Array,
  parts: readonly Part[],
): Uint8Array | undefined {
  const { slots } = draft;
  let isGiven: Uint8Array | undefined;
  for (const { columns, externals, fns } of parts) {
    const { keys, flags, depStart, dep, total, from } = columns;
    const options: OptionsOf = new Map(columns.options);
    for (let i = 0; i < keys.length; i++) {
      if (isNew[from + i] === 1) continue;
      const slot = slots[from + i]!;
      if (hasFlag(s, slot, bit.given)) {
        if ((flags[i]! & taskFlags.literal) === 0) (isGiven ??= new Uint8Array(total))[from + i] = 1;
        continue;
      }
      const begin = depStart[i]!;
      const inputAt = (k: number): number => resolve(dep[begin + k]!, slots, externals, total);
      if (!mayStandFor(s, slot, columns, i, fns, inputAt, options))
        draft.problem ??= new DuplicateKeyError(keys[i]!);
    }
  }
  return isGiven;
}

/** Gives these rows' tasks their edges. True when the order does not fit the edges. */
function linkRows(s: SchedulerState, slots: Int32Array, isMine: Uint8Array, part: Part): boolean {
  const { tasks, edges } = s;
  const { columns, externals } = part;
  const { depStart, dataEnd, dep, total, from } = columns;
  const n = columns.keys.length;
  let suspicious = false;
  for (let i = 0; i < n; i++) {
    if (isMine[from + i] === 0) continue;
    const slot = slots[from + i]!;
    const begin = depStart[i]!;
    const count = depStart[i + 1]! - begin;
    const start = edges.addRow(count);
    tasks.edgeStart[slot] = start;
    tasks.edgeCount[slot] = count;
    tasks.dataCount[slot] = dataEnd[i]! - begin;
    const priority = tasks.priority[slot]!;
    for (let k = 0; k < count; k++) {
      const number = dep[begin + k]!;
      const input = number < total ? slots[number]! : externals[number - total]!;
      const e = start + k;
      const next = tasks.firstDependent[input]!;
      edges.to[e] = input;
      edges.of[e] = slot;
      edges.previous[e] = -1;
      edges.next[e] = next;
      if (next >= 0) edges.previous[next] = e;
      tasks.firstDependent[input] = e;
      tasks.dependents[input]!++;
      if (number < total && tasks.priority[input]! >= priority) suspicious = true;
    }
  }
  return suspicious;
}

function resolve(number: number, slots: Int32Array, externals: Int32Array, total: number): number {
  return number < total ? slots[number]! : externals[number - total]!;
}
