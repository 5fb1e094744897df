/**
 * What a running task can know of itself: `currentTask()`.
 *
 * The context follows the task through its awaits by `AsyncLocalStorage`. Entering it costs 15 ns for a
 * synchronous function, less than a tenth of what scheduling it does; a variable set around the call would save
 * half of that and lose the context at the first await.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { describe, InvalidArgumentError, NotInTaskError } from "../errors.js";
import type { AnyFunction } from "../graph/functions.js";

/** Details of a log line, for programs that read it. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line about the running task; called directly it writes at level `info`. */
export interface TaskLog {
  (message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** The client of the cluster that a task runs on. What it can do is declared where clients are (src/client). */
// oxlint-disable-next-line typescript/no-empty-object-type -- filled in by declaration merging
export interface TaskClient {}

/** The running task, as its function sees it. Its members may be taken out by destructuring. */
export interface TaskContext {
  readonly key: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Aborted when the computation is cancelled or fails elsewhere, or when `timeoutMs` is over. */
  readonly signal: AbortSignal;
  /** Grows with every run of the key anywhere: lets effects outside refuse a run that was given up. */
  readonly fence?: number;
  readonly log: TaskLog;
  /** Tells how far the task is; shown in progress events. */
  readonly progress: (done: number, total: number) => void;
  /**
   * A client of the cluster this task runs on, to launch tasks from it. A task that waits for a future gives up its
   * place meanwhile.
   *
   * @throws InvalidArgumentError where there is no cluster, as on the `sync` scheduler.
   */
  client(): TaskClient;
  /** Gives up the task's place, so that others may start while it still runs. */
  secede(): void;
}

/** @throws InvalidArgumentError */
export function checkProgress(done: unknown, total: unknown): void {
  for (const [name, value] of [["done", done] as const, ["total", total] as const]) {
    if (typeof value === "number" && value >= 0 && value < Infinity) continue;
    const problem = `${name} is ${describe(value)}`;
    throw new InvalidArgumentError("currentTask().progress(done, total)", problem, "Give numbers from 0 on.");
  }
}

const contexts = new AsyncLocalStorage<TaskContext>();

/**
 * The task that is running here.
 *
 * @throws NotInTaskError outside of a task.
 */
export function currentTask(): TaskContext {
  const context = contexts.getStore();
  if (context === undefined) throw new NotInTaskError();
  return context;
}

/** The task that is running here, if any. */
export function currentTaskOrNone(): TaskContext | undefined {
  return contexts.getStore();
}

/** Calls a task's function such that `currentTask()` gives `context` in it. */
export function callInTask(context: TaskContext, fn: AnyFunction, args: readonly unknown[]): unknown {
  return contexts.run(context, fn as (...all: readonly unknown[]) => unknown, ...args);
}
