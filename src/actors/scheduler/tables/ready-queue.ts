/**
 * Tasks that are ready, by priority. The many root tasks of a graph come at once and are kept as one sorted row, so
 * that taking the first costs the same however many there are; tasks that come one by one go into a heap.
 *
 * Entries are not removed when their task leaves the state it was queued in: they are passed over, and swept out
 * when they are the majority. A task that is entered twice comes out once.
 */

import { schedulerTaskTable } from "../../task/tables.js";
import { grown } from "./grow.js";
import type { IntList } from "./int-list.js";
import { bit, type TaskTable } from "./task-table.js";

const { queued } = schedulerTaskTable.state;
/** Fewer tasks than this are not worth a row. */
const leastRow = 32;

/** Sorted tasks from `at` on. The priority of the one at `at`, as it was when its turn came, is kept beside. */
interface Row {
  readonly slots: Int32Array;
  readonly stamps: Uint32Array;
  at: number;
  user: number;
  priority: number;
}

export class ReadyQueue {
  readonly #tasks: TaskTable;
  /** A heap of rows by their first task. */
  #rows: Row[] = [];
  /** A heap of single tasks, with copies of their priorities: a slot may have come to be another task's. */
  #slots = new Int32Array(16);
  #stamps = new Uint32Array(16);
  #users = new Float32Array(16);
  #priorities = new Float64Array(16);
  #heapSize = 0;
  #entries = 0;

  constructor(tasks: TaskTable) {
    this.#tasks = tasks;
  }

  /** Entries, those to be passed over included. */
  get entries(): number {
    return this.#entries;
  }

  push(slot: number): void {
    const { stamp, user, priority } = this.#tasks;
    this.#entries++;
    this.#heapPush(slot, stamp[slot]!, user[slot]!, priority[slot]!);
  }

  /** Enters tasks that are queued already, in any order. */
  pushAll(list: IntList): void {
    if (list.length < leastRow) {
      for (let i = 0; i < list.length; i++) this.push(list.items[i]!);
      return;
    }
    this.#addRow(this.#sorted(list.items.slice(0, list.length)));
  }

  /** The first task, or -1. */
  peek(): number {
    this.#passOver();
    const row = this.#rows[0];
    if (this.#heapSize === 0) return row === undefined ? -1 : row.slots[row.at]!;
    return this.#singleIsFirst(row) ? this.#slots[0]! : row!.slots[row!.at]!;
  }

  /** Takes the first task out; -1 when there is none. */
  pop(): number {
    const slot = this.peek();
    if (slot < 0) return -1;
    const row = this.#rows[0];
    if (row !== undefined && row.slots[row.at] === slot && !this.#singleIsFirst(row)) this.#advance(row);
    else this.#heapPop();
    return slot;
  }

  /** Sweeps out what is only passed over, when `live` tasks are really queued here. */
  sweep(live: number): void {
    if (this.#entries <= 2 * live + 64) return;
    const slots = new Set(this.slots());
    this.#rows = [];
    this.#heapSize = 0;
    this.#entries = 0;
    if (slots.size > 0) this.#addRow(this.#sorted(Int32Array.from(slots)));
  }

  /** The tasks that are queued here, in no particular order; some perhaps twice. */
  *slots(): IterableIterator<number> {
    for (const row of this.#rows) {
      for (let i = row.at; i < row.slots.length; i++) {
        if (this.#isLive(row.slots[i]!, row.stamps[i]!)) yield row.slots[i]!;
      }
    }
    for (let i = 0; i < this.#heapSize; i++) {
      if (this.#isLive(this.#slots[i]!, this.#stamps[i]!)) yield this.#slots[i]!;
    }
  }

  #isLive(slot: number, stamp: number): boolean {
    const tasks = this.#tasks;
    return (
      tasks.stamp[slot] === stamp && tasks.state[slot] === queued && (tasks.flags[slot]! & bit.reserved) === 0
    );
  }

  #singleIsFirst(row: Row | undefined): boolean {
    if (this.#heapSize === 0) return false;
    if (row === undefined) return true;
    return startsBefore(
      this.#users[0]!,
      this.#priorities[0]!,
      this.#slots[0]!,
      row.user,
      row.priority,
      row.slots[row.at]!,
    );
  }

  #sorted(slots: Int32Array): Int32Array {
    const { user, priority } = this.#tasks;
    for (let i = 1; i < slots.length; i++) {
      const a = slots[i - 1]!;
      const b = slots[i]!;
      if (startsBefore(user[b]!, priority[b]!, b, user[a]!, priority[a]!, a)) {
        return sortByPriority(slots, this.#tasks);
      }
    }
    return slots;
  }

  #addRow(slots: Int32Array): void {
    const { stamp, user, priority } = this.#tasks;
    const stamps = new Uint32Array(slots.length);
    for (let i = 0; i < slots.length; i++) stamps[i] = stamp[slots[i]!]!;
    const first = slots[0]!;
    this.#entries += slots.length;
    this.#rows.push({ slots, stamps, at: 0, user: user[first]!, priority: priority[first]! });
    this.#rowUp(this.#rows.length - 1);
  }

  /** Drops entries at the head whose tasks are no longer queued. */
  #passOver(): void {
    for (let row = this.#rows[0]; row !== undefined; row = this.#rows[0]) {
      if (this.#isLive(row.slots[row.at]!, row.stamps[row.at]!)) break;
      this.#advance(row);
    }
    while (this.#heapSize > 0 && !this.#isLive(this.#slots[0]!, this.#stamps[0]!)) this.#heapPop();
  }

  /** The first row goes on to its next task that is still queued. */
  #advance(row: Row): void {
    const { user, priority } = this.#tasks;
    do {
      row.at++;
      this.#entries--;
    } while (row.at < row.slots.length && !this.#isLive(row.slots[row.at]!, row.stamps[row.at]!));
    if (row.at < row.slots.length) {
      const slot = row.slots[row.at]!;
      row.user = user[slot]!;
      row.priority = priority[slot]!;
      if (this.#rows.length > 1) this.#rowDown();
      return;
    }
    const last = this.#rows.pop()!;
    if (this.#rows.length === 0) return;
    this.#rows[0] = last;
    this.#rowDown();
  }

  #rowUp(from: number): void {
    const rows = this.#rows;
    let at = from;
    const row = rows[at]!;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!rowBefore(row, rows[parent]!)) break;
      rows[at] = rows[parent]!;
      at = parent;
    }
    rows[at] = row;
  }

  #rowDown(): void {
    const rows = this.#rows;
    const row = rows[0]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= rows.length) break;
      if (child + 1 < rows.length && rowBefore(rows[child + 1]!, rows[child]!)) child++;
      if (!rowBefore(rows[child]!, row)) break;
      rows[at] = rows[child]!;
      at = child;
    }
    rows[at] = row;
  }

  #heapPush(slot: number, stamp: number, user: number, priority: number): void {
    if (this.#heapSize === this.#slots.length) this.#heapGrow();
    let at = this.#heapSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#entryAfter(parent, user, priority, slot)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#place(at, slot, stamp, user, priority);
  }

  #heapPop(): void {
    this.#entries--;
    const size = --this.#heapSize;
    if (size === 0) return;
    const slot = this.#slots[size]!;
    const user = this.#users[size]!;
    const priority = this.#priorities[size]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const other = child + 1;
      if (
        other < size &&
        this.#entryAfter(child, this.#users[other]!, this.#priorities[other]!, this.#slots[other]!)
      ) {
        child = other;
      }
      if (this.#entryAfter(child, user, priority, slot)) break;
      this.#move(child, at);
      at = child;
    }
    this.#place(at, slot, this.#stamps[size]!, user, priority);
  }

  /** Whether the entry at `at` starts after a task of that priority. */
  #entryAfter(at: number, user: number, priority: number, slot: number): boolean {
    return startsBefore(user, priority, slot, this.#users[at]!, this.#priorities[at]!, this.#slots[at]!);
  }

  #move(from: number, to: number): void {
    this.#place(to, this.#slots[from]!, this.#stamps[from]!, this.#users[from]!, this.#priorities[from]!);
  }

  #place(at: number, slot: number, stamp: number, user: number, priority: number): void {
    this.#slots[at] = slot;
    this.#stamps[at] = stamp;
    this.#users[at] = user;
    this.#priorities[at] = priority;
  }

  #heapGrow(): void {
    const capacity = this.#heapSize * 2;
    this.#slots = grown(this.#slots, capacity);
    this.#stamps = grown(this.#stamps, capacity);
    this.#users = grown(this.#users, capacity);
    this.#priorities = grown(this.#priorities, capacity);
  }
}

function startsBefore(
  userA: number,
  priorityA: number,
  slotA: number,
  userB: number,
  priorityB: number,
  slotB: number,
): boolean {
  if (userA !== userB) return userA < userB;
  return priorityA === priorityB ? slotA < slotB : priorityA < priorityB;
}

function rowBefore(a: Row, b: Row): boolean {
  return startsBefore(a.user, a.priority, a.slots[a.at]!, b.user, b.priority, b.slots[b.at]!);
}

const slotRange = 2 ** 24;
const priorityRange = 2 ** 29;

/**
 * By user priority, priority and slot. Where all have one user priority and whole priorities close together, which is
 * the usual case, a task becomes one number and the engine's sort of numbers is many times faster.
 */
function sortByPriority(slots: Int32Array, tasks: TaskTable): Int32Array {
  const { user, priority } = tasks;
  let least = Infinity;
  let most = -Infinity;
  let plain = true;
  for (const slot of slots) {
    const p = priority[slot]!;
    if (p < least) least = p;
    if (p > most) most = p;
    plain &&= user[slot] === user[slots[0]!] && Number.isInteger(p) && slot < slotRange;
  }
  if (plain && most - least < priorityRange) {
    const numbers = new Float64Array(slots.length);
    for (let i = 0; i < slots.length; i++) {
      numbers[i] = (priority[slots[i]!]! - least) * slotRange + slots[i]!;
    }
    numbers.sort();
    for (let i = 0; i < slots.length; i++) slots[i] = numbers[i]! % slotRange;
    return slots;
  }
  return slots.sort((a, b) => user[a]! - user[b]! || priority[a]! - priority[b]! || a - b);
}
