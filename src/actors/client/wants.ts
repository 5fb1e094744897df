/**
 * The keys a client wants, and what is known of each: one record a key, for a computation may want a hundred thousand.
 * A value that came with the news is not taken out of it: the record says where it stands, and what reads it makes of
 * it what it needs.
 *
 * Invariant: the digests are those of the keys that the scheduler counts among this client's wants, and of those of them
 * that have settled (C2 of client.core.ts).
 */

import { keyHash } from "../../protocol/digest.js";
import type { Kept } from "./kept-graph.js";
import { inlineOutcome, pending } from "./outcome.js";
import type { InlineValues, Outcome } from "./stimuli.js";

export class Wanted {
  readonly key: string;
  readonly hash: number;
  /** How many turns, releases and retries, the client had told of when it began to want the key. */
  readonly since: number;
  /**
   * The same when it last wanted it tried again, if it has. The scheduler hears of those turns first: what it says having
   * taken fewer is of another task that stood under the key, or of an attempt before.
   */
  heedsFrom: number;
  /** Somebody waits for the value itself. */
  needed = false;
  /** The graphs it was submitted with: nearly always one, several when equal pure tasks were submitted twice. */
  graphs: Kept | readonly Kept[] | undefined;
  #outcome: Outcome = pending;
  /** Where its value stands among those that came with it, when that is all there is to know. */
  #values: InlineValues | undefined;
  #row = 0;
  /** The scheduler has refused its graph, and knows nothing of it. */
  isRefused = false;

  constructor(key: string, since: number) {
    this.key = key;
    this.since = since;
    this.heedsFrom = since;
    this.hash = keyHash(key) | 0;
  }

  get state(): Outcome["state"] {
    return this.#values === undefined ? this.#outcome.state : "finished";
  }

  get outcome(): Outcome {
    return this.#values === undefined ? this.#outcome : inlineOutcome(this.#values, this.#row);
  }

  /** Whether the scheduler counts it among this client's wants: what it has cancelled or refused it does not. */
  get isWantedThere(): boolean {
    return this.#values !== undefined || (this.#outcome.state !== "cancelled" && !this.isRefused);
  }

  /** Whether the scheduler counts it among what this client has heard the end of. */
  get isSettledThere(): boolean {
    return this.#values !== undefined || (this.isWantedThere && this.#outcome.state !== "pending");
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
  #settledDigest = 0;

  /** Order-independent, of all that the scheduler should think is wanted. */
  get digest(): number {
    return this.#digest >>> 0;
  }

  /** The same of those that have settled. */
  get settledDigest(): number {
    return this.#settledDigest >>> 0;
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

  /** The key was not wanted, and is now, after so many turns. */
  add(key: string, turns: number): Wanted {
    const wanted = new Wanted(key, turns);
    this.#wanted.set(key, wanted);
    this.#weigh(wanted);
    return wanted;
  }

  delete(wanted: Wanted): void {
    this.#wanted.delete(wanted.key);
    this.#weigh(wanted);
  }

  become(wanted: Wanted, outcome: Outcome): void {
    this.#weigh(wanted);
    wanted.isRefused = false;
    wanted.set(outcome);
    this.#weigh(wanted);
  }

  /** The scheduler would not have its graph. */
  refuse(wanted: Wanted, outcome: Outcome): void {
    this.#weigh(wanted);
    wanted.isRefused = true;
    wanted.set(outcome);
    this.#weigh(wanted);
  }

  /** It is finished, and its value came along. */
  becomeInline(wanted: Wanted, values: InlineValues, row: number): void {
    this.#weigh(wanted);
    wanted.isRefused = false;
    wanted.setInline(values, row);
    this.#weigh(wanted);
  }

  /** Counts it in the digests it belongs to, or out of them. */
  #weigh(wanted: Wanted): void {
    if (wanted.isWantedThere) this.#digest ^= wanted.hash;
    if (wanted.isSettledThere) this.#settledDigest ^= wanted.hash;
  }

  /** What the scheduler should count among this client's wants. */
  wantedThere(): Wanted[] {
    return [...this.#wanted.values()].filter((wanted) => wanted.isWantedThere);
  }

  pending(): string[] {
    return [...this.#wanted.values()].filter(({ state }) => state === "pending").map(({ key }) => key);
  }

  /** Whether the digests are those of the keys. */
  areDigestsRight(): boolean {
    let digest = 0;
    let settled = 0;
    for (const wanted of this.#wanted.values()) {
      if (wanted.isWantedThere) digest ^= wanted.hash;
      if (wanted.isSettledThere) settled ^= wanted.hash;
    }
    return digest === this.#digest && settled === this.#settledDigest;
  }
}
