/** Joining two bags by key. */

import { Ref } from "../../../graph/ref.js";
import { Layer } from "../../layer.js";
import { checkKeySpec } from "../check.js";
import {
  divideByKey,
  gatherJoined,
  indexBuckets,
  indexForJoin,
  joinBucket,
  joinPartition,
} from "../kernels/join.js";
import { pickPart } from "../kernels/slices.js";
import type { KeySpec } from "../key-of.js";
import {
  call,
  idOf,
  partitionKeys,
  partitionsOf,
  refs,
  unknownShape,
  type Partitioned,
} from "../partitioned.js";

type Entries = (readonly [string, unknown])[];

export function joined(bag: Partitioned, other: Partitioned, onSelf: unknown, onOther: unknown): Partitioned {
  const own = checkKeySpec(onSelf, "bag.join(other, onSelf)");
  const others = onOther === undefined ? own : checkKeySpec(onOther, "bag.join(other, onSelf, onOther)");
  const id = idOf("join", [bag, other], [own, others]);
  return other.keys.length === 1
    ? joinedWithOne(bag, other.keys[0] as string, other, own, others, id)
    : joinedByHash(bag, other, own, others, id);
}

/** One index of the other side goes to every partition. */
function joinedWithOne(
  bag: Partitioned,
  otherKey: string,
  other: Partitioned,
  own: KeySpec,
  others: KeySpec,
  id: string,
): Partitioned {
  const index = `join-index-${id}`;
  const indexSource = new Layer([other.source], () => [
    [index, call(indexForJoin, [others, [new Ref(otherKey)]])],
  ]);
  return partitionsOf(
    "join",
    id,
    bag.keys.length,
    (i) => call(joinPartition, [own, new Ref(bag.keys[i] as string), new Ref(index)]),
    [bag.source, indexSource],
    { blockwise: bag.blockwise },
  );
}

/** As many indexes as the other side has partitions; each partition is divided among them and put together again. */
function joinedByHash(
  bag: Partitioned,
  other: Partitioned,
  own: KeySpec,
  others: KeySpec,
  id: string,
): Partitioned {
  const count = other.keys.length;
  const keys = partitionKeys("join", id, bag.keys.length);
  const source = new Layer([bag.source, other.source], () => {
    const entries: Entries = [];
    const theirs = divided(entries, `join-other-${id}`, other.keys, others, count);
    const indexes = partitionKeys("join-index", id, count);
    for (const [h, index] of indexes.entries()) {
      entries.push([index, call(indexBuckets, [others, refs(theirs.map((row) => row[h] as string))])]);
    }
    const ours = divided(entries, `join-own-${id}`, bag.keys, own, count);
    for (const [i, row] of ours.entries()) {
      const found = row.map((bucket, h) => {
        const key = `join-found-${id}-${i}-${h}`;
        entries.push([key, call(joinBucket, [own, new Ref(bucket), new Ref(indexes[h] as string)])]);
        return key;
      });
      entries.push([keys[i] as string, call(gatherJoined, [refs(found)])]);
    }
    return entries;
  });
  return { id, keys, source, shape: unknownShape(), blockwise: false };
}

/** The keys of every partition's buckets, by partition. */
function divided(
  entries: Entries,
  name: string,
  partitions: readonly string[],
  by: KeySpec,
  count: number,
): string[][] {
  return partitions.map((partition, i) => {
    const whole = `${name}-${i}`;
    entries.push([whole, call(divideByKey, [by, count, new Ref(partition)])]);
    return Array.from({ length: count }, (_, h) => {
      const bucket = `${name}-${i}-${h}`;
      entries.push([bucket, call(pickPart, [h, new Ref(whole)])]);
      return bucket;
    });
  });
}
