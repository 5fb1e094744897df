/**
 * A clock that stands still until it is told to go on: timers ring in the order of their times, those of one time in
 * the order in which they were set. Time is what the simulation says; nothing here looks at a real clock.
 */

import type { Clock } from "../actors/runtime/clock.js";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export class VirtualClock implements Clock {
  readonly #heap: Timer[] = [];
  #nowMs = 0;
  #order = 0;

  now(): number {
    return this.#nowMs;
  }

  setTimer(atMs: number, run: () => void): () => void {
    const timer: Timer = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, run };
    this.#push(timer);
    return () => (timer.run = undefined);
  }

  defer(run: () => void): void {
    this.setTimer(this.#nowMs, run);
  }

  /** When the next timer rings; `Infinity` when none is set. */
  get nextMs(): number {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) this.#pop();
    return this.#heap[0]?.atMs ?? Infinity;
  }

  /** Goes on to the next timer and rings it. False when there is none. */
  step(): boolean {
    if (this.nextMs === Infinity) return false;
    const timer = this.#pop();
    this.#nowMs = timer.atMs;
    const { run } = timer;
    timer.run = undefined;
    run?.();
    return true;
  }

  /** Rings everything up to `atMs`, which is then the time. */
  advanceTo(atMs: number): void {
    while (this.nextMs <= atMs) this.step();
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!ringsBefore(timer, heap[parent] as Timer)) break;
      heap[at] = heap[parent] as Timer;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): Timer {
    const heap = this.#heap;
    const first = heap[0] as Timer;
    const last = heap.pop() as Timer;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && ringsBefore(right, heap[child] as Timer)) child++;
      if (!ringsBefore(heap[child] as Timer, last)) break;
      heap[at] = heap[child] as Timer;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function ringsBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
