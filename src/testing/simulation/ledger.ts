/**
 * What really happened in a simulated cluster, whatever its actors believe: which run made which value, who began
 * what, which incarnations are dead. Executors and users hold what they see against it.
 *
 * V1 a run begins once (I5); V2 it begins with all its inputs there, each the value of the right task, whole (I4);
 * V3 a value is what its task makes of its inputs (I2, I3).
 */

import type { Oracle } from "./oracle.js";
import { decodeNumber, valueOf, type SimulatedTask } from "./simulated-task.js";

export class InvariantBroken extends Error {
  readonly invariant: string;
  readonly key: string | undefined;

  constructor(invariant: string, what: string, key?: string) {
    super(`${invariant}: ${what}`);
    this.name = "InvariantBroken";
    this.invariant = invariant;
    this.key = key;
  }
}

interface Made {
  readonly key: string;
  readonly value: number;
}

export class Ledger {
  /** Times a task failed by itself, and times a worker or thread was lost under it. */
  readonly failures = new Map<string, number>();
  readonly deaths = new Map<string, number>();
  /** Times each task began. */
  readonly begun = new Map<string, number>();
  runsBegun = 0;
  /** Values that workers came back with which had been given up, and those of them that schedulers have taken. */
  giftsOffered = 0;
  giftsTaken = 0;
  readonly #oracle: Oracle;
  readonly #begunRuns = new Map<number, string>();
  readonly #made = new Map<number, Made>();

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** A run begins, with these inputs. Gives the value it will make, if it does not fail. */
  begin(
    run: number,
    task: SimulatedTask,
    inputRuns: readonly number[],
    inputs: readonly Uint8Array[],
    worker: string,
  ): number {
    const { key } = task;
    const before = this.#begunRuns.get(run);
    if (before !== undefined) {
      throw new InvariantBroken(
        "I5",
        `run ${runName(run)} of ${key} begins on ${worker}, and has begun on ${before}`,
        key,
      );
    }
    this.#begunRuns.set(run, worker);
    this.runsBegun++;
    count(this.begun, key);
    if (inputs.length !== task.inputs.length)
      throw new InvariantBroken(
        "I4",
        `${key} has ${inputs.length} inputs and needs ${task.inputs.length}`,
        key,
      );
    const values = inputs.map((bytes, i) =>
      this.read(task.inputs[i] as string, inputRuns[i] as number, bytes, key),
    );
    const value = valueOf(task, values, run);
    this.#made.set(run, { key, value });
    return value;
  }

  /** The number in a value's bytes, which are said to be `key`'s, made by `run`. */
  read(key: string, run: number, bytes: Uint8Array, reader: string): number {
    const value = decodeNumber(bytes);
    if (value === undefined)
      throw new InvariantBroken("I3", `the value of ${key} that ${reader} got is damaged`, key);
    const task = this.#oracle.tasks.get(key);
    if (task?.nbytes !== bytes.length)
      throw new InvariantBroken(
        "I3",
        `the value of ${key} that ${reader} got has ${bytes.length} bytes`,
        key,
      );
    const made = this.#made.get(run);
    if (made === undefined && !task.isLiteral)
      throw new InvariantBroken(
        "I3",
        `${reader} got a value of ${key} that nobody made, of run ${runName(run)}`,
        key,
      );
    if (made !== undefined && (made.key !== key || made.value !== value))
      throw new InvariantBroken(
        "I3",
        `${reader} got for ${key} what run ${runName(run)} of ${made.key} made, or not even that`,
        key,
      );
    const expected = this.#oracle.of(key).value;
    if (expected !== undefined && expected !== value)
      throw new InvariantBroken("I3", `the value of ${key} is ${value}, and has to be ${expected}`, key);
    return value;
  }

  keyOf(run: number): string | undefined {
    return this.#made.get(run)?.key;
  }
}

export function count(counts: Map<string, number>, key: string): number {
  const n = (counts.get(key) ?? 0) + 1;
  counts.set(key, n);
  return n;
}

/** `epoch.counter`, as people read it. */
export function runName(run: number): string {
  return `${Math.floor(run / 4294967296)}.${run % 4294967296}`;
}
