/** One run on this worker: where in its message its columns stand, and how far it is. */

import type { Run, RunOptions, WireFunction } from "../../protocol/messages.js";

/** A function of the scheduler's link, and what its runs have taken so far. */
export interface FunctionInfo {
  readonly wire: WireFunction;
  /** Moving mean of the time one run takes; undefined until the first has finished. */
  meanMs: number | undefined;
}

export class RunRecord {
  readonly run: number;
  readonly fn: FunctionInfo;
  readonly source: Run;
  readonly column: number;
  readonly options: RunOptions | undefined;
  /** Order of arrival: the last tie-break. */
  readonly seq: number;
  /** State number of the worker's run table. */
  state: number;
  /** Inputs that are not here yet. */
  missing = 0;
  thread = -1;
  /** It was handed to its thread behind the run that makes its last input. */
  follows = false;
  /** Whether the scheduler was told that it is running. */
  reported = false;
  /** Whether it still counts against its thread's slots. */
  occupies = false;

  constructor(
    source: Run,
    column: number,
    fn: FunctionInfo,
    options: RunOptions | undefined,
    seq: number,
    state: number,
  ) {
    this.run = source.run[column] as number;
    this.source = source;
    this.column = column;
    this.fn = fn;
    this.options = options;
    this.seq = seq;
    this.state = state;
  }

  get key(): string {
    return this.source.keys[this.column] as string;
  }

  /** The runs whose values it needs, one for each data reference. */
  eachInput(visit: (run: number) => void): void {
    const { depStart, dep } = this.source;
    for (let e = depStart[this.column]!; e < depStart[this.column + 1]!; e++) visit(dep[e]!);
  }
}

/** Whether `a` is to start before `b`: the user's priority, then generation and static order, then arrival. */
export function startsBefore(a: RunRecord, b: RunRecord): boolean {
  const user = a.source.user[a.column]! - b.source.user[b.column]!;
  if (user !== 0) return user < 0;
  const priority = a.source.priority[a.column]! - b.source.priority[b.column]!;
  return priority !== 0 ? priority < 0 : a.seq < b.seq;
}
