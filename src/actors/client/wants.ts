/**
 * The keys a client wants, and what is known of each: one record a key, for a computation may want a hundred thousand.
 * A value that came with the news is not taken out of it: the record says where it stands, and what reads it makes of
 * it what it needs.
 *
 * Invariant: the digest is that of the keys without those that were cancelled (C2 of client.core.ts).
 */

import { keyHash } from "../../protocol/digest.js";
import type { Kept } from "./kept-graph.js";
import { inlineOutcome, pending } from "./outcome.js";
import type { InlineValues, Outcome } from "./stimuli.js";

export class Wanted {
  readonly key: string;
  readonly hash: number;
  /** Somebody waits for the value itself. */
  needed = false;
  /** The graphs it was submitted with: nearly always one, several when equal pure tasks were submitted twice. */
  graphs: Kept | readonly Kept[] | undefined;
  #outcome: Outcome = pending;
  /** Where its value stands among those that came with it, when that is all there is to know. */
  #values: InlineValues | undefined;
  #row = 0;

  constructor(key: string) {
    this.key = key;
    this.hash = keyHash(key) | 0;
  }

  get state(): Outcome["state"] {
    return this.#values === undefined ? this.#outcome.state : "finished";
  }

  get outcome(): Outcome {
    return this.#values === undefined ? this.#outcome : inlineOutcome(this.#values, this.#row);
  }

  /** Whether the scheduler counts it among this client's wants: what it has cancelled it does not. */
  get isWantedThere(): boolean {
    return this.#values !== undefined || this.#outcome.state !== "cancelled";
  }

  set(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#values = undefined;
  }

  setInline(values: InlineValues, row: number): void {
    this.#values = values;
    this.#row = row;
  }
}

export class Wants {
  readonly #wanted = new Map<string, Wanted>();
  #digest = 0;

  /** Order-independent, of all that the scheduler should think is wanted. */
  get digest(): number {
    return this.#digest >>> 0;
  }

  get(key: string): Wanted | undefined {
    return this.#wanted.get(key);
  }

  has(key: string): boolean {
    return this.#wanted.has(key);
  }

  all(): IterableIterator<Wanted> {
    return this.#wanted.values();
  }

  /** The key was not wanted, and is now. */
  add(key: string): Wanted {
    const wanted = new Wanted(key);
    this.#wanted.set(key, wanted);
    this.#digest ^= wanted.hash;
    return wanted;
  }

  delete(wanted: Wanted): void {
    this.#wanted.delete(wanted.key);
    if (wanted.isWantedThere) this.#digest ^= wanted.hash;
  }

  become(wanted: Wanted, outcome: Outcome): void {
    const before = wanted.isWantedThere;
    wanted.set(outcome);
    if (before !== wanted.isWantedThere) this.#digest ^= wanted.hash;
  }

  /** It is finished, and its value came along. */
  becomeInline(wanted: Wanted, values: InlineValues, row: number): void {
    if (!wanted.isWantedThere) this.#digest ^= wanted.hash;
    wanted.setInline(values, row);
  }

  /** What is wanted but for what was cancelled. */
  keysWantedThere(): string[] {
    return [...this.#wanted.values()].filter((wanted) => wanted.isWantedThere).map(({ key }) => key);
  }

  pending(): string[] {
    return [...this.#wanted.values()].filter(({ state }) => state === "pending").map(({ key }) => key);
  }

  /** Whether the digest is that of the keys. */
  isDigestRight(): boolean {
    let digest = 0;
    for (const wanted of this.#wanted.values()) if (wanted.isWantedThere) digest ^= wanted.hash;
    return digest === this.#digest;
  }
}
