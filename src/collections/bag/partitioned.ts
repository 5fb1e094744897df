/** What a bag is made of: the record that the steps take and give. `Bag` is its face. */

import type { AnyFunction } from "../../graph/functions.js";
import { Ref } from "../../graph/ref.js";
import { referencedKeys } from "../../graph/references.js";
import type { GraphSource } from "../../graph/source.js";
import { Task, type TaskOptions } from "../../graph/task.js";
import { tokenize } from "../../graph/tokenize/tokenize.js";
import { functionToken } from "../function-token.js";
import { Layer } from "../layer.js";
import { uniqueId } from "../unique.js";

export interface Partitioned {
  /** Names the content: bags of one id have the same partitions. */
  readonly id: string;
  /** The keys of the partitions. At least one. */
  readonly keys: readonly string[];
  readonly source: GraphSource;
  /** The same object in all bags whose partitions are known to be of the same lengths. */
  readonly shape: Shape;
  /** Whether each partition is made from its own inputs alone, so that computing one costs one part of the whole. */
  readonly blockwise: boolean;
}

export interface Shape {
  /** The partitions' lengths, where building the graph tells them. */
  readonly lengths?: readonly number[];
}

/** The result of a step that gives one value. */
export interface Scalar {
  readonly key: string;
  readonly source: GraphSource;
}

export const unknownShape = (): Shape => ({});

/** A call of a kernel, with a `Ref` for each partition it needs. */
export function call(fn: AnyFunction, args: readonly unknown[], options?: TaskOptions): Task {
  return new Task(fn, args, referencedKeys(args, fn.name), undefined, options);
}

/**
 * The id of what `verb` makes of `parents`: the same for the same step, unless a callback takes part. Whether a
 * callback is pure only its author knows, so without that word each step with a callback is its own.
 */
export function idOf(
  verb: string,
  parents: readonly Partitioned[],
  args: readonly unknown[],
  pure = !args.some((arg) => typeof arg === "function"),
): string {
  if (!pure) return uniqueId();
  const known = args.map((arg) =>
    typeof arg === "function" ? ["function", functionToken(arg as AnyFunction)] : ["data", arg],
  );
  return tokenize(
    verb,
    parents.map(({ id }) => id),
    known,
  );
}

/** The keys of `count` partitions. */
export function partitionKeys(name: string, id: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}-${id}-${i}`);
}

export function refs(keys: readonly string[]): Ref[] {
  return keys.map((key) => new Ref(key));
}

/** The bag of one task a partition. */
export function partitionsOf(
  name: string,
  id: string,
  count: number,
  taskOf: (i: number) => unknown,
  parents: readonly GraphSource[],
  rest: Partial<Pick<Partitioned, "shape" | "blockwise">> = {},
): Partitioned {
  const keys = partitionKeys(name, id, count);
  const source = new Layer(parents, () => keys.map((key, i) => [key, taskOf(i)] as const));
  return { id, keys, source, shape: rest.shape ?? unknownShape(), blockwise: rest.blockwise ?? false };
}
