/**
 * Tree reductions: every partition to a partial result, then `splitEvery` neighbours at a time to one, until one
 * is left. Neighbours only, and in their order, so that what is associative gives what a single loop would.
 */

import type { AnyFunction } from "../../graph/functions.js";
import { Ref } from "../../graph/ref.js";
import { Layer } from "../layer.js";
import { checkOptions, checkWhole } from "./check.js";
import { call, refs, type Partitioned, type Scalar } from "./partitioned.js";

/** How a result is put together from the partitions'. */
export interface ReductionOptions {
  /** How many partial results one task combines: 2 or more, 8 unless given. */
  readonly splitEvery?: number;
}

/** A kernel, and its arguments before the last. */
export type KernelCall = readonly [fn: AnyFunction, ...args: unknown[]];

export interface Reduction {
  /** Takes a partition, gives its partial result. Without it the partitions are the partial results. */
  readonly partial?: KernelCall;
  /** Takes an array of partial results, gives one. */
  readonly combine: KernelCall;
  /** Takes the last array of partial results, gives the value; `combine` unless given. */
  readonly finish?: KernelCall;
}

export function checkReductionOptions(options: ReductionOptions | undefined, where: string): number {
  const { splitEvery = 8 } = checkOptions(options, ["splitEvery"], where);
  return checkWhole(splitEvery, 2, `${where}(…, { splitEvery })`);
}

/** `verb` names the tasks; the value's key is `${verb}-${id}`. */
export function reduceTree(
  bag: Partitioned,
  verb: string,
  id: string,
  reduction: Reduction,
  splitEvery: number,
): Scalar {
  const key = `${verb}-${id}`;
  const source = new Layer([bag.source], () => treeEntries(bag.keys, verb, id, reduction, splitEvery));
  return { key, source };
}

function treeEntries(
  partitions: readonly string[],
  verb: string,
  id: string,
  { partial, combine, finish = combine }: Reduction,
  splitEvery: number,
): (readonly [string, unknown])[] {
  const entries: (readonly [string, unknown])[] = [];
  let keys = partitions;
  if (partial !== undefined) {
    const [fn, ...args] = partial;
    keys = partitions.map((partition, i) => {
      const key = `${verb}-part-${id}-${i}`;
      entries.push([key, call(fn, [...args, new Ref(partition)])]);
      return key;
    });
  }
  const [fn, ...args] = combine;
  for (let level = 0; keys.length > splitEvery; level++) {
    const next: string[] = [];
    for (let from = 0; from < keys.length; from += splitEvery) {
      const key = `${verb}-join-${id}-${level}-${next.length}`;
      entries.push([key, call(fn, [...args, refs(keys.slice(from, from + splitEvery))])]);
      next.push(key);
    }
    keys = next;
  }
  const [last, ...lastArgs] = finish;
  entries.push([`${verb}-${id}`, call(last, [...lastArgs, refs(keys)])]);
  return entries;
}
