/** Grouping: a shuffle that brings the elements of each key together. */

import { Ref } from "../../../graph/ref.js";
import { Layer } from "../../layer.js";
import { checkKeySpec, checkOptions, checkWhole } from "../check.js";
import { mergeCounts } from "../kernels/frequencies.js";
import { groupPartition, mergeGroups, planGroups, sizesOfGroups, splitGroups } from "../kernels/group.js";
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
import { reduceTree } from "../tree.js";
import type { PartitionOptions } from "./of.js";

const sizesAtOnce = 8;

export function groupedBy(bag: Partitioned, by: unknown, options: PartitionOptions | undefined): Partitioned {
  const key = checkKeySpec(by, "bag.groupBy(by)");
  const { partitions } = checkOptions(options, ["partitions"], "bag.groupBy");
  const count =
    partitions === undefined ? bag.keys.length : checkWhole(partitions, 1, "bag.groupBy(…, { partitions })");
  const id = idOf("groupBy", [bag], [key, count]);
  if (count === 1 && bag.keys.length === 1) {
    return partitionsOf("groupBy", id, 1, () => call(groupPartition, [key, new Ref(bag.keys[0] as string)]), [
      bag.source,
    ]);
  }
  return shuffled(bag, key, count, id);
}

function shuffled(bag: Partitioned, key: KeySpec, count: number, id: string): Partitioned {
  const local = partitionsOf(
    "group-local",
    id,
    bag.keys.length,
    (i) => call(groupPartition, [key, new Ref(bag.keys[i] as string)]),
    [bag.source],
  );
  const sizes = reduceTree(
    local,
    "group-sizes",
    id,
    { partial: [sizesOfGroups], combine: [mergeCounts] },
    sizesAtOnce,
  );
  const keys = partitionKeys("groupBy", id, count);
  const source = new Layer([local.source, sizes.source], () => {
    const plan = `group-plan-${id}`;
    const entries: (readonly [string, unknown])[] = [[plan, call(planGroups, [count, new Ref(sizes.key)])]];
    const pieces: string[][] = keys.map(() => []);
    for (const [i, groups] of local.keys.entries()) {
      const split = `group-split-${id}-${i}`;
      entries.push([split, call(splitGroups, [count, new Ref(groups), new Ref(plan)])]);
      for (let to = 0; to < count; to++) {
        const piece = `group-piece-${id}-${i}-${to}`;
        entries.push([piece, call(pickPart, [to, new Ref(split)])]);
        pieces[to]?.push(piece);
      }
    }
    for (const [to, key] of keys.entries()) entries.push([key, call(mergeGroups, [refs(pieces[to] ?? [])])]);
    return entries;
  });
  return { id, keys, source, shape: unknownShape(), blockwise: false };
}
