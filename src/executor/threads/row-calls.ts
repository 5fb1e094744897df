/**
 * Makes calls of the rows of a thread's work: finds the function of each, decodes its arguments, puts its inputs in
 * their places. Keeps what later rows can use again: functions by their numbers, decoded values as far as the cache
 * goes, and what rows make for later rows of the same message.
 */

import type { AnyFunction } from "../../graph/functions.js";
import { taskFlags, type WireFunction } from "../../protocol/messages.js";
import { fromWire } from "../functions/wire.js";
import { ModuleNotLoaded } from "../functions/task-modules.js";
import { decodeRow, decodeValue } from "../values/codec.js";
import { DecodedValues } from "./decoded-values.js";
import { MadeHere } from "./made-here.js";
import type { Work } from "./messages.js";

export interface Call {
  readonly fn: AnyFunction;
  readonly args: readonly unknown[];
}

const noInputs: readonly unknown[] = [];

export class RowCalls {
  readonly #functions: (AnyFunction | WireFunction)[] = [];
  readonly #values: DecodedValues;
  readonly #made = new MadeHere();

  /** @param cacheBytes what decoded values may take, by their encoded size. */
  constructor(cacheBytes: number) {
    this.#values = new DecodedValues(cacheBytes);
  }

  expect(work: Work): void {
    this.forget(work.forget);
    for (const [number, wire] of work.fns) this.#functions[number] = wire;
    this.#made.expect(work);
  }

  forget(runs: Iterable<number>): void {
    for (const run of runs) this.#values.delete(run);
  }

  /** What is kept only so that it need not be decoded again. */
  forgetAll(): void {
    this.#values.clear();
  }

  /** Whether all that row `i` needs of earlier rows was made. */
  isComplete(work: Work, i: number): boolean {
    return this.#made.isComplete(work, i);
  }

  /** Row `i` does not run: what later rows need of it will not be made here. */
  leaveOut(work: Work, i: number): void {
    this.#made.failed(work.run[i] as number);
    this.#made.used(work, i);
  }

  /** The run has made this value, of that size; a large one is kept for its next use. */
  madeValue(run: number, value: unknown, nbytes: number, isLarge: boolean): void {
    this.#made.made(run, value);
    if (isLarge) this.#values.set(run, value, nbytes);
  }

  /** The run has not made a value. */
  madeNone(run: number): void {
    this.#made.failed(run);
  }

  /**
   * The call of row `i`, which has then used its inputs.
   *
   * @throws ModuleNotLoaded when a module has to be loaded first: it is to be asked again then.
   */
  call(work: Work, i: number): Call {
    let call: Call;
    try {
      call = { fn: this.#function(work.fn[i] as number), args: this.#arguments(work, i) };
    } catch (thrown) {
      if (!(thrown instanceof ModuleNotLoaded)) this.#made.used(work, i);
      throw thrown;
    }
    this.#made.used(work, i);
    return call;
  }

  #function(number: number): AnyFunction {
    const known = this.#functions[number];
    if (typeof known === "function") return known;
    const fn = fromWire(known as WireFunction);
    this.#functions[number] = fn;
    return fn;
  }

  #arguments(work: Work, i: number): readonly unknown[] {
    const inputs = this.#inputs(work, i);
    if ((work.flags[i]! & taskFlags.argsAreRefs) !== 0) return inputs;
    return decodeRow(work.args, work.argStart[i]!, work.argStart[i + 1]!, inputs) as readonly unknown[];
  }

  #inputs(work: Work, i: number): readonly unknown[] {
    const start = work.depStart[i]!;
    const end = work.depStart[i + 1]!;
    if (start === end) return noInputs;
    const inputs = new Array<unknown>(end - start);
    for (let e = start; e < end; e++) inputs[e - start] = this.#input(work, work.dep[e]!);
    return inputs;
  }

  #input(work: Work, index: number): unknown {
    const row = index - work.valueRun.length;
    if (row >= 0) return this.#made.value(work.run[row]!);
    const run = work.valueRun[index]!;
    const known = this.#values.get(run);
    if (known !== undefined) return known.value;
    const [value, nbytes] = decodeInput(work, index);
    this.#values.set(run, value, nbytes);
    return value;
  }
}

function decodeInput({ valueStart, values, shared }: Work, index: number): readonly [unknown, number] {
  const start = valueStart[index]!;
  const end = valueStart[index + 1]!;
  if (end > start) return [decodeRow(values, start, end), end - start];
  const bytes = shared.find(([at]) => at === index)?.[1] ?? values.subarray(start, end);
  return [decodeValue(bytes), bytes.length];
}
