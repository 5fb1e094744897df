/** Folding the elements of each key into one value, in order of each key's first appearance. */

import { identityOf } from "../identity.js";
import { keyFinder, type KeySpec } from "../key-of.js";
import { atOnce } from "../thenable.js";
import { bagKernel } from "./bag-kernel.js";
import { startValue } from "./fold.js";

type Step = (accumulated: unknown, item: unknown) => unknown;
type Folds = [key: unknown, accumulated: unknown][];

/** From `initial` for every key. */
export const foldPartitionBy = bagKernel(
  "foldPartitionBy",
  function foldPartitionBy(by: KeySpec, fn: Step, initial: unknown, items: readonly unknown[]): Folds {
    return foldEach(by, fn, items, (item) => step(fn, startValue(initial), item));
  },
);

/** From the first element of every key. */
export const reducePartitionBy = bagKernel(
  "reducePartitionBy",
  function reducePartitionBy(by: KeySpec, fn: Step, items: readonly unknown[]): Folds {
    return foldEach(by, fn, items, (item) => item);
  },
);

export const combineFoldsBy = bagKernel(
  "combineFoldsBy",
  function combineFoldsBy(
    combine: Step,
    parts: readonly (readonly (readonly [unknown, unknown])[])[],
  ): Folds {
    const places = new Map<unknown, number>();
    const folds: Folds = [];
    for (const part of parts) {
      for (const [key, value] of part) {
        const identity = identityOf(key);
        const place = places.get(identity);
        if (place === undefined) {
          places.set(identity, folds.length);
          folds.push([key, value]);
        } else {
          const fold = folds[place] as [unknown, unknown];
          fold[1] = step(combine, fold[1], value);
        }
      }
    }
    return folds;
  },
);

/** `initial` comes in once for each key, before its elements. */
export const finishFoldsBy = bagKernel(
  "finishFoldsBy",
  function finishFoldsBy(
    fn: Step,
    initial: unknown,
    parts: readonly (readonly (readonly [unknown, unknown])[])[],
  ): Folds {
    return combineFoldsBy(fn, parts).map(([key, value]) => [key, step(fn, startValue(initial), value)]);
  },
);

function foldEach(
  by: KeySpec,
  fn: Step,
  items: readonly unknown[],
  begin: (item: unknown) => unknown,
): Folds {
  const keyOf = keyFinder(by, "bag.foldBy(by)");
  const places = new Map<unknown, number>();
  const folds: Folds = [];
  for (const item of items) {
    const key = keyOf(item);
    const identity = identityOf(key);
    const place = places.get(identity);
    if (place === undefined) {
      places.set(identity, folds.length);
      folds.push([key, begin(item)]);
    } else {
      const fold = folds[place] as [unknown, unknown];
      fold[1] = step(fn, fold[1], item);
    }
  }
  return folds;
}

function step(fn: Step, accumulated: unknown, item: unknown): unknown {
  return atOnce(fn(accumulated, item), "The folding function of bag.foldBy");
}
