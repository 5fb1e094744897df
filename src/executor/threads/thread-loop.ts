/**
 * What an executor thread does: takes runs off its queue in order, calls their functions, gathers results and
 * reports them in batches.
 *
 * It polls for messages between tasks instead of returning to the event loop for each, and returns there at least
 * every `turnMs`, so that timers and promises of asynchronous tasks get their turn. A run is begun only by claiming
 * its slot: what the host took back in the meantime is passed over.
 */

import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { PartError } from "../../graph/passes/part-error.js";
import type { WireFunction } from "../../protocol/messages.js";
import { toWireError } from "../../protocol/wire-error.js";
import { callInTask } from "../current-task.js";
import { usePolicy } from "../functions/policy.js";
import { fromWire } from "../functions/wire.js";
import { loadTaskModule, ModuleNotLoaded } from "../functions/task-modules.js";
import { GarbageCollector } from "../garbage.js";
import { decodeValue, encodeValue } from "../values/codec.js";
import type { FromThread, ThreadSetup, ToThread, Work } from "./messages.js";
import { IdleCollector } from "./idle-collector.js";
import { PendingRuns } from "./pending-runs.js";
import { ResultBatch } from "./result-batch.js";
import { RowCalls } from "./row-calls.js";
import { userStack } from "./user-stack.js";
import { begun, claim, over, standingClockMs, viewSlots, type SharedSlots } from "./slots.js";
import { makeThreadClient, type ThreadClient } from "./task-client.js";
import { TaskRun, type RunListener } from "./task-run.js";

const turnMs = 10;
const reportEveryMs = 1;
const reportRuns = 512;
/** How often a thread that may not begin anything looks whether it may. */
const leaseLookMs = 20;

export class ThreadLoop {
  readonly #port: MessagePort;
  /** Made when the first task asks for it. */
  #client: ThreadClient | undefined;
  readonly #setup: ThreadSetup;
  readonly #slots: SharedSlots;
  readonly #queue: { readonly work: Work; at: number }[] = [];
  readonly #calls: RowCalls;
  readonly #pending: PendingRuns;
  readonly #results = new ResultBatch();
  readonly #garbage = new GarbageCollector();
  readonly #idle = new IdleCollector(
    this.#garbage,
    () => this.#queue.length === 0 && this.#pending.count === 0,
    () => this.#client?.held ?? 0,
  );
  readonly #listener: RunListener;
  #scheduled = false;
  #looksAgain = false;
  #reportedAt = 0;

  constructor(port: MessagePort, setup: ThreadSetup) {
    this.#port = port;
    this.#setup = setup;
    this.#slots = viewSlots(setup.slots, setup.startedAt, setup.lease);
    this.#calls = new RowCalls(setup.cacheBytes);
    this.#pending = new PendingRuns(setup.cancelGraceMs, {
      finished: (run, value) => this.#finish(run, value),
      failed: (run, thrown) => this.#fail(run, thrown),
      placeFree: () => this.#later(),
    });
    this.#listener = {
      logged: (key, level, message, fields) => {
        this.#tell({ type: "log", key, level, message, ...(fields === undefined ? {} : { fields }) });
      },
      progressed: (slot, done, total) => this.#tell({ type: "progress", slot, done, total }),
      seceded: (run) => {
        this.#tell({ type: "seceded", slot: run.slot });
        this.#pending.seceded(run);
      },
      client: () => this.#openClient().client,
    };
    port.on("message", (message: ToThread) => {
      this.#take(message);
      this.#turn();
    });
    usePolicy({
      ...setup.functions,
      warn: (message) => this.#tell({ type: "log", key: setup.worker, level: "warn", message }),
    });
    void this.#load(setup.functions.modules);
  }

  /** One that cannot be loaded is reported; tasks that need it fail with the reason. */
  async #load(modules: readonly string[]): Promise<void> {
    for (const module of modules) {
      await loadTaskModule(module).catch((error: unknown) => {
        this.#tell({ type: "log", key: this.#setup.worker, level: "error", message: String(error) });
      });
    }
    this.#tell({ type: "ready" });
  }

  #openClient(): ThreadClient {
    return (this.#client ??= makeThreadClient(this.#setup.worker, (stimulus) =>
      this.#tell({ type: "client", stimulus }),
    ));
  }

  #tell(message: FromThread): void {
    this.#port.postMessage(message);
  }

  #take(message: ToThread): void {
    switch (message.type) {
      case "work":
        this.#calls.expect(message);
        this.#queue.push({ work: message, at: 0 });
        return;
      case "abort":
        return this.#pending.abort(message.slot, message.reason);
      case "forget":
        return this.#calls.forget(message.runs);
      case "collect":
        if (message.urgent) this.#calls.forgetAll();
        return this.#garbage.collect(message.urgent);
      case "news":
        return this.#client?.hear(message.news);
      case "call":
        void this.#call(message.id, message.fn, message.args);
        return;
    }
  }

  // ---- turns --------------------------------------------------------------------------------------------------

  /** Works until the queue is empty, all places are taken, or others should get their turn. */
  #turn(): void {
    const until = standingClockMs() + turnMs;
    for (;;) {
      const now = standingClockMs();
      if (now - this.#reportedAt > reportEveryMs || this.#results.size >= reportRuns) {
        this.#report(now);
        this.#poll();
        continue;
      }
      if (now > until) return this.#later();
      const item = this.#queue[0];
      if (item === undefined || this.#pending.occupied >= this.#setup.concurrency) break;
      if (now > (this.#slots.lease[0] as number)) {
        this.#lookAgain();
        break;
      }
      const i = item.at++;
      if (item.at >= item.work.slot.length) this.#queue.shift();
      this.#begin(item.work, i, now);
    }
    this.#report(standingClockMs());
    this.#idle.turnEnded();
  }

  /** The worker may have been given up, and its work with it: nothing begins until it knows better. */
  #lookAgain(): void {
    if (this.#looksAgain) return;
    this.#looksAgain = true;
    setTimeout(() => {
      this.#looksAgain = false;
      this.#turn();
    }, leaseLookMs);
  }

  #later(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #poll(): void {
    for (
      let next = receiveMessageOnPort(this.#port);
      next !== undefined;
      next = receiveMessageOnPort(this.#port)
    ) {
      this.#take((next as { message: ToThread }).message);
    }
  }

  #report(now: number): void {
    this.#reportedAt = now;
    if (this.#results.size > 0) this.#tell(this.#results.take());
  }

  // ---- runs ---------------------------------------------------------------------------------------------------

  #begin(work: Work, i: number, startedAt: number): void {
    const slot = work.slot[i] as number;
    this.#slots.startedAt[slot] = startedAt;
    if (!claim(this.#slots, slot, begun)) {
      this.#calls.leaveOut(work, i);
      return this.#results.passedOver(slot);
    }
    if (!this.#calls.isComplete(work, i)) {
      this.#calls.leaveOut(work, i);
      this.#slots.state[slot] = over;
      return this.#results.unstarted(slot);
    }
    const run = this.#runOf(work, i, slot, startedAt);
    let result: unknown;
    try {
      result = this.#invoke(work, i, run);
    } catch (thrown) {
      if (!(thrown instanceof ModuleNotLoaded)) return this.#fail(run, thrown);
      result = loadTaskModule(thrown.module).then(() => this.#invokeAfter(work, i, run));
    }
    if (isThenable(result)) this.#pending.add(run, result);
    else this.#finish(run, result);
  }

  #runOf(work: Work, i: number, slot: number, startedAt: number): TaskRun {
    const key = work.keys.slice(i === 0 ? 0 : work.keyEnd[i - 1], work.keyEnd[i]);
    const retried =
      work.attempts.length === 0 ? undefined : work.attempts.find(([column]) => column === i)?.[1];
    return new TaskRun(slot, work.run[i] as number, key, retried ?? 1, startedAt, this.#listener);
  }

  #invoke(work: Work, i: number, run: TaskRun): unknown {
    const { fn, args } = this.#calls.call(work, i);
    return callInTask(run, fn, args);
  }

  /** Arguments may name further modules: each is loaded when it is met. */
  async #invokeAfter(work: Work, i: number, run: TaskRun): Promise<unknown> {
    for (;;) {
      try {
        return await this.#invoke(work, i, run);
      } catch (thrown) {
        if (!(thrown instanceof ModuleNotLoaded)) throw thrown;
        await loadTaskModule(thrown.module);
      }
    }
  }

  #finish(run: TaskRun, value: unknown): void {
    const tookMs = standingClockMs() - run.startedAt;
    let bytes: Uint8Array;
    try {
      bytes = encodeValue(value, { what: "the result of", key: run.key, shared: true });
    } catch (thrown) {
      return this.#fail(run, thrown);
    }
    const large = bytes.length > this.#setup.inlineResultBytes;
    this.#calls.madeValue(run.fence, value, bytes.length, large);
    this.#results.done(run.slot, tookMs, large ? inSharedMemory(bytes) : bytes, large);
    this.#slots.state[run.slot] = over;
  }

  #fail(run: TaskRun, thrown: unknown): void {
    const part = thrown instanceof PartError ? thrown.key : undefined;
    const cause = thrown instanceof PartError ? thrown.cause : thrown;
    const error = toWireError(cause, "user");
    this.#calls.madeNone(run.fence);
    const { stack } = error;
    this.#results.failed(run.slot, stack === undefined ? error : { ...error, stack: userStack(stack) }, part);
    this.#slots.state[run.slot] = over;
  }

  /** Calls a function beside the tasks. */
  async #call(id: number, wire: WireFunction, args: Uint8Array): Promise<void> {
    try {
      if (wire.kind === "module") await loadTaskModule(wire.module).catch(() => undefined);
      const fn = fromWire(wire) as (...all: unknown[]) => unknown;
      const value = await fn(...(decodeValue(args) as unknown[]));
      this.#tell({ type: "called", id, ok: true, value: encodeValue(value, { what: "the result" }).slice() });
    } catch (thrown) {
      this.#tell({ type: "called", id, ok: false, error: toWireError(thrown, "user") });
    }
  }
}

/** Encoded values of some size live in shared memory from the start: no thread copies them again. */
function inSharedMemory(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as Partial<PromiseLike<unknown>>).then === "function"
  );
}
