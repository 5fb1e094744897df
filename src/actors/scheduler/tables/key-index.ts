/**
 * Which slot a key stands in: an open hash table of slots beside the table of tasks, which has the keys and their
 * hashes. Numbers only, so that it costs the garbage collector nothing; and keys that are used one after the other
 * mostly lie one after the other (see `keyPlace`), so that it stays as fast when it is large.
 *
 * Invariants: at most half of the places are taken; between the place a key belongs to and the one it is in, none is
 * free.
 */

import { keyPlace } from "../../../protocol/digest.js";
import type { TaskTable } from "./task-table.js";

const smallest = 64;

export class KeyIndex {
  readonly #tasks: TaskTable;
  /** For each place the slot, or -1, and the hash of its key. */
  #places = new Int32Array(2 * smallest).fill(-1);
  #mask = smallest - 1;
  /** Keys there are. */
  size = 0;

  constructor(tasks: TaskTable) {
    this.#tasks = tasks;
  }

  /** The slot of the key, or -1. */
  get(key: string): number {
    return this.find(key, keyPlace(key));
  }

  /** The same, for a hash that is known already. */
  find(key: string, hash: number): number {
    const places = this.#places;
    const { keys } = this.#tasks;
    const tag = hash | 0;
    for (let at = hash & this.#mask; ; at = (at + 1) & this.#mask) {
      const slot = places[2 * at]!;
      if (slot < 0) return -1;
      if (places[2 * at + 1] === tag && keys[slot] === key) return slot;
    }
  }

  /** The key of `slot`, which is not in the index, has this hash. */
  add(slot: number, hash: number): void {
    if (2 * ++this.size > this.#mask + 1) this.#resize(2 * (this.#mask + 1));
    this.#put(slot, hash);
  }

  /** Makes room for `count` more keys at once. */
  reserve(count: number): void {
    let room = this.#mask + 1;
    while (2 * (this.size + count) > room) room *= 2;
    if (room > this.#mask + 1) this.#resize(room);
  }

  delete(slot: number): void {
    const places = this.#places;
    const mask = this.#mask;
    let at = this.#tasks.keyHash[slot]! & mask;
    while (places[2 * at] !== slot) at = (at + 1) & mask;
    // Those behind it that belong before the gap move up.
    for (let next = (at + 1) & mask; places[2 * next]! >= 0; next = (next + 1) & mask) {
      const home = places[2 * next + 1]! & mask;
      if (((next - home) & mask) < ((next - at) & mask)) continue;
      places[2 * at] = places[2 * next]!;
      places[2 * at + 1] = places[2 * next + 1]!;
      at = next;
    }
    places[2 * at] = -1;
    if (--this.size * 16 < mask && mask > smallest) this.#resize((mask + 1) / 4);
  }

  #put(slot: number, hash: number): void {
    const places = this.#places;
    let at = hash & this.#mask;
    while (places[2 * at]! >= 0) at = (at + 1) & this.#mask;
    places[2 * at] = slot;
    places[2 * at + 1] = hash | 0;
  }

  #resize(capacity: number): void {
    const before = this.#places;
    const room = Math.max(smallest, capacity);
    this.#places = new Int32Array(2 * room).fill(-1);
    this.#mask = room - 1;
    for (let at = 0; at < before.length; at += 2) {
      if (before[at]! >= 0) this.#put(before[at]!, before[at + 1]!);
    }
  }
}
