/**
 * The goals a walk may turn to, the most worthwhile first: a binary heap with a place for each task, so that the
 * urgency of a goal inside can change.
 *
 * Less is more urgent: first by `urgency`, then by `turn`. Entries stand in flat arrays side by side.
 */

export class GoalHeap {
  #size = 0;
  readonly #item: Int32Array;
  readonly #urgency: Float64Array;
  readonly #turn: Int32Array;
  /** One more than where a task stands; 0 when it does not. */
  readonly #place: Int32Array;

  constructor(capacity: number) {
    this.#item = new Int32Array(capacity);
    this.#urgency = new Float64Array(capacity);
    this.#turn = new Int32Array(capacity);
    this.#place = new Int32Array(capacity);
  }

  /** The most urgent goal; -1 when there is none. */
  top(): number {
    return this.#size === 0 ? -1 : this.#item[0]!;
  }

  has(v: number): boolean {
    return this.#place[v] !== 0;
  }

  /** The turn of a goal that is there. */
  turnOf(v: number): number {
    return this.#turn[this.#place[v]! - 1]!;
  }

  clear(): void {
    for (let i = 0; i < this.#size; i++) this.#place[this.#item[i]!] = 0;
    this.#size = 0;
  }

  /** Adds a goal, or moves one that is there. */
  put(v: number, urgency: number, turn: number): void {
    const place = this.#place[v]!;
    if (place === 0) {
      this.#up(this.#size++, v, urgency, turn);
      return;
    }
    const at = place - 1;
    const before = this.#urgency[at]!;
    if (urgency < before || (urgency === before && turn <= this.#turn[at]!)) this.#up(at, v, urgency, turn);
    else this.#down(at, v, urgency, turn);
  }

  /** Takes the most urgent goal out. */
  pop(): void {
    this.#place[this.#item[0]!] = 0;
    const last = --this.#size;
    if (last > 0) this.#down(0, this.#item[last]!, this.#urgency[last]!, this.#turn[last]!);
  }

  #up(from: number, v: number, urgency: number, turn: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const u = this.#urgency[parent]!;
      if (u < urgency || (u === urgency && this.#turn[parent]! <= turn)) break;
      this.#set(at, this.#item[parent]!, u, this.#turn[parent]!);
      at = parent;
    }
    this.#set(at, v, urgency, turn);
  }

  #down(from: number, v: number, urgency: number, turn: number): void {
    const size = this.#size;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(child + 1, child)) child++;
      const u = this.#urgency[child]!;
      if (urgency < u || (urgency === u && turn <= this.#turn[child]!)) break;
      this.#set(at, this.#item[child]!, u, this.#turn[child]!);
      at = child;
    }
    this.#set(at, v, urgency, turn);
  }

  #before(a: number, b: number): boolean {
    const difference = this.#urgency[a]! - this.#urgency[b]!;
    return difference < 0 || (difference === 0 && this.#turn[a]! < this.#turn[b]!);
  }

  #set(at: number, v: number, urgency: number, turn: number): void {
    this.#item[at] = v;
    this.#urgency[at] = urgency;
    this.#turn[at] = turn;
    this.#place[v] = at + 1;
  }
}
