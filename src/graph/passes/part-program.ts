/**
 * Running the parts of a fused task, one after the other.
 *
 * Invariants: parts run in the order given, each once. A value is dropped as soon as the last part that uses it
 * has run. As long as no part returns a promise the whole run is synchronous; from the first promise on it is
 * asynchronous, and each part still waits for the one before. After a failure no further part starts.
 */

import type { Task } from "../task.js";
import { resolveReferences } from "../references.js";
import { PartError } from "./part-error.js";

/** One of the tasks that were put together, and the key it had. */
export interface Part {
  readonly key: string;
  readonly task: Task;
}

/**
 * Is told when a part begins and ends, so that an executor can measure and name it. Throwing from `started` ends
 * the run with what was thrown: how an executor stops between parts.
 */
export interface PartObserver {
  started?(part: Part): void;
  /** `failed` says whether the part threw, or its promise was rejected. */
  ended?(part: Part, failed: boolean): void;
}

const unused = -1;

/** The parts, and the names of the values that come from outside, in the order in which they will be given. */
export class PartProgram {
  readonly parts: readonly Part[];
  readonly #inputs: readonly string[];
  /** Values are numbered: first the inputs, then each part's result. Made when first needed, as is `#lastUse`. */
  #slotOf: ReadonlyMap<string, number> | undefined;
  /** By slot: the last part that takes this value. */
  #lastUse = new Int32Array(0);

  constructor(parts: readonly Part[], inputs: readonly string[]) {
    this.parts = parts;
    this.#inputs = inputs;
  }

  /**
   * The last part's result, or a promise of it. Takes over `values`.
   *
   * @throws PartError when a part fails.
   */
  run(values: unknown[], observer: PartObserver | undefined): unknown {
    const slotOf = (this.#slotOf ??= this.#plan());
    return new PartRun(this.parts, slotOf, this.#lastUse, values, observer).start();
  }

  #plan(): ReadonlyMap<string, number> {
    const slotOf = new Map<string, number>();
    for (const key of this.#inputs) slotOf.set(key, slotOf.size);
    for (const { key } of this.parts) slotOf.set(key, slotOf.size);
    this.#lastUse = new Int32Array(slotOf.size).fill(unused);
    this.parts.forEach(({ task }, at) => {
      for (const key of task.refs) this.#lastUse[slotOf.get(key) as number] = at;
    });
    return slotOf;
  }
}

class PartRun {
  readonly #parts: readonly Part[];
  readonly #slotOf: ReadonlyMap<string, number>;
  readonly #lastUse: Int32Array;
  /** Grows by one with each part that has ended. */
  readonly #values: unknown[];
  readonly #observer: PartObserver | undefined;
  readonly #lookup = (key: string): unknown => this.#values[this.#slotOf.get(key) as number];

  constructor(
    parts: readonly Part[],
    slotOf: ReadonlyMap<string, number>,
    lastUse: Int32Array,
    values: unknown[],
    observer: PartObserver | undefined,
  ) {
    this.#parts = parts;
    this.#slotOf = slotOf;
    this.#lastUse = lastUse;
    this.#values = values;
    this.#observer = observer;
  }

  start(): unknown {
    let result: unknown;
    for (let at = 0; at < this.#parts.length; at++) {
      result = this.#call(at);
      if (isThenable(result)) return this.#goOn(at, result);
      this.#keep(at, result);
    }
    return result;
  }

  async #goOn(from: number, pending: PromiseLike<unknown>): Promise<unknown> {
    let result: unknown = pending;
    for (let at = from; at < this.#parts.length; at++) {
      if (at > from) result = this.#call(at);
      if (isThenable(result)) {
        try {
          result = await result;
        } catch (cause) {
          throw this.#failure(at, cause);
        }
      }
      this.#keep(at, result);
    }
    return result;
  }

  #call(at: number): unknown {
    const part = this.#parts[at] as Part;
    this.#observer?.started?.(part);
    const { fn, args } = part.task;
    try {
      return (fn as (...all: unknown[]) => unknown)(...resolveReferences(args, this.#lookup));
    } catch (cause) {
      throw this.#failure(at, cause);
    }
  }

  #failure(at: number, cause: unknown): PartError {
    const part = this.#parts[at] as Part;
    this.#observer?.ended?.(part, true);
    // A part may itself be a fused task: then the error names the part inside already.
    return cause instanceof PartError ? cause : new PartError(part.key, cause);
  }

  /** Keeps the result while a later part needs it, and drops what this part was the last to use. */
  #keep(at: number, result: unknown): void {
    const part = this.#parts[at] as Part;
    const slot = this.#values.length;
    this.#values.push(this.#lastUse[slot] === unused ? undefined : result);
    for (const key of part.task.refs) {
      const used = this.#slotOf.get(key) as number;
      if (this.#lastUse[used] === at) this.#values[used] = undefined;
    }
    this.#observer?.ended?.(part, false);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as Partial<PromiseLike<unknown>>).then === "function"
  );
}
