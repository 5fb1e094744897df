/** Times at which single tasks want attention: a heap of (time, task, why). Taken back by being passed over. */

export type TimerKind = "retry" | "noWorker";

export interface Timer {
  readonly atMs: number;
  readonly kind: TimerKind;
  readonly slot: number;
  readonly stamp: number;
}

export class Timers {
  readonly #heap: Timer[] = [];

  get nextMs(): number {
    return this.#heap[0]?.atMs ?? Infinity;
  }

  get size(): number {
    return this.#heap.length;
  }

  all(): readonly Timer[] {
    return this.#heap;
  }

  add(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.atMs <= timer.atMs) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  /** Takes the first timer that is due. */
  due(nowMs: number): Timer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.atMs > nowMs) return undefined;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child++;
      if (heap[child]!.atMs >= last.atMs) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
