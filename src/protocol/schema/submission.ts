/** The check of a submission, and of a worker's registration: columns by hand, what stands around them by zod. */

import * as z from "zod";
import { taskFlags } from "../messages.js";
import type { Problem, Unchecked } from "./columns.js";
import * as c from "./columns.js";
import { count, name, resources, text, texts, wireFunction, wireTaskOptions } from "./parts.js";
import { problemOf } from "./zod-problem.js";

const submission = z.object({
  graphId: name,
  priority: z.number(),
  retries: count,
  parent: text.exactOptional(),
  tasks: z.object({
    from: count,
    total: count,
    fns: z.array(wireFunction),
    externals: texts,
    options: z.array(z.tuple([count, wireTaskOptions])),
  }),
});

export function checkSubmit(body: Unchecked): Problem {
  const problem = problemOf(submission, body);
  if (problem !== undefined) return problem;
  const tasks = body.tasks as Unchecked;
  const total = tasks.total as number;
  return (
    checkTasks(tasks, total) ??
    (body.wants instanceof Uint32Array ? c.below(body, "wants", total) : "wants is no Uint32Array")
  );
}

function checkTasks(tasks: Unchecked, total: number): Problem {
  const keys = tasks.keys;
  if (!c.isStrings(keys)) return "keys is no list of strings";
  const n = keys.length;
  const first = tasks.from as number;
  if (first + n > total) return `tasks ${first} to ${first + n} of only ${total}`;
  if (keys.includes("")) return "a key is empty";
  const externals = (tasks.externals as readonly string[]).length;
  const options = tasks.options as readonly (readonly [number, unknown])[];
  const isOwn = ([task]: readonly [number, unknown]): boolean => task >= first && task < first + n;
  return (
    c.indexes(tasks, "fn", n) ??
    c.bytes(tasks, "flags", n) ??
    checkFunctions(tasks) ??
    c.indexes(tasks, "dep", (tasks.dep as Uint32Array | undefined)?.length ?? 0) ??
    c.below(tasks, "dep", total + externals) ??
    c.starts(tasks, "depStart", n, (tasks.dep as Uint32Array).length) ??
    c.indexes(tasks, "dataEnd", n) ??
    checkDataEnds(tasks, n) ??
    c.byteRows(tasks, "argStart", "args", n) ??
    c.ranks(tasks, "rank", n) ??
    (options.every(isOwn) ? undefined : "options are given to a task of another part")
  );
}

function checkFunctions(tasks: Unchecked): Problem {
  const fn = tasks.fn as Uint32Array;
  const flags = tasks.flags as Uint8Array;
  const known = (tasks.fns as readonly unknown[]).length;
  for (let i = 0; i < fn.length; i += 1) {
    const isCall = ((flags[i] ?? 0) & taskFlags.literal) === 0;
    if (isCall && (fn[i] ?? 0) >= known) return `fn[${i}] is ${fn[i]}, past ${known}`;
  }
  return undefined;
}

function checkDataEnds(tasks: Unchecked, n: number): Problem {
  const ends = tasks.dataEnd as Uint32Array;
  const starts = tasks.depStart as Uint32Array;
  for (let i = 0; i < n; i += 1) {
    const end = ends[i] ?? 0;
    if (end < (starts[i] ?? 0) || end > (starts[i + 1] ?? 0)) return `dataEnd[${i}] lies outside of its row`;
  }
  return undefined;
}

const registration = z.object({
  name,
  threads: count,
  concurrency: count,
  memoryLimitBytes: z.number().nonnegative(),
  resources,
  home: z.literal(true).exactOptional(),
  replaces: z.object({ peer: text, how: text }).exactOptional(),
  more: z.literal(true).exactOptional(),
});

export function checkRegister(body: Unchecked): Problem {
  const problem = problemOf(registration, body);
  if (problem !== undefined) return problem;
  const runs = (body.runs as Float64Array | undefined)?.length ?? 0;
  const values = (body.values as Float64Array | undefined)?.length ?? 0;
  return (
    c.counts(body, "runs") ??
    c.bytes(body, "started", runs) ??
    c.strings(body, "runKeys", runs) ??
    c.counts(body, "values") ??
    c.strings(body, "valueKeys", values) ??
    c.counts(body, "valueBytes", values) ??
    (body.gifts === undefined ? undefined : c.counts(body, "gifts"))
  );
}
