/**
 * A set of small integers that gives its least member: 32-way trees of bits, so that both operations touch one
 * word per level (four levels for a million members) and nothing is ever allocated.
 *
 * Invariant: bit `i` of a word above the leaves is set exactly when word `i` below it is not zero.
 */

export class ReadySet {
  /** Leaves first, the single root word last. */
  readonly #levels: readonly Int32Array[];

  /** Members are 0 … `capacity` − 1. */
  constructor(capacity: number) {
    const levels: Int32Array[] = [];
    let words = capacity;
    do {
      words = (words + 31) >>> 5;
      levels.push(new Int32Array(Math.max(1, words)));
    } while (words > 1);
    this.#levels = levels;
  }

  add(member: number): void {
    let at = member;
    for (const level of this.#levels) {
      const word = at >>> 5;
      const before = level[word]!;
      level[word] = before | (1 << (at & 31));
      if (before !== 0) return;
      at = word;
    }
  }

  /** Removes the least member and gives it; −1 when there is none. */
  takeFirst(): number {
    const levels = this.#levels;
    let at = 0;
    for (let depth = levels.length - 1; depth >= 0; depth--) {
      const word = levels[depth]![at]!;
      if (word === 0) return -1;
      at = (at << 5) | (31 - Math.clz32(word & -word));
    }
    let cleared = at;
    for (const level of levels) {
      const word = cleared >>> 5;
      level[word]! &= ~(1 << (cleared & 31));
      if (level[word] !== 0) break;
      cleared = word;
    }
    return at;
  }
}
