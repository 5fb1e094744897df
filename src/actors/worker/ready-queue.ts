/**
 * Runs that are ready to start, by priority.
 *
 * Runs mostly become ready in order, so those that belong at the end go into a plain queue, and only the others
 * into a heap: the usual case costs no comparisons but one. Runs that are cancelled stay inside and are passed
 * over when they come out.
 */

import { startsBefore, type RunRecord } from "./run-record.js";

export class ReadyQueue {
  readonly #ready: number;
  #inOrder: RunRecord[] = [];
  #head = 0;
  readonly #heap: RunRecord[] = [];
  #live = 0;

  /** @param ready the state number that a run in the queue must still have to come out. */
  constructor(ready: number) {
    this.#ready = ready;
  }

  /** Runs in the queue, cancelled ones not counted. */
  get size(): number {
    return this.#live;
  }

  push(record: RunRecord): void {
    this.#live++;
    const last = this.#inOrder[this.#inOrder.length - 1];
    if (this.#head >= this.#inOrder.length || last === undefined || startsBefore(last, record)) {
      this.#inOrder.push(record);
    } else this.#heapPush(record);
  }

  /** To be called when a run in the queue is cancelled, after its state has changed. */
  removed(): void {
    this.#live--;
  }

  /** The run to start next, left in the queue. */
  peek(): RunRecord | undefined {
    this.#skipDead();
    const a = this.#inOrder[this.#head];
    const b = this.#heap[0];
    if (a === undefined) return b;
    return b !== undefined && startsBefore(b, a) ? b : a;
  }

  /** The run to start next. */
  pop(): RunRecord | undefined {
    const record = this.peek();
    if (record === undefined) return undefined;
    this.#live--;
    if (record === this.#heap[0]) this.#heapPop();
    else this.#advance();
    return record;
  }

  #skipDead(): void {
    while (this.#head < this.#inOrder.length && this.#inOrder[this.#head]?.state !== this.#ready)
      this.#advance();
    while (this.#heap[0] !== undefined && this.#heap[0].state !== this.#ready) this.#heapPop();
  }

  #advance(): void {
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#inOrder.length) {
      this.#inOrder = this.#inOrder.slice(this.#head);
      this.#head = 0;
    }
  }

  #heapPush(record: RunRecord): void {
    const heap = this.#heap;
    let at = heap.push(record) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!startsBefore(record, heap[parent] as RunRecord)) break;
      heap[at] = heap[parent] as RunRecord;
      at = parent;
    }
    heap[at] = record;
  }

  #heapPop(): void {
    const heap = this.#heap;
    const last = heap.pop() as RunRecord;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && startsBefore(right, heap[child] as RunRecord)) child++;
      if (!startsBefore(heap[child] as RunRecord, last)) break;
      heap[at] = heap[child] as RunRecord;
      at = child;
    }
    heap[at] = last;
  }
}
