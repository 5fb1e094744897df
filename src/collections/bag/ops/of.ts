/** Bags of what is at hand. */

import { describe, InvalidArgumentError } from "../../../errors.js";
import { quote } from "../../../graph/ref.js";
import { isCollection, type Collection } from "../../collection.js";
import { uniqueId } from "../../unique.js";
import { checkOptions, checkWhole } from "../check.js";
import { rangePartition } from "../kernels/range.js";
import { cut } from "../kernels/slices.js";
import { call, idOf, partitionsOf, type Partitioned } from "../partitioned.js";

/** How many partitions to make. */
export interface PartitionOptions {
  /** At least 1; may be more than there are elements. One an element, and 100 at most, unless given. */
  readonly partitions?: number;
}

const mostByDefault = 100;

export function bagOf(iterable: Iterable<unknown>, options?: PartitionOptions): Partitioned {
  const items = itemsOf(iterable);
  const parts = cut(items, partitionCount(items.length, options, "Bag.of"));
  return partitionsOf("of", uniqueId(), parts.length, (i) => quote(parts[i]), [], {
    shape: { lengths: parts.map(({ length }) => length) },
    blockwise: true,
  });
}

/** A bag that is cut like `like` where its lengths are known, so that their partitions lie side by side. */
export function bagBeside(iterable: Iterable<unknown>, like: Partitioned): Partitioned {
  const items = itemsOf(iterable);
  const { lengths } = like.shape;
  let from = 0;
  const parts = lengths?.map((length) => items.slice(from, (from += length))) ?? [items];
  return partitionsOf("of", uniqueId(), parts.length, (i) => quote(parts[i]), [], {
    shape: { lengths: parts.map(({ length }) => length) },
    blockwise: true,
  });
}

export function bagOfRange(n: number, options?: PartitionOptions): Partitioned {
  checkWhole(n, 0, "Bag.range(n)");
  const count = partitionCount(n, options, "Bag.range");
  const start = (i: number): number => Math.floor((i * n) / count);
  const id = idOf("range", [], [n, count]);
  return partitionsOf("range", id, count, (i) => call(rangePartition, [start(i), start(i + 1)]), [], {
    shape: { lengths: Array.from({ length: count }, (_, i) => start(i + 1) - start(i)) },
    blockwise: true,
  });
}

/** Each lazy value is one partition. */
export function bagOfCollections(values: Iterable<Collection<unknown>>): Partitioned {
  const wholes = Array.from(iterableOf(values, "Bag.fromDelayed(values)") as Iterable<unknown>, (value) => {
    if (isCollection(value)) return value.whole();
    throw new InvalidArgumentError(
      "Bag.fromDelayed(values)",
      `got ${describe(value)} among them`,
      "Each must be a lazy array, such as a call of a delayed function; Bag.of takes plain data.",
    );
  });
  if (wholes.length === 0) return bagOf([]);
  return {
    id: idOf("fromDelayed", [], [wholes.map(({ key }) => key)]),
    keys: wholes.map(({ key }) => key),
    source: { entries: [], parents: wholes.map(({ source }) => source) },
    shape: {},
    blockwise: true,
  };
}

function partitionCount(elements: number, options: PartitionOptions | undefined, where: string): number {
  const { partitions } = checkOptions(options, ["partitions"], where);
  if (partitions !== undefined) return checkWhole(partitions, 1, `${where}(…, { partitions })`);
  return Math.max(1, Math.min(elements, mostByDefault));
}

function itemsOf(iterable: Iterable<unknown>): readonly unknown[] {
  const items: readonly unknown[] = Array.from(iterableOf(iterable, "Bag.of(iterable)") as Iterable<unknown>);
  if (items.some(isCollection)) {
    throw new InvalidArgumentError(
      "Bag.of(iterable)",
      "there is a lazy value among the elements",
      "Compute it first; or, where each lazy value is an array of elements, use Bag.fromDelayed.",
    );
  }
  return items;
}

function iterableOf(value: unknown, where: string): unknown {
  if (
    value !== null &&
    value !== undefined &&
    typeof (value as Iterable<unknown>)[Symbol.iterator] === "function"
  ) {
    return value;
  }
  const remedy =
    typeof value === "object" && value !== null && Symbol.asyncIterator in value
      ? "Collect the asynchronous iterable into an array first."
      : "Give an array, a set, a generator or another iterable.";
  throw new InvalidArgumentError(where, `got ${describe(value)}, which is not iterable`, remedy);
}
