/** Running folds. The partitions follow one another: each carries on from the last value of the one before. */

import { atOnce } from "../thenable.js";
import { bagKernel } from "./bag-kernel.js";
import { startValue } from "./fold.js";

type Step = (accumulated: unknown, item: unknown) => unknown;

interface Run {
  readonly items: readonly unknown[];
  /** The last value so far; empty while there was none. */
  readonly carry: readonly unknown[];
}

/** The first partition's run when there is an initial value, which it begins with. */
export const accumulateFrom = bagKernel(
  "accumulateFrom",
  function accumulateFrom(fn: Step, initial: unknown, items: readonly unknown[]): Run {
    const start = startValue(initial);
    const run = accumulateOn(fn, [start], items);
    return { items: [start].concat(run.items), carry: run.carry };
  },
);

/** The first partition's run when there is none. */
export const accumulateFirst = bagKernel(
  "accumulateFirst",
  function accumulateFirst(fn: Step, items: readonly unknown[]): Run {
    return accumulateOn(fn, [], items);
  },
);

/** The run that follows one that ended in `carry`. */
export const accumulateNext = bagKernel(
  "accumulateNext",
  function accumulateNext(fn: Step, carry: readonly unknown[], items: readonly unknown[]): Run {
    return accumulateOn(fn, carry, items);
  },
);

export const itemsOfRun = bagKernel("itemsOfRun", function itemsOfRun(run: Run): readonly unknown[] {
  return run.items;
});

export const carryOfRun = bagKernel("carryOfRun", function carryOfRun(run: Run): readonly unknown[] {
  return run.carry;
});

function accumulateOn(fn: Step, carry: readonly unknown[], items: readonly unknown[]): Run {
  if (items.length === 0) return { items: [], carry };
  let last = carry.length === 0 ? items[0] : step(fn, carry[0], items[0]);
  const out = [last];
  for (let i = 1; i < items.length; i++) {
    last = step(fn, last, items[i]);
    out.push(last);
  }
  return { items: out, carry: [last] };
}

function step(fn: Step, accumulated: unknown, item: unknown): unknown {
  return atOnce(fn(accumulated, item), "The function of bag.accumulate");
}
