/** What becomes of tasks and their values. */

import { SkeinError, describeCause } from "./base.js";

/** What a task threw, as it was where it was thrown. */
export class TaskErredError extends SkeinError {
  readonly code = "ERR_TASK_ERRED";
  readonly key: string;
  readonly attempts: number;
  /** The worker it last ran on; absent when it ran in this very thread. */
  readonly worker: string | undefined;

  constructor(key: string, cause: unknown, attempts: number, worker?: string) {
    const times = attempts === 1 ? "" : ` after ${attempts} attempts`;
    const place = worker === undefined ? "" : ` on ${worker}`;
    super(`Task ${JSON.stringify(key)} failed${times}${place}: ${describeCause(cause)}`, {
      cause,
      details: { key, attempts, worker },
    });
    this.key = key;
    this.attempts = attempts;
    this.worker = worker;
  }
}

/** A task ran longer than its `timeoutMs`. */
export class TaskTimeoutError extends SkeinError {
  readonly code = "ERR_TASK_TIMEOUT";
  override readonly retryable = true;
  readonly timeoutMs: number;

  constructor(key: string, timeoutMs: number) {
    super(
      `Task ${JSON.stringify(key)} ran longer than its timeoutMs of ${timeoutMs} ms. ` +
        "Give it more time, or let it watch currentTask().signal.",
      { details: { key, timeoutMs } },
    );
    this.timeoutMs = timeoutMs;
  }
}

/** The computation was aborted by the caller's signal. */
export class CancelledError extends SkeinError {
  readonly code = "ERR_CANCELLED";

  constructor(what: string, cause?: unknown) {
    super(`${what} was cancelled.`, { cause });
  }
}

/** `wait` was given a time, and some of the futures were not settled within it. */
export class WaitTimeoutError extends SkeinError {
  readonly code = "ERR_WAIT_TIMEOUT";
  override readonly retryable = true;

  constructor(pending: number, total: number, timeoutMs: number) {
    super(
      `After ${timeoutMs} ms, ${pending} of ${total} futures are still pending. They go on: wait again, or ask ` +
        "client.explain(future.key) what one of them waits for.",
      { details: { pending, total, timeoutMs } },
    );
  }
}

/** No worker satisfies what a task asks for (`workers`, `resources`), and none came in time. */
export class NoValidWorkerError extends SkeinError {
  readonly code = "ERR_NO_VALID_WORKER";
  override readonly retryable = true;
  readonly key: string;

  constructor(key: string, reason: string, waitedMs: number) {
    super(
      `No worker may run task ${JSON.stringify(key)}: ${reason}. It has waited ${Math.round(waitedMs)} ms. Start a worker ` +
        "that has what it asks for, ask for less, or give the task { allowOtherWorkers: true }.",
      { details: { key, reason, waitedMs } },
    );
    this.key = key;
  }
}

/** Workers died, one after the other, while they ran this task. */
export class KilledWorkerError extends SkeinError {
  readonly code = "ERR_KILLED_WORKER";
  readonly key: string;
  /** The names of the workers, in the order in which they died. */
  readonly workers: readonly string[];

  constructor(key: string, workers: readonly string[]) {
    const times = new Map<string, number>();
    for (const worker of workers) times.set(worker, (times.get(worker) ?? 0) + 1);
    const named = [...times].map(([worker, n]) => (n === 1 ? worker : `${worker} (${n} times)`)).join(", ");
    super(
      `Workers or their threads died ${workers.length} times while they ran task ${JSON.stringify(key)}: ${named}. ` +
        "It was tried alone, too, so it is likely the cause: look for calls of process.exit, native code, or too much memory.",
      { details: { key, workers } },
    );
    this.key = key;
    this.workers = workers;
  }
}

/** The value of a task was lost, and cannot be made again. */
export class LostValueError extends SkeinError {
  readonly code = "ERR_LOST_VALUE";
  override readonly retryable = true;
  readonly key: string;

  constructor(key: string, why: string, remedy: string) {
    super(`The value of ${JSON.stringify(key)} is lost: ${why}. ${remedy}`, {
      details: { key, why, remedy },
    });
    this.key = key;
  }
}

/** The inputs of a task do not fit into the memory of any worker that may run it. */
export class InputsTooLargeError extends SkeinError {
  readonly code = "ERR_INPUTS_TOO_LARGE";
  readonly key: string;
  readonly inputBytes: number;
  readonly limitBytes: number;

  constructor(key: string, inputBytes: number, limitBytes: number) {
    super(
      `The inputs of task ${JSON.stringify(key)} take ${inputBytes} bytes, and the largest worker that may run it has a ` +
        `memory limit of ${limitBytes} bytes. Split the inputs into more parts, or start a worker with a larger memory limit.`,
      { details: { key, inputBytes, limitBytes } },
    );
    this.key = key;
    this.inputBytes = inputBytes;
    this.limitBytes = limitBytes;
  }
}
