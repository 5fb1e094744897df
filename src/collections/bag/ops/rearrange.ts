/** The same elements in other partitions, or the first of them. */

import { Ref } from "../../../graph/ref.js";
import { Layer } from "../../layer.js";
import { checkWhole } from "../check.js";
import {
  concatPartitions,
  cutPartition,
  firstOfPartition,
  firstOfParts,
  pickPart,
} from "../kernels/slices.js";
import {
  call,
  idOf,
  partitionKeys,
  partitionsOf,
  refs,
  unknownShape,
  type Partitioned,
  type Scalar,
} from "../partitioned.js";

export function concatenated(bags: readonly Partitioned[]): Partitioned {
  const lengths = bags.map(({ shape }) => shape.lengths);
  const known = lengths.every((each) => each !== undefined);
  return {
    id: idOf("concat", bags, []),
    keys: bags.flatMap(({ keys }) => keys),
    source: { entries: [], parents: bags.map(({ source }) => source) },
    shape: known ? { lengths: lengths.flat() } : unknownShape(),
    blockwise: bags.every(({ blockwise }) => blockwise),
  };
}

export function repartitioned(bag: Partitioned, partitions: number): Partitioned {
  const count = checkWhole(partitions, 1, "bag.repartition(partitions)");
  const id = idOf("repartition", [bag], [count]);
  return count <= bag.keys.length ? joinedUp(bag, count, id) : cutUp(bag, count, id);
}

/** Fewer partitions: each is some neighbours put together. */
function joinedUp(bag: Partitioned, count: number, id: string): Partitioned {
  const size = bag.keys.length;
  const start = (i: number): number => Math.floor((i * size) / count);
  return partitionsOf(
    "repartition",
    id,
    count,
    (i) => call(concatPartitions, [refs(bag.keys.slice(start(i), start(i + 1)))]),
    [bag.source],
    { blockwise: bag.blockwise },
  );
}

/** More partitions: each old one is cut into as many pieces as fall to it. */
function cutUp(bag: Partitioned, count: number, id: string): Partitioned {
  const size = bag.keys.length;
  const start = (i: number): number => Math.floor((i * count) / size);
  const keys = partitionKeys("repartition", id, count);
  const source = new Layer([bag.source], () => {
    const entries: (readonly [string, unknown])[] = [];
    for (const [i, partition] of bag.keys.entries()) {
      const pieces = start(i + 1) - start(i);
      const cut = `repartition-cut-${id}-${i}`;
      entries.push([cut, call(cutPartition, [pieces, new Ref(partition)])]);
      for (let piece = 0; piece < pieces; piece++) {
        entries.push([keys[start(i) + piece] as string, call(pickPart, [piece, new Ref(cut)])]);
      }
    }
    return entries;
  });
  return { id, keys, source, shape: unknownShape(), blockwise: bag.blockwise };
}

/** The first `n` elements of the first `partitions` partitions. */
export function taken(bag: Partitioned, n: number, partitions: number): Scalar {
  const id = idOf("take", [bag], [n, partitions]);
  const keys = partitionKeys("take-part", id, partitions);
  const key = `take-${id}`;
  const source = new Layer([bag.source], () => [
    ...keys.map((part, i) => [part, call(firstOfPartition, [n, new Ref(bag.keys[i] as string)])] as const),
    [key, call(firstOfParts, [n, refs(keys)])],
  ]);
  return { key, source };
}

/** Some of the partitions, as a bag. */
export function partitionsFrom(bag: Partitioned, from: number, to: number): Partitioned {
  const id = idOf("partitions", [bag], [from, to]);
  return { ...bag, id, keys: bag.keys.slice(from, to), shape: unknownShape() };
}

/** How many partitions hold the first `n` elements: all of them when their lengths are not known. */
export function partitionsHolding(bag: Partitioned, n: number): number {
  let held = 0;
  for (const [i, length] of bag.shape.lengths?.entries() ?? []) {
    held += length;
    if (held >= n) return i + 1;
  }
  return bag.keys.length;
}

/** The whole bag under one key. */
export function wholeOf(bag: Partitioned): Scalar {
  if (bag.keys.length === 1) return { key: bag.keys[0] as string, source: bag.source };
  const key = `whole-${idOf("whole", [bag], [])}`;
  return { key, source: new Layer([bag.source], () => [[key, call(concatPartitions, [refs(bag.keys)])]]) };
}
