/** A growing list of 32-bit integers: work lists, stacks and queues of task slots without an object per entry. */

export class IntList {
  items: Int32Array;
  length = 0;

  constructor(capacity = 16) {
    this.items = new Int32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.items.length) this.#grow();
    this.items[this.length++] = value;
  }

  /** The last one; the list must not be empty. */
  pop(): number {
    return this.items[--this.length]!;
  }

  /** The first `count` are done with: what is behind them moves up. */
  dropFirst(count: number): void {
    this.items.copyWithin(0, count, this.length);
    this.length -= count;
  }

  clear(): void {
    this.length = 0;
    // A list that was long once does not stay large for ever.
    if (this.items.length > 65_536) this.items = new Int32Array(16);
  }

  #grow(): void {
    const larger = new Int32Array(this.items.length * 2);
    larger.set(this.items);
    this.items = larger;
  }
}
