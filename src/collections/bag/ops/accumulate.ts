/** Running folds: one partition after the other, since each needs the last value of the one before. */

import type { AnyFunction } from "../../../graph/functions.js";
import { Ref } from "../../../graph/ref.js";
import { Layer } from "../../layer.js";
import { checkCallback, initialValue } from "../check.js";
import {
  accumulateFirst,
  accumulateFrom,
  accumulateNext,
  carryOfRun,
  itemsOfRun,
} from "../kernels/accumulate.js";
import { call, idOf, partitionKeys, unknownShape, type Partitioned } from "../partitioned.js";
import type { Task } from "../../../graph/task.js";

/** `initial` is an empty array, or holds the value to start from. */
export function accumulated(bag: Partitioned, fn: unknown, initial: readonly unknown[]): Partitioned {
  const step = checkCallback(fn, "bag.accumulate(fn)");
  const id = idOf("accumulate", [bag], [step]);
  const keys = partitionKeys("accumulate", id, bag.keys.length);
  const source = new Layer([bag.source], () => {
    const entries: (readonly [string, unknown])[] = [];
    let carry: string | undefined;
    for (const [i, key] of keys.entries()) {
      const run = `accumulate-run-${id}-${i}`;
      entries.push([run, runOf(step, initial, carry, new Ref(bag.keys[i] as string))]);
      entries.push([key, call(itemsOfRun, [new Ref(run)])]);
      carry = `accumulate-carry-${id}-${i}`;
      if (i < keys.length - 1) entries.push([carry, call(carryOfRun, [new Ref(run)])]);
    }
    return entries;
  });
  // With a value to start from there is one element more.
  return { id, keys, source, shape: initial.length === 0 ? bag.shape : unknownShape(), blockwise: false };
}

function runOf(step: AnyFunction, initial: readonly unknown[], carry: string | undefined, items: Ref): Task {
  if (carry !== undefined) return call(accumulateNext, [step, new Ref(carry), items]);
  if (initial.length === 0) return call(accumulateFirst, [step, items]);
  return call(accumulateFrom, [step, initialValue(initial[0]), items]);
}
