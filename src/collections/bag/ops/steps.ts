/** Steps that make each partition from one partition. */

import { describe, InvalidArgumentError } from "../../../errors.js";
import type { AnyFunction } from "../../../graph/functions.js";
import { quote, Ref } from "../../../graph/ref.js";
import { checkTaskOptions, type TaskOptions } from "../../../graph/task.js";
import { checkCallback, optionsObject } from "../check.js";
import { applyToPartition } from "../kernels/apply.js";
import { filterPartition, flatMapPartition, mapPartition } from "../kernels/map.js";
import { pluckPartition } from "../kernels/pluck.js";
import { call, idOf, partitionsOf, unknownShape, type Partitioned } from "../partitioned.js";

/** How the tasks of a step are named and run. */
export interface StepOptions extends TaskOptions {
  /** What their keys begin with. The method's name unless given. */
  readonly name?: string;
}

interface Step {
  readonly verb: string;
  readonly kernel: AnyFunction;
  /** Whether as many elements come out of a partition as went in. */
  readonly keepsLengths: boolean;
}

const callbackSteps = {
  map: { verb: "map", kernel: mapPartition, keepsLengths: true },
  filter: { verb: "filter", kernel: filterPartition, keepsLengths: false },
  flatMap: { verb: "flatMap", kernel: flatMapPartition, keepsLengths: false },
  mapPartitions: { verb: "mapPartitions", kernel: applyToPartition, keepsLengths: false },
} as const satisfies Readonly<Record<string, Step>>;

export function stepped(
  bag: Partitioned,
  verb: keyof typeof callbackSteps,
  fn: unknown,
  options: StepOptions | undefined,
): Partitioned {
  const where = `bag.${verb}`;
  const callback = checkCallback(fn, `${where}(fn)`);
  const { name = verb, ...rest } = optionsObject(options, where);
  if (typeof name !== "string" || name === "") {
    throw new InvalidArgumentError(
      `${where}(…, { name })`,
      `got ${describe(name)}`,
      "Give a non-empty string.",
    );
  }
  const taskOptions = checkTaskOptions(rest, where);
  const id = idOf(verb, [bag], [callback, taskOptions], taskOptions.pure === true);
  return apply(bag, callbackSteps[verb], name, id, [callback], taskOptions);
}

export function plucked(bag: Partitioned, name: unknown, fallback: readonly unknown[]): Partitioned {
  const names: readonly unknown[] = Array.isArray(name) ? name : [name];
  for (const one of names) {
    if (typeof one === "string" || typeof one === "number") continue;
    throw new InvalidArgumentError(
      "bag.pluck(name)",
      `got ${describe(one)}`,
      "Give the name of a property, an index, or an array of these.",
    );
  }
  // What stands for missing properties may be anything, also what has no token.
  const id = idOf("pluck", [bag], [name], fallback.length === 0);
  const step = { verb: "pluck", kernel: pluckPartition, keepsLengths: true };
  return apply(bag, step, "pluck", id, [name, quote(fallback)], undefined);
}

function apply(
  bag: Partitioned,
  { kernel, keepsLengths }: Step,
  name: string,
  id: string,
  args: readonly unknown[],
  options: TaskOptions | undefined,
): Partitioned {
  return partitionsOf(
    name,
    id,
    bag.keys.length,
    (i) => call(kernel, [...args, new Ref(bag.keys[i] as string)], options),
    [bag.source],
    { shape: keepsLengths ? bag.shape : unknownShape(), blockwise: bag.blockwise },
  );
}
