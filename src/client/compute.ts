/** `compute`: from lazy values, or keys of a graph, to their values. */

import type { ComputeOptions } from "../collections/runner.js";
import type { Collection, Computed } from "../collections/collection.js";
import { InvalidArgumentError, describe } from "../errors.js";
import { Graph } from "../graph/graph.js";
import { checkKey } from "../graph/ref.js";
import { isPlainObject } from "../graph/references.js";
import { collectGraph } from "../graph/source.js";
import { checkComputeOptions, isComputeOptions, type WithoutOptions } from "./compute-options.js";
import { collectionsIn, replaceCollections } from "./gather.js";
import { runGraph } from "./run-graph.js";

/** The results under `keys`, in their order. */
export function compute<T extends readonly unknown[] = unknown[]>(
  graph: Graph,
  keys: readonly string[],
  options?: ComputeOptions,
): Promise<T>;
/** The result under `key`. */
export function compute<T = unknown>(graph: Graph, key: string, options?: ComputeOptions): Promise<T>;
/** The value of a lazy value, or of all lazy values in a structure, which keeps its shape. */
export function compute<const C>(what: C, options?: ComputeOptions): Promise<Computed<C>>;
/** The values of several, computed as one graph, so that what they share runs once. */
export function compute<const W extends readonly [unknown, unknown, ...unknown[]]>(
  ...whatAndOptions: readonly [...what: W, options: ComputeOptions]
): Promise<Computed<W>>;
export function compute<const W extends readonly [unknown, unknown, ...unknown[]]>(
  ...what: W
): Promise<Computed<WithoutOptions<W>>>;
/**
 * Computes lazy values, or keys of a graph.
 *
 * One argument gives its value in its own shape, several give an array. The last of several arguments is taken for
 * options when it is a plain object that has only names of options, or nothing in it to compute.
 *
 * @example
 * const [total, parts] = await compute(sum, [first, second], { retries: 2 });
 *
 * @throws TaskErredError when a task failed, with its key and what it threw as the cause.
 * @throws CancelledError when `signal` was aborted.
 * @throws CycleError, MissingKeyError, DuplicateKeyError, FunctionAsDataError, InvalidArgumentError, ConfigError
 */
export async function compute(...args: readonly unknown[]): Promise<unknown> {
  if (args[0] instanceof Graph && args.length > 1) return computeKeys(args[0], args.slice(1));
  const { what, options } = splitOptions(args, "compute");
  const collections = collectionsIn(what, "compute");
  const values = await computeCollections(collections, options);
  return replaceCollections(what, (collection) => values.get(collection));
}

async function computeKeys(graph: Graph, [asked, given, ...rest]: readonly unknown[]): Promise<unknown> {
  if (rest.length > 0 || (typeof asked !== "string" && !Array.isArray(asked))) {
    throw new InvalidArgumentError(
      "compute(graph, keys)",
      rest.length > 0 ? "there are too many arguments" : `the keys are ${describe(asked)}`,
      "Give one key or an array of keys, then options.",
    );
  }
  const options = checkComputeOptions(given, "compute");
  const keys = (typeof asked === "string" ? [asked] : asked).map((key) =>
    checkKey(key, "compute(graph, keys)"),
  );
  const results = await runGraph(graph, keys, options);
  return typeof asked === "string" ? results[0] : results;
}

/** What is to be computed (one argument as itself, several as an array), and the options. */
export function splitOptions(
  args: readonly unknown[],
  where: string,
): { readonly what: unknown; readonly options: ComputeOptions } {
  const last = args.at(-1);
  const hasOptions =
    args.length > 1 && (last === undefined || isComputeOptions(last) || isMeantAsOptions(last));
  const what = hasOptions ? args.slice(0, -1) : args;
  return {
    what: what.length === 1 ? what[0] : what,
    options: hasOptions ? checkComputeOptions(last, where) : {},
  };
}

/** An object without anything in it to compute: a name of an option is misspelt. */
function isMeantAsOptions(value: unknown): boolean {
  return isPlainObject(value) && collectionsIn(value, "compute").length === 0;
}

/** Each collection's value, all computed as one graph. */
async function computeCollections(
  collections: readonly Collection<unknown>[],
  options: ComputeOptions,
): Promise<Map<Collection<unknown>, unknown>> {
  const results = await outputsOf(collections, options);
  return new Map(
    collections.map((each) => [each, each.assemble(each.outputs.map((key) => results.get(key)))]),
  );
}

/** The results of all collections' output keys, all computed as one graph. */
async function outputsOf(
  collections: readonly Collection<unknown>[],
  options: ComputeOptions,
): Promise<Map<string, unknown>> {
  const keys = [...new Set(collections.flatMap((each) => each.outputs))];
  if (keys.length === 0) return new Map();
  const graph = collectGraph([...new Set(collections.map((each) => each.source))]);
  const results = await runGraph(graph, keys, options);
  return new Map(keys.map((key, i) => [key, results[i]]));
}
