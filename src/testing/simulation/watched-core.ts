/** Stands around a core: writes down what it is told, checks its invariants, and shows what it asks for to others. */

import type { Core } from "../../actors/runtime/core.js";
import type { Trace } from "./trace.js";

interface Stimulus {
  readonly type: string;
}

export interface WatchOptions<S extends Stimulus, I extends Stimulus> {
  readonly name: string;
  readonly trace: Trace;
  /** The core's invariants are checked after every so many stimuli. */
  readonly validateEvery: number;
  /** Before the core is told. */
  readonly onStimulus?: (stimulus: S) => void;
  /** May add to what is to be done. */
  readonly onDrained?: (instructions: readonly I[]) => readonly I[];
}

export class WatchedCore<S extends Stimulus, I extends Stimulus> implements Core<S, I> {
  readonly #core: Core<S, I>;
  readonly #options: WatchOptions<S, I>;
  #sinceValidated = 0;

  constructor(core: Core<S, I>, options: WatchOptions<S, I>) {
    this.#core = core;
    this.#options = options;
  }

  handle(stimulus: S, atMs: number): void {
    const { trace, name, validateEvery, onStimulus } = this.#options;
    const message = (stimulus as { readonly message?: { readonly kind: string } }).message;
    trace.note(atMs, name, message?.kind ?? stimulus.type, sizeOf(message ?? stimulus), stimulus);
    onStimulus?.(stimulus);
    this.#core.handle(stimulus, atMs);
    if (++this.#sinceValidated < validateEvery) return;
    this.#sinceValidated = 0;
    this.#core.validate?.();
  }

  drain(): readonly I[] {
    const instructions = this.#core.drain();
    return this.#options.onDrained?.(instructions) ?? instructions;
  }

  nextTimer(): number | undefined {
    return this.#core.nextTimer();
  }
}

function sizeOf(what: object): number {
  const { run, runs, keys } = what as Partial<Record<"run" | "runs" | "keys", { readonly length?: number }>>;
  return (run?.length ?? 0) + (runs?.length ?? 0) + (keys?.length ?? 0);
}
