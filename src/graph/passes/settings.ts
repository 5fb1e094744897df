/**
 * Which tasks may be run as one: those that are to be run in the same way. `pure` and `inline` say what a task
 * is, not how to run it, and do not keep tasks apart.
 */

import type { Task, TaskOptions } from "../task.js";
import type { Part } from "./part-program.js";
import { Fused } from "./fused.js";

/** The longest delay a timer takes. */
const longestTimeoutMs = 2 ** 31 - 1;

const none: TaskOptions = Object.freeze({});

/** Whether both say the same about retries, limits, places, resources and priority. */
export function sameSettings(a: TaskOptions, b: TaskOptions): boolean {
  if (a === b) return true;
  return (
    a.retries === b.retries &&
    a.priority === b.priority &&
    a.timeoutMs === b.timeoutMs &&
    a.allowOtherWorkers === b.allowOtherWorkers &&
    sameNames(a.workers, b.workers) &&
    sameAmounts(a.resources, b.resources)
  );
}

function sameNames(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.every((name, at) => name === b[at]);
}

type Amounts = Readonly<Record<string, number>>;

function sameAmounts(a: Amounts | undefined, b: Amounts | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && a[name] === b[name])
  );
}

/**
 * How a fused task of `parts`, whose settings are the same, is to be run: as each of them, with their limits of
 * time added up. It is pure when all of them are.
 */
export function fusedOptions(parts: readonly Part[]): TaskOptions {
  const { pure: _pure, inline: _inline, ...settings } = parts[parts.length - 1]?.task.options ?? none;
  const options: { -readonly [K in keyof TaskOptions]: TaskOptions[K] } = settings;
  if (options.timeoutMs !== undefined) {
    options.timeoutMs = Math.min(options.timeoutMs * parts.length, longestTimeoutMs);
  }
  if (parts.every(({ task }) => task.options.pure === true)) options.pure = true;
  return options;
}

/**
 * The settings by which a task is compared: its own, or for a fused task those that its parts have in common.
 * A fused task that was given others afterwards has none, and is never fused again.
 */
function unitSettings(task: Task): TaskOptions | undefined {
  if (!(task instanceof Fused)) return task.options;
  const own = task.parts[task.parts.length - 1]?.task.options ?? none;
  return sameSettings(task.options, fusedOptions(task.parts)) ? own : undefined;
}

/** Whether two tasks may become parts of one fused task. */
export function mayJoin(a: Task, b: Task): boolean {
  if (a.options === b.options && !(a instanceof Fused) && !(b instanceof Fused)) return true;
  const left = unitSettings(a);
  const right = unitSettings(b);
  return left !== undefined && right !== undefined && sameSettings(left, right);
}
