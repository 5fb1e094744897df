/** A simulated graph as the messages that submit it: the columns a real client makes, cut into parts. */

import { taskFlags, type Submit, type WireFunction, type WireTaskOptions } from "../../protocol/messages.js";
import { argumentsOf, type SimulatedTask } from "./simulated-task.js";

export interface SubmissionOptions {
  readonly graphId: string;
  readonly tasks: readonly SimulatedTask[];
  readonly wants: ReadonlySet<string>;
  readonly priority: number;
  readonly retries: number;
  /** The most tasks in one part. */
  readonly partTasks: number;
}

export function submissionOf({
  graphId,
  tasks,
  wants,
  priority,
  retries,
  partTasks,
}: SubmissionOptions): Submit[] {
  const numberOf = new Map(tasks.map(({ key }, i) => [key, i]));
  const parts: Submit[] = [];
  for (let from = 0; from < tasks.length; from += partTasks) {
    const mine = tasks.slice(from, from + partTasks);
    const wanted = mine.flatMap(({ key }, i) => (wants.has(key) ? [from + i] : []));
    const columns = columnsOf(mine, from, tasks.length, numberOf);
    parts.push({
      kind: "submit",
      graphId,
      tasks: columns,
      wants: Uint32Array.from(wanted),
      priority,
      retries,
    });
  }
  return parts;
}

function columnsOf(
  tasks: readonly SimulatedTask[],
  from: number,
  total: number,
  numberOf: ReadonlyMap<string, number>,
): Submit["tasks"] {
  const fns: WireFunction[] = [];
  const fnOf = new Map<string, number>();
  const externals = new Map<string, number>();
  const dep: number[] = [];
  const depStart = [0];
  const dataEnd: number[] = [];
  const args = tasks.map(argumentsOf);
  const argStart = [0];
  const options: [number, WireTaskOptions][] = [];
  const fn = tasks.map(({ fn }) => {
    if (!fnOf.has(fn)) fnOf.set(fn, fns.push({ kind: "inline", name: fn, source: `() => ${fn}` }) - 1);
    return fnOf.get(fn) as number;
  });
  const place = (key: string): number => {
    const number = numberOf.get(key);
    if (number !== undefined) return number;
    if (!externals.has(key)) externals.set(key, externals.size);
    return total + (externals.get(key) as number);
  };
  for (const [i, task] of tasks.entries()) {
    dep.push(...task.inputs.map(place));
    dataEnd.push(dep.length);
    dep.push(...task.after.map(place));
    depStart.push(dep.length);
    argStart.push((argStart[i] as number) + (args[i] as Uint8Array).length);
    if (task.options !== undefined) options.push([from + i, task.options]);
  }
  const bytes = new Uint8Array(argStart[tasks.length] as number);
  for (const [i, each] of args.entries()) bytes.set(each, argStart[i]);
  return {
    from,
    total,
    keys: tasks.map(({ key }) => key),
    fn: Uint32Array.from(fn),
    fns,
    flags: Uint8Array.from(tasks, flagsOf),
    depStart: Uint32Array.from(depStart),
    dataEnd: Uint32Array.from(dataEnd),
    dep: Uint32Array.from(dep),
    externals: [...externals.keys()],
    argStart: Uint32Array.from(argStart),
    args: bytes,
    rank: Int32Array.from(tasks, (_, i) => from + i),
    options,
  };
}

function flagsOf({ isLiteral, argsAreRefs, pure }: SimulatedTask): number {
  if (isLiteral) return taskFlags.literal;
  return (argsAreRefs ? taskFlags.argsAreRefs : 0) | (pure ? taskFlags.pure : 0);
}
