/**
 * The runs a thread has been given and has not been heard of: which slot of the shared memory each has, and what it
 * says of them.
 *
 * Runs are found by their slots, for that is how the thread names them. Looking one up by its number is rare: an index
 * is made when that is asked for, and used until more runs are given.
 */

import type { RunRecord } from "../../actors/worker/run-record.js";
import type { ThreadLost } from "../../actors/worker/stimuli.js";
import { begun, claim, makeSlots, queued, slotCount, takenBack, type SharedSlots } from "./slots.js";

export class ThreadRuns {
  readonly slots: SharedSlots;
  readonly #free = Array.from({ length: slotCount }, (_, i) => slotCount - 1 - i);
  readonly #records: (RunRecord | undefined)[] = [];
  /** May name slots that have another run by now, or none. */
  #slotOf: Map<number, number> | undefined;

  /** @param leaseMs until when runs may begin. */
  constructor(leaseMs: number) {
    this.slots = makeSlots(leaseMs);
  }

  /** Gives each run a slot. */
  add(records: readonly RunRecord[]): Uint32Array {
    const places = new Uint32Array(records.length);
    for (let i = 0; i < records.length; i++) {
      const slot = this.#free.pop() as number;
      places[i] = slot;
      Atomics.store(this.slots.state, slot, queued);
      this.#records[slot] = records[i];
    }
    this.#slotOf = undefined;
    return places;
  }

  at(slot: number): RunRecord | undefined {
    return this.#records[slot];
  }

  /** The slot of a run; undefined when the thread does not have it. */
  slotOf(run: number): number | undefined {
    this.#slotOf ??= new Map(this.#all().map(([slot, record]) => [record.run, slot]));
    const slot = this.#slotOf.get(run);
    return slot !== undefined && this.#records[slot]?.run === run ? slot : undefined;
  }

  hasBegun(slot: number): boolean {
    return Atomics.load(this.slots.state, slot) === begun;
  }

  /** Since when a run that has begun is running. */
  startedAt(slot: number): number {
    return this.slots.startedAt[slot] as number;
  }

  /** The run of a slot, which is free again; not a number when it had none. */
  release(slot: number): number {
    const record = this.#records[slot];
    this.#records[slot] = undefined;
    this.#free.push(slot);
    return record === undefined ? Number.NaN : record.run;
  }

  /** The thread has passed over these slots, whose runs were taken back. */
  passedOver(slots: readonly number[]): void {
    for (const slot of slots) this.#free.push(slot);
  }

  /** Takes a run back unless it has begun. Its slot stays taken until the thread has passed over it. */
  takeBack(slot: number): boolean {
    if (!claim(this.slots, slot, takenBack)) return false;
    this.#records[slot] = undefined;
    return true;
  }

  /** The run of a slot is over for the thread, which is gone. */
  drop(slot: number): void {
    this.#records[slot] = undefined;
  }

  /** Those whose functions are executing now. */
  running(): number[] {
    return this.#all()
      .filter(([slot]) => this.hasBegun(slot))
      .map(([, { run }]) => run);
  }

  /** Of a thread that is gone: who was at it, who ran beside, and who had not begun. */
  account(isGuilty: boolean): Pick<ThreadLost, "guilty" | "bystanders" | "notBegun"> {
    const guilty: number[] = [];
    const bystanders: number[] = [];
    const notBegun: number[] = [];
    for (const [slot, { run }] of this.#all()) {
      if (Atomics.load(this.slots.state, slot) === queued) notBegun.push(run);
      else if (isGuilty && this.hasBegun(slot)) guilty.push(run);
      else bystanders.push(run);
    }
    return { guilty, bystanders, notBegun };
  }

  #all(): (readonly [slot: number, RunRecord])[] {
    const all: (readonly [number, RunRecord])[] = [];
    for (const [slot, record] of this.#records.entries()) if (record !== undefined) all.push([slot, record]);
    return all;
  }
}
