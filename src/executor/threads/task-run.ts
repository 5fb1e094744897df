/** One run inside its thread: what `currentTask()` shows of it. */

import {
  checkProgress,
  type LogFields,
  type TaskClient,
  type TaskContext,
  type TaskLog,
} from "../current-task.js";

type Level = "debug" | "info" | "warn" | "error";

/** What a run tells while it runs. */
export interface RunListener {
  logged(key: string, level: Level, message: string, fields: LogFields | undefined): void;
  progressed(slot: number, done: number, total: number): void;
  seceded(run: TaskRun): void;
  client(): unknown;
}

export class TaskRun implements TaskContext {
  readonly slot: number;
  readonly attempt: number;
  /** The run itself: it grows with every attempt at any task. */
  readonly fence: number;
  /** Of a fused task: the part that runs. */
  key: string;
  /** By the clock of threads. */
  readonly startedAt: number;
  readonly #listener: RunListener;
  hasSeceded = false;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  constructor(
    slot: number,
    run: number,
    key: string,
    attempt: number,
    startedAt: number,
    listener: RunListener,
  ) {
    this.slot = slot;
    this.fence = run;
    this.key = key;
    this.attempt = attempt;
    this.startedAt = startedAt;
    this.#listener = listener;
  }

  /** Made when first asked for: most tasks never look. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  get log(): TaskLog {
    const at =
      (level: Level) =>
      (message: string, fields?: LogFields): void =>
        this.#listener.logged(this.key, level, message, fields);
    return Object.assign(at("info"), {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
    });
  }

  get progress(): (done: number, total: number) => void {
    return (done, total) => {
      checkProgress(done, total);
      this.#listener.progressed(this.slot, done, total);
    };
  }

  /** Gives up its place in the thread to other tasks, once, for the rest of its run. */
  secede(): void {
    if (this.hasSeceded) return;
    this.hasSeceded = true;
    this.#listener.seceded(this);
  }

  client(): TaskClient {
    return this.#listener.client() as TaskClient;
  }

  abort(reason: unknown): void {
    this.#aborted ??= { reason };
    this.#controller?.abort(reason);
  }
}
