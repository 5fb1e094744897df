/** Folding many elements into one value: each partition by itself, then the partitions' values together. */

import { EmptyBagError } from "../../../errors.js";
import { isPlainObject } from "../../../graph/references.js";
import { atOnce } from "../thenable.js";
import { bagKernel } from "./bag-kernel.js";

type Step = (accumulated: unknown, item: unknown) => unknown;

/** No value, or one: what a partition without elements reduces to, and any other. */
type Maybe = readonly unknown[];

/** Left to right from `initial`. */
export const foldPartition = bagKernel(
  "foldPartition",
  function foldPartition(fn: Step, initial: unknown, items: readonly unknown[]): unknown {
    return foldLeft(fn, startValue(initial), items, 0);
  },
);

/** Left to right from the first element. */
export const reducePartition = bagKernel(
  "reducePartition",
  function reducePartition(fn: Step, items: readonly unknown[]): Maybe {
    return items.length === 0 ? [] : [foldLeft(fn, items[0], items, 1)];
  },
);

export const combineFolds = bagKernel(
  "combineFolds",
  function combineFolds(combine: Step, parts: readonly unknown[]): unknown {
    return foldLeft(combine, parts[0], parts, 1);
  },
);

export const combineReductions = bagKernel(
  "combineReductions",
  function combineReductions(fn: Step, parts: readonly Maybe[]): Maybe {
    const values = parts.flat();
    return values.length === 0 ? [] : [foldLeft(fn, values[0], values, 1)];
  },
);

/** The value of a reduction. @throws EmptyBagError */
export const finishReduction = bagKernel(
  "finishReduction",
  function finishReduction(fn: Step, parts: readonly Maybe[]): unknown {
    const values = parts.flat();
    if (values.length === 0) {
      throw new EmptyBagError("reduce", "Give reduce(fn, initial) a value to start from.");
    }
    return foldLeft(fn, values[0], values, 1);
  },
);

/** The value of a fold whose parts were reduced without it: `initial` comes in once, before everything. */
export const finishFold = bagKernel(
  "finishFold",
  function finishFold(fn: Step, initial: unknown, parts: readonly Maybe[]): unknown {
    return foldLeft(fn, startValue(initial), parts.flat(), 0);
  },
);

export function foldLeft(fn: Step, start: unknown, items: readonly unknown[], from: number): unknown {
  let accumulated = start;
  for (let i = from; i < items.length; i++)
    accumulated = atOnce(fn(accumulated, items[i]), "The folding function");
  return accumulated;
}

/**
 * A value to fold into that is nobody else's: a function is called for it, plain data is copied, so that a fold
 * may change what it is given. Other objects (class instances, numbers, strings) are themselves.
 */
export function startValue(initial: unknown): unknown {
  if (typeof initial === "function") return (initial as () => unknown)();
  const copied =
    Array.isArray(initial) ||
    isPlainObject(initial) ||
    initial instanceof Map ||
    initial instanceof Set ||
    ArrayBuffer.isView(initial);
  return copied ? structuredClone(initial) : initial;
}
