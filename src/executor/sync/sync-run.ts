/**
 * One computation by the `sync` scheduler: the half that acts. It calls the functions the core gives it, one after
 * another in this very thread. A function that returns a promise keeps one of `concurrency` slots until that
 * settles; all others cost no promise at all.
 *
 * Invariants:
 *  1. After the first error, or the abort of `signal`, no task starts, every running task's signal is aborted, and
 *     the promise is rejected at once; outcomes that arrive later are ignored.
 *  2. Never longer than `yieldEveryMs`, plus the task in hand, without giving the event loop its turn: also when
 *     promises settle in microtasks, for ever one after another.
 *  3. While promises are waited for, what is ready runs ahead of them only as long as no more results lie idle than
 *     the graph's order holds at its worst, plus one for each slot: memory is worth more than being early.
 */

import { CancelledError, TaskErredError, TaskTimeoutError } from "../../errors.js";
import type { Graph } from "../../graph/graph.js";
import { idsOf, type GraphIndex } from "../../graph/graph-index.js";
import { diagnose } from "../../graph/order/diagnostics.js";
import { orderOf } from "../../graph/order/order.js";
import { Fused } from "../../graph/passes/fused.js";
import { PartError } from "../../graph/passes/part-error.js";
import type { AnyFunction } from "../../graph/functions.js";
import type { Task } from "../../graph/task.js";
import { callInTask, type LogFields } from "../current-task.js";
import type { RunOptions } from "../graph-runner.js";
import { Attempt, type AttemptListener } from "./attempt.js";
import { backOffMs } from "./back-off.core.js";
import type { LogLevel, Surroundings } from "./surroundings.js";
import { SyncCore } from "./sync.core.js";

/** Computes `keys` of `graph`. Errors as `GraphRunner.run` says. */
export async function runSync(
  graph: Graph,
  keys: readonly string[],
  options: RunOptions,
  surroundings: Surroundings,
): Promise<unknown[]> {
  const index = graph.index();
  const rank = orderOf(index);
  const core = new SyncCore(index, rank, idsOf(index, keys));
  return new Promise((resolve, reject) => {
    new SyncRun(index, rank, core, options, surroundings, resolve, reject).start();
  });
}

class SyncRun implements AttemptListener {
  readonly #index: GraphIndex;
  readonly #rank: Int32Array;
  readonly #core: SyncCore;
  readonly #options: RunOptions;
  readonly #world: Surroundings;
  readonly #resolve: (results: unknown[]) => void;
  readonly #reject: (error: unknown) => void;
  /** Attempts that returned a promise which has not settled. */
  readonly #running = new Set<Attempt>();
  /** Failures so far of the tasks that failed. */
  readonly #failures = new Map<number, number>();
  /** What calls off each wait for a retry. */
  readonly #waits = new Set<() => void>();
  readonly #startedMs: number;
  #ended = false;
  #calling: Attempt | undefined;
  #sliceEndMs: number;
  #turnAsked = false;
  #reportAsked = false;
  #latest: string | undefined;
  /** How many results may lie idle while promises are waited for. Worked out with the first promise. */
  #idleLimit = 0;

  constructor(
    index: GraphIndex,
    rank: Int32Array,
    core: SyncCore,
    options: RunOptions,
    surroundings: Surroundings,
    resolve: (results: unknown[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#index = index;
    this.#rank = rank;
    this.#core = core;
    this.#options = options;
    this.#world = surroundings;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#startedMs = surroundings.nowMs();
    this.#sliceEndMs = this.#startedMs + options.yieldEveryMs;
  }

  start(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) {
      this.#cancel();
      return;
    }
    signal?.addEventListener("abort", this.#cancel, { once: true });
    this.#report();
    this.#pump();
  }

  progressed(): void {
    if (this.#options.onProgress === undefined || this.#reportAsked) return;
    this.#reportAsked = true;
    this.#world.nextTurn(() => {
      this.#reportAsked = false;
      this.#report();
    });
  }

  logged(key: string, level: LogLevel, message: string, fields: LogFields | undefined): void {
    this.#world.log(key, level, message, fields);
  }

  /** Calls what is ready, until nothing is, all slots are taken, or it is the event loop's turn. */
  #pump(): void {
    const { concurrency } = this.#options;
    while (!this.#ended && this.#running.size < concurrency) {
      if (this.#running.size > 0 && this.#core.idle > this.#idleLimit) return;
      if (this.#world.nowMs() >= this.#sliceEndMs) {
        this.#yield();
        return;
      }
      const id = this.#core.next();
      if (id < 0) break;
      this.#call(id);
    }
    if (!this.#ended && this.#core.complete) this.#succeed();
  }

  #yield(): void {
    if (this.#turnAsked) return;
    this.#turnAsked = true;
    this.#world.nextTurn(() => {
      this.#turnAsked = false;
      this.#sliceEndMs = this.#world.nowMs() + this.#options.yieldEveryMs;
      this.#pump();
    });
  }

  #call(id: number): void {
    const task = this.#index.nodes[id] as Task;
    const attempt = new Attempt(id, this.#index.keys[id]!, 1 + (this.#failures.get(id) ?? 0), this);
    const { timeoutMs } = task.options;
    const startedMs = timeoutMs === undefined ? 0 : this.#world.nowMs();
    this.#calling = attempt;
    let result: unknown;
    let promised: boolean;
    try {
      result = callInTask(attempt, functionOf(task, attempt), this.#core.argumentsOf(id));
      promised = isThenable(result);
    } catch (error) {
      this.#fail(attempt, error);
      return;
    } finally {
      this.#calling = undefined;
    }
    const tookMs = timeoutMs === undefined ? 0 : this.#world.nowMs() - startedMs;
    if (promised) this.#follow(attempt, result, timeoutMs === undefined ? undefined : timeoutMs - tookMs);
    else if (timeoutMs !== undefined && tookMs > timeoutMs) this.#timeOut(attempt, timeoutMs);
    else this.#finish(attempt, result);
  }

  /** Waits for a promised result, unless the run or the time for it is over. */
  #follow(attempt: Attempt, result: unknown, remainingMs: number | undefined): void {
    if (!attempt.over) {
      this.#running.add(attempt);
      this.#core.claim(attempt.id);
      if (this.#idleLimit === 0) {
        this.#idleLimit = diagnose(this.#index, this.#rank).peak + this.#options.concurrency;
      }
      if (remainingMs !== undefined) {
        const { timeoutMs } = (this.#index.nodes[attempt.id] as Task).options;
        const stop = this.#world.after(Math.max(0, remainingMs), () => {
          this.#timeOut(attempt, timeoutMs!);
          this.#pump();
        });
        attempt.timed(stop);
      }
      this.progressed();
    }
    // Also where the outcome no longer counts: a rejection nobody listens to would end the process.
    Promise.resolve(result).then(
      (value) => {
        this.#finish(attempt, value);
        this.#pump();
      },
      (error: unknown) => {
        this.#fail(attempt, error);
        this.#pump();
      },
    );
  }

  #finish(attempt: Attempt, result: unknown): void {
    if (attempt.over) return;
    this.#leave(attempt);
    this.#latest = attempt.key;
    this.#core.finish(attempt.id, result);
    this.progressed();
  }

  #timeOut(attempt: Attempt, timeoutMs: number): void {
    const error = new TaskTimeoutError(attempt.key, timeoutMs);
    this.#fail(attempt, error);
    attempt.abort(error);
  }

  #fail(attempt: Attempt, error: unknown): void {
    if (attempt.over) return;
    this.#leave(attempt);
    const { id, attempt: attempts } = attempt;
    const retries = (this.#index.nodes[id] as Task).options.retries ?? this.#options.retries;
    if (attempts > retries) {
      this.#end(taskErred(attempt, error));
      return;
    }
    this.#failures.set(id, attempts);
    const wait = backOffMs(attempts, this.#options, this.#world.random());
    const callOff = this.#world.after(wait, () => {
      this.#waits.delete(callOff);
      this.#core.again(id);
      this.#pump();
    });
    this.#waits.add(callOff);
    this.progressed();
  }

  #leave(attempt: Attempt): void {
    attempt.close();
    if (this.#running.delete(attempt)) this.#core.unclaim(attempt.id);
  }

  #succeed(): void {
    this.#report();
    if (this.#ended) return;
    const results = this.#core.results();
    this.#close();
    this.#resolve(results);
  }

  readonly #cancel = (): void => {
    this.#end(new CancelledError("The computation", this.#options.signal?.reason));
  };

  #end(error: unknown): void {
    if (this.#ended) return;
    this.#close();
    this.#reject(error);
    const reason = error instanceof CancelledError ? error : new CancelledError("The computation", error);
    this.#calling?.abort(reason);
    for (const attempt of this.#running) attempt.abort(reason);
    this.#running.clear();
  }

  #close(): void {
    this.#ended = true;
    this.#options.signal?.removeEventListener("abort", this.#cancel);
    for (const callOff of this.#waits) callOff();
    this.#waits.clear();
    this.#core.clear();
  }

  #report(): void {
    const { onProgress } = this.#options;
    if (onProgress === undefined || this.#ended) return;
    try {
      onProgress({
        done: this.#core.done,
        total: this.#core.total,
        running: this.#running.size,
        tasks: [...this.#running].map((attempt) => attempt.describe()),
        latest: this.#latest,
        elapsedMs: this.#world.nowMs() - this.#startedMs,
      });
    } catch (error) {
      this.#end(error);
    }
  }
}

/** What to call. The parts of a fused task are followed, so that each goes by its own key. */
function functionOf(task: Task, attempt: Attempt): AnyFunction {
  if (!(task instanceof Fused)) return task.fn;
  return task.observed({ started: (part) => attempt.enter(part.key) });
}

function taskErred(attempt: Attempt, error: unknown): TaskErredError {
  return error instanceof PartError
    ? new TaskErredError(error.key, error.cause, attempt.attempt)
    : new TaskErredError(attempt.key, error, attempt.attempt);
}

/** Whether awaiting `value` would wait for something. Getters may throw. */
function isThenable(value: unknown): boolean {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
