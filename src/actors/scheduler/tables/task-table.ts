/**
 * Every task the scheduler knows, as columns: element `slot` of each belongs to one task. Slots of forgotten tasks
 * are used again, so whoever keeps a slot across stimuli keeps its `stamp` with it: the stamp of a slot changes
 * with each task that lives in it.
 *
 * Owns the columns and the free slots, and knows nothing of what they mean together; that is state.ts and the
 * functions over it.
 */

import { taskFlags } from "../../../protocol/messages.js";
import { schedulerTaskTable } from "../../task/tables.js";
import { grown } from "./grow.js";

/** Bits of `TaskTable.flags`. The lowest three are those of the wire. */
export const bit = {
  ...taskFlags,
  /** Has options of its own, in `SchedulerState.options`. */
  options: 8,
  /** Something went wrong with it once: has a record in `SchedulerState.troubles`. */
  trouble: 16,
  /** Its run has left in a message to its worker. */
  sent: 32,
  /** Its worker has said that it is running. */
  started: 64,
  /** Sent to its worker while inputs were still being made there. */
  ahead: 128,
  /** Waits for its next attempt to be due. */
  held: 256,
  /** Has no definition: a value that was scattered, or found on a worker. */
  given: 512,
  /** Queued, and set aside for a worker that has its siblings. */
  reserved: 1024,
  /** Its worker had a free slot when it was assigned: when it ends, the time under way is known. */
  probe: 2048,
  /** Runs on a second worker too. */
  twin: 4096,
  /** Its worker was asked to give it back. */
  stealing: 8192,
  /** Its run was found on a worker, which has the inputs: they are not asked for. */
  selfContained: 16384,
  /** Runs without occupying a slot of its worker. */
  seceded: 32768,
} as const;

/** The bits that go to the worker with the task. */
export const wireBits = bit.argsAreRefs | bit.literal | bit.pure;

const smallest = 64;
const { initial } = schedulerTaskTable;

export class TaskTable {
  capacity = smallest;
  /** Slots from here on were never used. */
  size = 0;
  /** Tasks there are. */
  live = 0;

  readonly keys: string[] = [];
  /** The `keyPlace` of each key. */
  keyHash = new Uint32Array(smallest);
  stamp = new Uint32Array(smallest);
  state = new Uint8Array(smallest);
  flags = new Uint16Array(smallest);

  // ---- definition
  batch = new Int32Array(smallest);
  fn = new Int32Array(smallest);
  argStart = new Uint32Array(smallest);
  argLength = new Uint32Array(smallest);
  prefix = new Uint16Array(smallest);
  constraint = new Int32Array(smallest);
  /** Smaller starts first; `user` is compared before. */
  priority = new Float64Array(smallest);
  user = new Float32Array(smallest);

  // ---- edges, see EdgeTable
  edgeStart = new Int32Array(smallest);
  edgeCount = new Int32Array(smallest);
  /** The first `dataCount` of its edges are data, the others control. */
  dataCount = new Int32Array(smallest);
  firstDependent = new Int32Array(smallest).fill(-1);
  /** Tasks whose definitions name this one. */
  dependents = new Int32Array(smallest);

  // ---- counts kept along the way
  /** While active: its inputs that are not in memory. */
  waitingFor = new Int32Array(smallest);
  /** Active tasks among its dependents. */
  needers = new Int32Array(smallest);
  /** The first of its wants, or -1; see WantTable. */
  firstWant = new Int32Array(smallest).fill(-1);

  // ---- the newest run, and where it or its value is
  run = new Float64Array(smallest);
  nbytes = new Float64Array(smallest);
  /** Its value at the scheduler: a handle of InlineStore, or -1. */
  inline = new Int32Array(smallest).fill(-1);
  /** While processing: the worker's number, else -1. */
  worker = new Int32Array(smallest).fill(-1);
  /** While processing: its row in AssignmentTable. */
  assignment = new Int32Array(smallest);
  /** In memory: one worker that has a copy, or -1; others are in `SchedulerState.copies`. */
  holder = new Int32Array(smallest).fill(-1);

  /** Scratch for whoever builds a message: the number of the last message it went into. */
  mark = new Uint32Array(smallest);

  #free = new Int32Array(smallest);
  #freeCount = 0;

  /**
   * A slot for a new task, released and without flags. The columns of its definition are for the caller to fill; all
   * others are as `remove` must find them: counts 0, references -1.
   */
  add(key: string, hash: number): number {
    const slot = this.#freeCount > 0 ? this.#free[--this.#freeCount]! : this.#next();
    this.live++;
    this.keys[slot] = key;
    this.keyHash[slot] = hash;
    this.stamp[slot]!++;
    this.state[slot] = initial;
    this.flags[slot] = 0;
    this.run[slot] = 0;
    return slot;
  }

  remove(slot: number): void {
    this.live--;
    this.keys[slot] = "";
    // Whoever still holds the old stamp learns that the task is gone.
    this.stamp[slot]!++;
    if (this.#freeCount === this.#free.length) this.#free = grown(this.#free, this.#free.length * 2);
    this.#free[this.#freeCount++] = slot;
  }

  /** Makes room for `count` more tasks at once, so that a large graph grows the columns one time. */
  reserve(count: number): void {
    const needed = this.size + count - this.#freeCount;
    if (needed > this.capacity) this.#grow(Math.max(needed, Math.ceil(this.capacity * 1.5)));
  }

  #next(): number {
    if (this.size === this.capacity) this.#grow(this.capacity * 2);
    return this.size++;
  }

  #grow(capacity: number): void {
    this.capacity = capacity;
    this.keys.length = capacity;
    this.keyHash = grown(this.keyHash, capacity);
    this.stamp = grown(this.stamp, capacity);
    this.state = grown(this.state, capacity);
    this.flags = grown(this.flags, capacity);
    this.batch = grown(this.batch, capacity);
    this.fn = grown(this.fn, capacity);
    this.argStart = grown(this.argStart, capacity);
    this.argLength = grown(this.argLength, capacity);
    this.prefix = grown(this.prefix, capacity);
    this.constraint = grown(this.constraint, capacity);
    this.priority = grown(this.priority, capacity);
    this.user = grown(this.user, capacity);
    this.edgeStart = grown(this.edgeStart, capacity);
    this.edgeCount = grown(this.edgeCount, capacity);
    this.dataCount = grown(this.dataCount, capacity);
    this.firstDependent = grown(this.firstDependent, capacity, -1);
    this.dependents = grown(this.dependents, capacity);
    this.waitingFor = grown(this.waitingFor, capacity);
    this.needers = grown(this.needers, capacity);
    this.firstWant = grown(this.firstWant, capacity, -1);
    this.run = grown(this.run, capacity);
    this.nbytes = grown(this.nbytes, capacity);
    this.inline = grown(this.inline, capacity, -1);
    this.worker = grown(this.worker, capacity, -1);
    this.assignment = grown(this.assignment, capacity);
    this.holder = grown(this.holder, capacity, -1);
    this.mark = grown(this.mark, capacity);
  }
}
