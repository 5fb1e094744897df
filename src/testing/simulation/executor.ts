/**
 * The hands of a simulated worker: its threads, and its store of bytes. It does what the real host does, from the core's
 * point of view.
 */

import type { Gift } from "../../actors/worker/gift.js";
import type { Observed, WorkerInstruction } from "../../actors/worker/stimuli.js";
import type { RuntimeInstruction } from "../../actors/runtime/core.js";
import type { Message } from "../../protocol/messages.js";
import { ByteStore } from "./byte-store.js";
import { SimulatedThreads, type ThreadsOptions } from "./threads.js";

type HostInstruction = Exclude<WorkerInstruction, RuntimeInstruction>;

export interface ExecutorOptions extends ThreadsOptions {
  readonly memoryLimitBytes: number;
  /** What the incarnation before it has left. */
  readonly store?: ByteStore;
  readonly send: (to: string, message: Message) => void;
}

export class Executor {
  /** Short of memory, as the system says. */
  isShort = false;
  readonly #options: ExecutorOptions;
  readonly #threads: SimulatedThreads;
  readonly store: ByteStore;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.store = options.store ?? new ByteStore();
    this.#threads = new SimulatedThreads(options, this.store);
  }

  start(): void {
    this.#threads.start();
  }

  observe(): Observed {
    const { memoryLimitBytes } = this.#options;
    const managedBytes = this.store.nbytes;
    return {
      type: "observed",
      running: this.running(),
      processBytes: this.isShort ? memoryLimitBytes : managedBytes,
      managedBytes,
      freedBytes: 0,
      loopDelayMs: 0,
    };
  }

  running(): number[] {
    return this.#threads.running();
  }

  perform(instruction: HostInstruction): void {
    switch (instruction.type) {
      case "execute":
        return this.#threads.execute(instruction.thread, instruction.records);
      case "abort":
        return this.#threads.abort(instruction.run);
      case "recall":
        return this.#threads.recall(instruction.runs);
      case "putInline":
        return this.store.put(instruction.run, instruction.bytes);
      case "storeChunk": {
        const { run, offset, total, bytes } = instruction;
        return this.store.putChunk(run, offset, total, bytes);
      }
      case "drop":
        for (const run of instruction.runs) this.store.drop(run);
        return;
      case "sendChunk":
        return this.#sendChunk(instruction);
      case "runHere":
        this.#options.tell({
          type: "ranHere",
          answer: { kind: "ranOnWorker", id: instruction.id, ok: true, value: new Uint8Array(4) },
        });
        return;
      case "mayStart":
      case "spill":
      case "collect":
      // Its process sees for itself when it is to go, or to begin anew.
      case "left":
      case "startAgain":
        return;
    }
  }

  /** What the next incarnation is to offer. */
  leave(gifts: readonly Gift[]): ByteStore {
    for (const { run, bytes } of gifts) if (bytes !== undefined) this.store.put(run, bytes);
    return this.store.handOver(gifts.map(({ run }) => run));
  }

  /** A thread ends under what it runs. False when there is none that runs something. */
  loseThread(kind: "killed" | "oom"): boolean {
    return this.#threads.lose(kind);
  }

  #sendChunk(part: Extract<HostInstruction, { type: "sendChunk" }>): void {
    const { to, id, run, key, offset, length, total } = part;
    const { send } = this.#options;
    const bytes = this.store.get(run);
    if (bytes === undefined) send(to, { kind: "gone", id, runs: Float64Array.of(run) });
    else {
      const named = key === undefined ? {} : { key };
      send(to, {
        kind: "chunk",
        id,
        run,
        ...named,
        offset,
        total,
        bytes: bytes.slice(offset, offset + length),
      });
    }
  }
}
