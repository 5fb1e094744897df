/**
 * What an executor thread does: takes runs off its queue in order, calls their functions, gathers results and
 * reports them in batches.
 *
 * It polls for messages between tasks instead of returning to the event loop for each, and returns there at least
 * every `turnMs`, so that timers and promises of asynchronous tasks get their turn. A run is begun only by claiming
 * its slot: what the host took back in the meantime is passed over.
 */

import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { CancelledError } from "../../errors.js";
import type { AnyFunction } from "../../graph/functions.js";
import { PartError } from "../../graph/passes/part-error.js";
import { taskFlags, type WireFunction } from "../../protocol/messages.js";
import { toWireError } from "../../protocol/wire-error.js";
import { callInTask } from "../current-task.js";
import { usePolicy } from "../functions/policy.js";
import { fromWire } from "../functions/wire.js";
import { loadTaskModule, ModuleNotLoaded } from "../functions/task-modules.js";
import { decodeValue, encodeValue } from "../values/codec.js";
import { DecodedValues } from "./decoded-values.js";
import { MadeHere } from "./made-here.js";
import type { FromThread, ThreadSetup, ToThread, Work } from "./messages.js";
import { ResultBatch } from "./result-batch.js";
import { userStack } from "./user-stack.js";
import { begun, claim, over, sharedNowMs, standingClockMs, viewSlots, type SharedSlots } from "./slots.js";
import { makeThreadClient, type ThreadClient } from "./task-client.js";
import { TaskRun, type RunListener } from "./task-run.js";

const turnMs = 10;
const reportEveryMs = 1;
const reportRuns = 512;
/** How often a thread that may not begin anything looks whether it may. */
const leaseLookMs = 20;

interface Call {
  readonly fn: AnyFunction;
  readonly args: readonly unknown[];
}

export class ThreadLoop {
  readonly #port: MessagePort;
  /** Made when the first task asks for it. */
  #client: ThreadClient | undefined;
  readonly #setup: ThreadSetup;
  readonly #slots: SharedSlots;
  readonly #queue: { readonly work: Work; at: number }[] = [];
  readonly #functions: (AnyFunction | WireFunction)[] = [];
  readonly #values: DecodedValues;
  readonly #results = new ResultBatch();
  readonly #made = new MadeHere();
  /** Asynchronous tasks under way, by slot. */
  readonly #running = new Map<number, TaskRun>();
  readonly #listener: RunListener;
  #occupied = 0;
  #scheduled = false;
  #looksAgain = false;
  #reportedAt = 0;

  constructor(port: MessagePort, setup: ThreadSetup) {
    this.#port = port;
    this.#setup = setup;
    this.#slots = viewSlots(setup.slots, setup.startedAt, setup.lease);
    this.#values = new DecodedValues(setup.cacheBytes);
    this.#listener = {
      logged: (key, level, message, fields) => {
        this.#tell({ type: "log", key, level, message, ...(fields === undefined ? {} : { fields }) });
      },
      progressed: (slot, done, total) => this.#tell({ type: "progress", slot, done, total }),
      seceded: (run) => this.#seceded(run),
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
        for (const run of message.forget) this.#values.delete(run);
        for (const [number, wire] of message.fns) this.#functions[number] = wire;
        this.#made.expect(message);
        this.#queue.push({ work: message, at: 0 });
        return;
      case "abort":
        return this.#abort(message.slot, message.reason);
      case "forget":
        for (const run of message.runs) this.#values.delete(run);
        return;
      case "news":
        return this.#client?.hear(message.news);
      case "call":
        void this.#call(message.id, message.fn, message.args);
        return;
    }
  }

  /** Works until the queue is empty, all slots are taken, or others should get their turn. */
  #turn(): void {
    const until = performance.now() + turnMs;
    for (;;) {
      const item = this.#queue[0];
      if (item === undefined || this.#occupied >= this.#setup.concurrency) break;
      if (standingClockMs() > (this.#slots.lease[0] as number)) {
        this.#lookAgain();
        break;
      }
      const i = item.at++;
      if (item.at >= item.work.slot.length) this.#queue.shift();
      this.#begin(item.work, i);
      const now = performance.now();
      if (now - this.#reportedAt > reportEveryMs || this.#results.size >= reportRuns) {
        this.#report(now);
        this.#poll();
      }
      if (now > until) return this.#later();
    }
    this.#report(performance.now());
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

  #begin(work: Work, i: number): void {
    const slot = work.slot[i] as number;
    const startedAt = sharedNowMs();
    this.#slots.startedAt[slot] = startedAt;
    if (!claim(this.#slots, slot, begun)) {
      this.#leaveOut(work, i);
      return this.#results.passedOver(slot);
    }
    if (!this.#made.isComplete(work, i)) {
      this.#leaveOut(work, i);
      this.#slots.state[slot] = over;
      return this.#results.unstarted(slot);
    }
    const keyStart = i === 0 ? 0 : (work.keyEnd[i - 1] as number);
    const key = work.keys.slice(keyStart, work.keyEnd[i]);
    const attempt = work.attempts.find(([column]) => column === i)?.[1] ?? 1;
    const run = new TaskRun(slot, work.run[i] as number, key, attempt, this.#listener);
    let result: unknown;
    try {
      result = this.#invoke(work, i, run);
    } catch (thrown) {
      if (thrown instanceof ModuleNotLoaded)
        return this.#afterLoading(thrown.module, work, i, run, startedAt);
      return this.#fail(run, thrown);
    }
    if (isThenable(result)) this.#await(run, result, startedAt);
    else this.#finish(run, result, startedAt);
  }

  /** Row `i` does not run: what later rows need of it will not be made here. */
  #leaveOut(work: Work, i: number): void {
    this.#made.failed(work.run[i] as number);
    this.#made.used(work, i);
  }

  #invoke(work: Work, i: number, run: TaskRun): unknown {
    let call: Call;
    try {
      call = this.#callOf(work, i);
    } catch (thrown) {
      if (!(thrown instanceof ModuleNotLoaded)) this.#made.used(work, i);
      throw thrown;
    }
    this.#made.used(work, i);
    return callInTask(run, call.fn, call.args);
  }

  /** @throws ModuleNotLoaded when a module has to be loaded first. */
  #callOf(work: Work, i: number): Call {
    const number = work.fn[i] as number;
    let fn = this.#functions[number];
    if (typeof fn !== "function") {
      fn = fromWire(fn as WireFunction);
      this.#functions[number] = fn;
    }
    const inputs: unknown[] = [];
    for (let e = work.depStart[i]!; e < work.depStart[i + 1]!; e++)
      inputs.push(this.#input(work, work.dep[e]!));
    const args =
      (work.flags[i]! & taskFlags.argsAreRefs) !== 0
        ? inputs
        : (decodeValue(work.args.subarray(work.argStart[i], work.argStart[i + 1]), inputs) as unknown[]);
    return { fn, args };
  }

  #input(work: Work, index: number): unknown {
    const row = index - work.valueRun.length;
    if (row >= 0) return this.#made.value(work.run[row] as number);
    const run = work.valueRun[index] as number;
    const known = this.#values.get(run);
    if (known !== undefined) return known.value;
    const bytes = bytesOf(work, index);
    const value = decodeValue(bytes);
    this.#values.set(run, value, bytes.length);
    return value;
  }

  #afterLoading(module: string, work: Work, i: number, run: TaskRun, startedAt: number): void {
    const loaded = loadTaskModule(module).then(() => this.#invokeAfter(work, i, run));
    this.#await(run, loaded, startedAt);
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

  #await(run: TaskRun, pending: PromiseLike<unknown>, startedAt: number): void {
    if (!run.hasSeceded) this.#occupied++;
    this.#running.set(run.slot, run);
    pending.then(
      (value) => {
        if (this.#settled(run)) this.#finish(run, value, startedAt);
      },
      (thrown: unknown) => {
        if (this.#settled(run)) this.#fail(run, thrown);
      },
    );
  }

  /** True once for each run: whoever comes first has the say. */
  #settled(run: TaskRun): boolean {
    if (this.#running.get(run.slot) !== run) return false;
    this.#running.delete(run.slot);
    if (!run.hasSeceded) this.#occupied--;
    this.#later();
    return true;
  }

  /** Its place is free for another task from here on. */
  #seceded(run: TaskRun): void {
    if (this.#running.get(run.slot) === run) this.#occupied--;
    this.#tell({ type: "seceded", slot: run.slot });
    this.#later();
  }

  /** Tells an asynchronous task to stop. One that does not is given up: it holds a promise, not the thread. */
  #abort(slot: number, reason: string): void {
    const run = this.#running.get(slot);
    if (run === undefined) return;
    const error = new CancelledError("The task", reason);
    run.abort(error);
    setTimeout(() => {
      if (this.#settled(run)) this.#fail(run, error);
    }, this.#setup.cancelGraceMs);
  }

  #finish(run: TaskRun, value: unknown, startedAt: number): void {
    const tookMs = sharedNowMs() - startedAt;
    let bytes: Uint8Array;
    try {
      bytes = encodeValue(value, { what: `the result of ${JSON.stringify(run.key)}`, shared: true });
    } catch (thrown) {
      return this.#fail(run, thrown);
    }
    const large = bytes.length > this.#setup.inlineResultBytes;
    this.#made.made(run.fence, value);
    this.#results.done(run.slot, tookMs, large ? inSharedMemory(bytes) : bytes, large);
    if (large) this.#values.set(run.fence, value, bytes.length);
    this.#slots.state[run.slot] = over;
  }

  #fail(run: TaskRun, thrown: unknown): void {
    const part = thrown instanceof PartError ? thrown.key : undefined;
    const cause = thrown instanceof PartError ? thrown.cause : thrown;
    const error = toWireError(cause, "user");
    this.#made.failed(run.fence);
    const { stack } = error;
    this.#results.failed(run.slot, stack === undefined ? error : { ...error, stack: userStack(stack) }, part);
    this.#slots.state[run.slot] = over;
  }

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

function bytesOf({ valueStart, values, shared }: Work, index: number): Uint8Array {
  const [start, end] = [valueStart[index]!, valueStart[index + 1]!];
  if (end > start) return values.subarray(start, end);
  return shared.find(([at]) => at === index)?.[1] ?? values.subarray(start, end);
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
