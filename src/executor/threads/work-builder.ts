/** Puts runs into the columns of one message to a thread. Function numbers are those of this thread. */

import type { RunRecord } from "../../actors/worker/run-record.js";
import type { WireFunction } from "../../protocol/messages.js";
import type { ValueStore } from "../values/store.js";
import type { Work } from "./messages.js";

/** The bytes of inputs by the runs that made them; undefined for one that could not be read back. */
export type Inputs = ReadonlyMap<number, Uint8Array | undefined>;

const noInputs: Inputs = new Map();
const nothing = new Uint32Array();

export class WorkBuilder {
  readonly #functionNumber = new Map<WireFunction, number>();

  /** The bytes of all inputs; a promise when some of them have to be read from disk. */
  inputs(records: readonly RunRecord[], store: Pick<ValueStore, "get">): Inputs | Promise<Inputs> {
    if (!records.some(hasInputs)) return noInputs;
    const found = new Map<number, Uint8Array | undefined>();
    const reading: Promise<void>[] = [];
    const rows = madeBefore(records);
    for (const { source, column } of records) {
      for (let e = source.depStart[column]!; e < source.depStart[column + 1]!; e++) {
        const run = source.dep[e]!;
        if (rows?.has(run) === true || found.has(run)) continue;
        const bytes = store.get(run);
        if (!(bytes instanceof Promise)) found.set(run, bytes);
        else {
          found.set(run, undefined);
          reading.push(bytes.then((read) => void found.set(run, read)));
        }
      }
    }
    return reading.length === 0 ? found : Promise.all(reading).then(() => found);
  }

  /** @param forget runs whose values the thread need not keep any more. */
  work(records: readonly RunRecord[], slot: Uint32Array, inputs: Inputs, forget: Float64Array): Work {
    const n = records.length;
    const run = new Float64Array(n);
    const keyEnd = new Uint32Array(n);
    const fn = new Uint32Array(n);
    const flags = new Uint8Array(n);
    const argStart = new Uint32Array(n + 1);
    const depStart = new Uint32Array(n + 1);
    const fns: [number, WireFunction][] = [];
    const attempts: [number, number][] = [];
    const keys: string[] = [];
    const indexOf = new Map<number, number>();
    for (const valueRun of inputs.keys()) indexOf.set(valueRun, indexOf.size);
    const dep: number[] = [];
    const rows = madeBefore(records);
    const uses = rows === undefined ? nothing : new Uint32Array(n);
    let keyLength = 0;
    let argLength = 0;
    for (let i = 0; i < n; i++) {
      const record = records[i] as RunRecord;
      const { source, column } = record;
      run[i] = record.run;
      keys.push(record.key);
      keyLength += record.key.length;
      keyEnd[i] = keyLength;
      fn[i] = this.#number(record.fn.wire, fns);
      flags[i] = source.flags[column] as number;
      argLength += source.argStart[column + 1]! - source.argStart[column]!;
      argStart[i + 1] = argLength;
      for (let e = source.depStart[column]!; e < source.depStart[column + 1]!; e++) {
        const input = source.dep[e]!;
        const row = rows?.get(input);
        dep.push(row === undefined ? (indexOf.get(input) as number) : inputs.size + row);
        if (row !== undefined) uses[row]!++;
      }
      depStart[i + 1] = dep.length;
      const attempt = record.options?.attempt;
      if (attempt !== undefined) attempts.push([i, attempt]);
    }
    return {
      type: "work",
      slot,
      run,
      keys: keys.join(""),
      keyEnd,
      fn,
      fns,
      flags,
      argStart,
      args: joinArguments(records, argLength),
      depStart,
      dep: Uint32Array.from(dep),
      valueRun: Float64Array.from(inputs.keys()),
      uses,
      ...packed(inputs),
      forget,
      attempts,
    };
  }

  #number(wire: WireFunction, fresh: [number, WireFunction][]): number {
    let number = this.#functionNumber.get(wire);
    if (number === undefined) {
      number = this.#functionNumber.size;
      this.#functionNumber.set(wire, number);
      fresh.push([number, wire]);
    }
    return number;
  }
}

function hasInputs({ source, column }: RunRecord): boolean {
  return source.depStart[column + 1]! > source.depStart[column]!;
}

/** The row of each run, when some of them need what others make before them. */
function madeBefore(records: readonly RunRecord[]): ReadonlyMap<number, number> | undefined {
  if (!records.some(({ follows }) => follows)) return undefined;
  return new Map(records.map(({ run }, row) => [run, row]));
}

/** Small values go in one piece: each by itself would be copied with all of the buffer it lies in. */
function packed(inputs: Inputs): Pick<Work, "valueStart" | "values" | "shared"> {
  const valueStart = new Uint32Array(inputs.size + 1);
  const shared: [number, Uint8Array][] = [];
  let length = 0;
  let i = 0;
  for (const bytes of inputs.values()) {
    if (bytes !== undefined && bytes.buffer instanceof SharedArrayBuffer) shared.push([i, bytes]);
    else length += bytes?.length ?? 0;
    valueStart[++i] = length;
  }
  const values = new Uint8Array(length);
  i = 0;
  for (const bytes of inputs.values()) {
    const start = valueStart[i++]!;
    if (valueStart[i]! > start) values.set(bytes as Uint8Array, start);
  }
  return { valueStart, values, shared };
}

function joinArguments(records: readonly RunRecord[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  if (length === 0) return out;
  for (const { source, column } of records) {
    const bytes = source.args.subarray(source.argStart[column], source.argStart[column + 1]);
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}
