/** Starts the worker thread behind a thread host, and tells how it ended. */

import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import type { ErrorKind } from "../../protocol/messages.js";
import type { FunctionSettings } from "../functions/policy.js";
import type { FromThread, ThreadSetup } from "./messages.js";
import type { SharedSlots } from "./slots.js";

/** What a new thread runs. */
export interface ThreadProgram {
  readonly code: string | URL;
  readonly eval: boolean;
}

export interface ThreadOptions {
  readonly program: ThreadProgram;
  readonly worker: string;
  readonly concurrency: number;
  readonly inlineResultBytes: number;
  readonly cacheBytes: number;
  readonly cancelGraceMs: number;
  /** The thread's own heap; going beyond costs the thread, not the process. */
  readonly heapLimitMb: number | undefined;
  readonly functions: FunctionSettings;
}

/** How a thread ended. */
export interface ThreadEnd {
  readonly kind: ErrorKind;
  readonly message: string;
}

export interface StartedThread {
  readonly worker: Worker;
  readonly port: MessagePort;
}

/** @param onGone called once, after all that the thread has said was heard. */
export function startThread(
  options: ThreadOptions,
  slots: SharedSlots,
  hear: (message: FromThread) => void,
  onGone: (worker: Worker, end: ThreadEnd) => void,
): StartedThread {
  const { program, heapLimitMb } = options;
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(program.code, {
    eval: program.eval,
    workerData: { port: port2, setup: setupOf(options, slots) },
    transferList: [port2],
    name: options.worker,
    // Tasks see the arguments of the program they belong to.
    argv: process.argv.slice(2),
    ...(heapLimitMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapLimitMb } }),
  });
  port1.on("message", hear);
  let failure: Error | undefined;
  worker.on("error", (error: Error) => (failure = error));
  worker.on("exit", (code) => {
    // What was posted before the end is still read.
    setImmediate(() => onGone(worker, describeEnd(failure, code)));
  });
  // An idle cluster must not keep a finished script alive; whoever waits for results holds the process.
  worker.unref();
  port1.unref();
  return { worker, port: port1 };
}

function setupOf(options: ThreadOptions, slots: SharedSlots): ThreadSetup {
  const { inlineResultBytes, concurrency, cacheBytes, cancelGraceMs, worker, functions } = options;
  return {
    slots: slots.state.buffer as SharedArrayBuffer,
    startedAt: slots.startedAt.buffer as SharedArrayBuffer,
    lease: slots.lease.buffer as SharedArrayBuffer,
    inlineResultBytes,
    concurrency,
    cacheBytes,
    cancelGraceMs,
    worker,
    functions,
  };
}

function describeEnd(failure: Error | undefined, code: number): ThreadEnd {
  if ((failure as { code?: string } | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return { kind: "oom", message: "the thread ran out of heap" };
  }
  if (failure !== undefined)
    return { kind: "killed", message: `the thread was brought down by ${String(failure)}` };
  return { kind: "killed", message: `the thread ended with exit code ${code}` };
}
