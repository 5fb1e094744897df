/** One value that is not computed yet: a key, and the graph it comes from. */

import { collectGraph, type GraphSource } from "../graph/source.js";
import type { Graph } from "../graph/graph.js";
import { lazyMark } from "../graph/ref.js";
import type { Collection } from "./collection.js";
import { runner, type ComputeOptions } from "./runner.js";

/** What a function returned once it is waited for: a lazy value counts as what it will be. */
export type Settled<R> = Awaited<R> extends Collection<infer T> ? T : Awaited<R>;

/**
 * The value of a call that has not run. Immutable; cheap to make and to pass on. Made by calling a
 * {@link delayed} function, or by a method of a bag that gives one value.
 *
 * @example
 * const inc = delayed((x: number) => x + 1);
 * await inc(inc(1)).compute(); // 3
 */
export class Lazy<T> implements Collection<T> {
  /** Names the result in the graph. */
  readonly key: string;
  readonly source: GraphSource;
  #graph: Graph | undefined;

  /** Trusts that `source` leads to a task named `key`. */
  constructor(key: string, source: GraphSource) {
    this.key = key;
    this.source = source;
  }

  get [lazyMark](): true {
    return true;
  }

  get outputs(): readonly string[] {
    return [this.key];
  }

  /** Everything needed to compute it. Put together when first asked for, then kept. */
  get graph(): Graph {
    return (this.#graph ??= collectGraph([this.source]));
  }

  /**
   * The value. Without options it runs on the scheduler that is set.
   *
   * @throws TaskErredError when a task failed, CancelledError when `signal` was aborted.
   */
  compute(options?: ComputeOptions): Promise<T> {
    return runner().compute(this, options);
  }

  /** The same lazy value standing on its finished result: whatever is built on it does not compute it again. */
  persist(options?: ComputeOptions): Promise<Lazy<T>> {
    return runner().persist<Lazy<T>>(this, options);
  }

  /** Draws the graph into `file`: `.svg`, `.png`, `.dot` or `.mmd`. */
  visualize(file: string): Promise<void> {
    return runner().visualize(this, file);
  }

  /** For `console.log` and the debugger, which would else print all that it stands on. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Lazy <${this.key}>`;
  }

  assemble(results: readonly unknown[]): T {
    return results[0] as T;
  }

  over(source: GraphSource): Lazy<T> {
    return new Lazy<T>(this.key, source);
  }

  whole(): this {
    return this;
  }
}
