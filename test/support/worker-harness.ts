/** A worker core with a make-believe scheduler and make-believe threads, all in the test's hands. */

import {
  taskFlags,
  type Hello,
  type Message,
  type Run,
  type WireError,
} from "../../src/protocol/messages.js";
import { defaultWorkerConfig, type WorkerConfig } from "../../src/actors/worker/config.js";
import type { WorkerInstruction, WorkerStimulus } from "../../src/actors/worker/stimuli.js";
import { WorkerCore } from "../../src/actors/worker/worker.core.js";

export const scheduler = "scheduler:s:1";
const hello = (role: Hello["role"]): Hello => ({ kind: "hello", role, name: "x", versions: [1, 1] });

export interface RunSpec {
  readonly run: number;
  readonly key?: string;
  readonly pure?: boolean;
  readonly deps?: readonly number[];
  readonly priority?: number;
  readonly user?: number;
  readonly options?: Run["options"][number][1];
}

export interface RunExtras {
  readonly inline?: readonly (readonly [number, Uint8Array])[];
  readonly remote?: Run["remote"];
}

/** A run message of one function. */
export function runMessage(specs: readonly RunSpec[], extras: RunExtras = {}): Run {
  const { inline = [], remote = [] } = extras;
  const starts = (rows: readonly { readonly length: number }[]): Uint32Array => {
    const out = new Uint32Array(rows.length + 1);
    for (const [i, row] of rows.entries()) out[i + 1] = (out[i] as number) + row.length;
    return out;
  };
  const deps = specs.map(({ deps = [] }) => deps);
  return {
    kind: "run",
    run: Float64Array.from(specs, ({ run }) => run),
    keys: specs.map(({ run, key }) => key ?? `k${run}`),
    fn: new Uint32Array(specs.length),
    fns: [[0, { kind: "inline", name: "f", source: "() => 0" }]],
    flags: Uint8Array.from(specs, ({ pure }) => (pure === true ? taskFlags.pure : 0)),
    priority: Float64Array.from(specs, ({ priority, run }) => priority ?? run),
    user: Float64Array.from(specs, ({ user }) => user ?? 0),
    argStart: new Uint32Array(specs.length + 1),
    args: new Uint8Array(),
    depStart: starts(deps),
    dep: Float64Array.from(deps.flat()),
    inlineRun: Float64Array.from(inline, ([run]) => run),
    inlineStart: starts(inline.map(([, bytes]) => bytes)),
    inline: Uint8Array.from(inline.flatMap(([, bytes]) => [...bytes])),
    remote,
    options: specs.flatMap(({ options }, i) => (options === undefined ? [] : [[i, options] as const])),
  };
}

export class WorkerHarness {
  readonly core: WorkerCore;
  readonly sent: { readonly to: string; readonly message: Message }[] = [];
  /** Everything else the core asked for. */
  readonly asked: WorkerInstruction[] = [];
  /** Runs handed to threads that have not ended. */
  readonly executing = new Map<number, number>();
  at = 0;

  constructor(config: Partial<WorkerConfig> = {}) {
    this.core = new WorkerCore({ ...defaultWorkerConfig, name: "w1", ...config });
    for (let thread = 0; thread < (config.threads ?? 1); thread++) this.tell({ type: "threadReady", thread });
  }

  connect(): this {
    this.tell({ type: "peerUp", peer: scheduler, hello: hello("scheduler") });
    return this.tell({ type: "heard", sinceMs: this.at });
  }

  /** One stimulus and the turn that follows. The core's invariants are checked. */
  tell(stimulus: WorkerStimulus): this {
    this.core.handle(stimulus, this.at);
    this.core.validate();
    for (const instruction of this.core.drain()) this.#note(instruction);
    this.core.validate();
    return this;
  }

  hear(message: Extract<WorkerStimulus, { type: "message" }>["message"], from = scheduler): this {
    return this.tell({ type: "message", from, message });
  }

  #note(instruction: WorkerInstruction): void {
    if (instruction.type === "send") this.sent.push(instruction);
    else this.asked.push(instruction);
    if (instruction.type !== "execute") return;
    for (const record of instruction.records) this.executing.set(record.run, instruction.thread);
  }

  /** A run ends with a value: inline, or kept by the worker. */
  done(run: number, value: Uint8Array | number = Uint8Array.of(run & 127)): this {
    const thread = this.executing.get(run) as number;
    this.executing.delete(run);
    const inline = typeof value === "number" ? new Uint8Array() : value;
    return this.tell({
      type: "done",
      thread,
      batch: {
        run: Float64Array.of(run),
        nbytes: Float64Array.of(typeof value === "number" ? value : value.length),
        tookMs: Float32Array.of(1),
        inlineStart: Uint32Array.of(0, inline.length),
        inline,
      },
    });
  }

  failed(run: number, error: WireError = { kind: "user", name: "Error", message: "no" }): this {
    const thread = this.executing.get(run) as number;
    this.executing.delete(run);
    return this.tell({ type: "failed", thread, runs: [{ run, error }] });
  }

  /** The messages of a kind, oldest first. */
  said<K extends Message["kind"]>(kind: K): Extract<Message, { kind: K }>[] {
    return this.sent
      .map(({ message }) => message)
      .filter((message): message is Extract<Message, { kind: K }> => message.kind === kind);
  }

  /** The instructions of a type, oldest first. */
  did<T extends WorkerInstruction["type"]>(type: T): Extract<WorkerInstruction, { type: T }>[] {
    return this.asked.filter((each): each is Extract<WorkerInstruction, { type: T }> => each.type === type);
  }
}
