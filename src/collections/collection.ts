/**
 * What every lazy thing is: some output keys, the graph they come from, and how their values become one value.
 * `Lazy`, `Bag` and later collections implement this; `compute` and `persist` need nothing else.
 */

import { lazyMark, Quoted, type LazyMarked } from "../graph/ref.js";
import type { GraphSource } from "../graph/source.js";

export interface Collection<T> extends LazyMarked {
  /** Where the tasks come from. */
  readonly source: GraphSource;
  /** The keys whose results make up the value. A key may stand there twice. */
  readonly outputs: readonly string[];
  /** The value, made of the outputs' results in their order. Pure and cheap. */
  assemble(results: readonly unknown[]): T;
  /** The same collection over another source that has the same output keys. */
  over(source: GraphSource): Collection<T>;
  /** The whole value under one key: what the collection becomes as an argument of a task. */
  whole(): SingleResult;
}

/** One key, and where its task comes from. */
export interface SingleResult {
  readonly key: string;
  readonly source: GraphSource;
}

/** What computing `C` gives: lazies become their values, also inside arrays and objects. */
export type Computed<C> =
  C extends Collection<infer T>
    ? T
    : C extends readonly unknown[]
      ? { -readonly [I in keyof C]: Computed<C[I]> }
      : C extends Readonly<Record<string, unknown>>
        ? { -readonly [K in keyof C]: Computed<C[K]> }
        : C;

export function isCollection(value: unknown): value is Collection<unknown> {
  return typeof value === "object" && value !== null && (value as Partial<LazyMarked>)[lazyMark] === true;
}

/**
 * A source that holds finished results: what a persisted collection stands on. In a graph that also has the tasks of
 * these keys, the results take their place.
 */
export function finishedSource(keys: readonly string[], results: readonly unknown[]): GraphSource {
  return { entries: keys.map((key, i) => [key, new Quoted(results[i], true)] as const), parents: [] };
}
