/** One value of a whole bag: counts, sums, means, extremes, folds; and small bags that are found the same way. */

import { InvalidArgumentError, describe } from "../../../errors.js";
import { unwrapFunction, type AnyFunction } from "../../../graph/functions.js";
import { checkCallback, checkKeySpec, checkWhole, initialValue } from "../check.js";
import { distinctPartition, distinctParts } from "../kernels/distinct.js";
import { extremeOfPartition, extremeOfParts, finishExtreme } from "../kernels/extremes.js";
import {
  combineFolds,
  combineReductions,
  finishFold,
  finishReduction,
  foldPartition,
  reducePartition,
} from "../kernels/fold.js";
import { combineFoldsBy, finishFoldsBy, foldPartitionBy, reducePartitionBy } from "../kernels/fold-by.js";
import { countValues, mergeCounts } from "../kernels/frequencies.js";
import {
  addMeans,
  addNumbers,
  countPartition,
  finishMean,
  meanPartition,
  sumPartition,
} from "../kernels/numbers.js";
import { topOfPartition, topOfParts } from "../kernels/top-k.js";
import type { KeySpec } from "../key-of.js";
import { idOf, unknownShape, type Partitioned, type Scalar } from "../partitioned.js";
import { checkReductionOptions, reduceTree, type Reduction, type ReductionOptions } from "../tree.js";

type Options = ReductionOptions | undefined;

export function counted(bag: Partitioned, options: Options): Scalar {
  return reduced(bag, "count", [], options, { partial: [countPartition], combine: [addNumbers] });
}

export function summed(bag: Partitioned, options: Options): Scalar {
  return reduced(bag, "sum", [], options, { partial: [sumPartition, "bag.sum"], combine: [addNumbers] });
}

export function averaged(bag: Partitioned, options: Options): Scalar {
  return reduced(bag, "mean", [], options, {
    partial: [meanPartition],
    combine: [addMeans],
    finish: [finishMean],
  });
}

export function extreme(bag: Partitioned, which: "min" | "max", options: Options): Scalar {
  return reduced(bag, which, [], options, {
    partial: [extremeOfPartition, which],
    combine: [extremeOfParts, which],
    finish: [finishExtreme, which],
  });
}

/** `initial` is an empty array, or holds the value to start from. */
export function reducedBy(
  bag: Partitioned,
  fn: unknown,
  initial: readonly unknown[],
  options: Options,
): Scalar {
  const step = checkCallback(fn, "bag.reduce(fn)");
  return reduced(bag, "reduce", [step], options, {
    partial: [reducePartition, step],
    combine: [combineReductions, step],
    finish: initial.length === 0 ? [finishReduction, step] : [finishFold, step, initialValue(initial[0])],
  });
}

export function folded(
  bag: Partitioned,
  fn: unknown,
  combine: unknown,
  initial: unknown,
  options: Options,
): Scalar {
  const step = checkCallback(fn, "bag.fold(fn)");
  const start = initialValue(initial);
  if (combine === undefined) {
    return reduced(bag, "fold", [step], options, {
      partial: [reducePartition, step],
      combine: [combineReductions, step],
      finish: [finishFold, step, start],
    });
  }
  const join = checkCombine(combine, initial, "bag.fold");
  return reduced(bag, "fold", [step, join], options, {
    partial: [foldPartition, step, start],
    combine: [combineFolds, join],
  });
}

export function foldedBy(
  bag: Partitioned,
  by: unknown,
  fn: unknown,
  combine: unknown,
  /** An empty array, or holds the value to start each key from. */
  initial: readonly unknown[],
  options: Options,
): Partitioned {
  const key = checkKeySpec(by, "bag.foldBy(by)");
  const step = checkCallback(fn, "bag.foldBy(by, fn)");
  if (combine === undefined) {
    return gathered(bag, "foldBy", [key, step], options, {
      partial: [reducePartitionBy, key, step],
      combine: [combineFoldsBy, step],
      ...(initial.length > 0 && { finish: [finishFoldsBy, step, initialValue(initial[0])] as const }),
    });
  }
  const join = checkCombine(combine, initial[0], "bag.foldBy");
  return gathered(bag, "foldBy", [key, step, join], options, {
    partial: [foldPartitionBy, key, step, initialValue(initial[0])],
    combine: [combineFoldsBy, join],
  });
}

export function countedValues(bag: Partitioned, options: Options): Partitioned {
  return gathered(bag, "frequencies", [], options, { partial: [countValues], combine: [mergeCounts] });
}

export function distinctOf(bag: Partitioned, by: unknown, options: Options): Partitioned {
  const key = optionalKey(by, "bag.distinct(by)");
  return gathered(bag, "distinct", [key], options, {
    partial: [distinctPartition, key],
    combine: [distinctParts, key],
  });
}

export function topOf(bag: Partitioned, k: number, by: unknown, options: Options): Partitioned {
  checkWhole(k, 0, "bag.topK(k)");
  const key = optionalKey(by, "bag.topK(k, by)");
  return gathered(bag, "topK", [k, key], options, {
    partial: [topOfPartition, k, key],
    combine: [topOfParts, k, key],
  });
}

function reduced(
  bag: Partitioned,
  verb: string,
  args: readonly unknown[],
  options: Options,
  reduction: Reduction,
): Scalar {
  const splitEvery = checkReductionOptions(options, `bag.${verb}`);
  return reduceTree(bag, verb, idOf(verb, [bag], [...args, splitEvery]), reduction, splitEvery);
}

/** The value is the one partition of a bag. */
function gathered(
  bag: Partitioned,
  verb: string,
  args: readonly unknown[],
  options: Options,
  reduction: Reduction,
): Partitioned {
  const splitEvery = checkReductionOptions(options, `bag.${verb}`);
  const id = idOf(verb, [bag], [...args, splitEvery]);
  const { key, source } = reduceTree(bag, verb, id, reduction, splitEvery);
  return { id, keys: [key], source, shape: unknownShape(), blockwise: false };
}

function optionalKey(by: unknown, where: string): KeySpec | undefined {
  return by === undefined ? undefined : checkKeySpec(by, where);
}

function checkCombine(combine: unknown, initial: unknown, where: string): AnyFunction {
  if (typeof combine === "function") return unwrapFunction(combine as AnyFunction);
  throw new InvalidArgumentError(
    where,
    `combine is ${describe(combine)}`,
    typeof initial === "function"
      ? "The function that combines two folded values comes before the initial value."
      : "Give a function that combines two folded values, or undefined when folding can do that itself.",
  );
}
