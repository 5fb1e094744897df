/**
 * One try of one task: what the task's function sees as `currentTask()`.
 *
 * Whatever a task leaves behind (a socket kept alive, a timer) keeps its context reachable, so an attempt that is
 * over holds nothing but its own few fields.
 */

import { InvalidArgumentError } from "../../errors.js";
import {
  checkProgress,
  type LogFields,
  type TaskClient,
  type TaskContext,
  type TaskLog,
} from "../current-task.js";
import type { RunningTask } from "../graph-runner.js";
import type { LogLevel } from "./surroundings.js";

/** What an attempt tells to the run it belongs to. */
export interface AttemptListener {
  progressed(): void;
  logged(key: string, level: LogLevel, message: string, fields: LogFields | undefined): void;
}

export class Attempt implements TaskContext {
  readonly id: number;
  /** The key of the task; of a fused task, the key of the part that runs. */
  key: string;
  readonly attempt: number;
  #listener: AttemptListener | undefined;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #progress: { readonly done: number; readonly total: number } | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(id: number, key: string, attempt: number, listener: AttemptListener) {
    this.id = id;
    this.key = key;
    this.attempt = attempt;
    this.#listener = listener;
  }

  /** Made when first asked for: most tasks never look, and a controller costs more than scheduling them. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  get log(): TaskLog {
    const at =
      (level: LogLevel) =>
      (message: string, fields?: LogFields): void =>
        this.#listener?.logged(this.key, level, message, fields);
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
      this.#progress = { done, total };
      this.#listener?.progressed();
    };
  }

  client(): TaskClient {
    throw new InvalidArgumentError(
      "currentTask().client()",
      "the sync scheduler has no cluster to launch tasks on",
      'Compute with { scheduler: "threads" } or on a client.',
    );
  }

  /** There are no places here to give up. */
  secede(): void {
    return;
  }

  /** Whether its outcome no longer counts. */
  get over(): boolean {
    return this.#listener === undefined;
  }

  /** The outcome is known or given up. */
  close(): void {
    this.#listener = undefined;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** Gives the attempt up and tells its function so. */
  abort(reason: unknown): void {
    this.close();
    this.#aborted = { reason };
    this.#controller?.abort(reason);
  }

  /** Takes charge of a timer, which `close` stops. */
  timed(stop: () => void): void {
    this.#stopTimer = stop;
  }

  /** A part of a fused task begins. Throws where the attempt has been given up, so that the part does not. */
  enter(key: string): void {
    if (this.#aborted !== undefined) throw this.#aborted.reason;
    this.key = key;
  }

  /** As progress events show it. */
  describe(): RunningTask {
    const { key, attempt } = this;
    return this.#progress === undefined ? { key, attempt } : { key, attempt, progress: this.#progress };
  }
}
