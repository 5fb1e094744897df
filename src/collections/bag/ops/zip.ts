/** Elements of several bags side by side. */

import { Ref } from "../../../graph/ref.js";
import { Layer } from "../../layer.js";
import { countPartition } from "../kernels/numbers.js";
import { planZip, sliceForZip, zipPartitions, zipPieces } from "../kernels/zip.js";
import { call, idOf, partitionKeys, partitionsOf, unknownShape, type Partitioned } from "../partitioned.js";

export function zipped(bags: readonly [Partitioned, ...Partitioned[]]): Partitioned {
  const id = idOf("zip", bags, []);
  const [first] = bags;
  if (!bags.every((bag) => lieSideBySide(bag, first))) return linedUp(bags, id);
  return partitionsOf(
    "zip",
    id,
    first.keys.length,
    (i) => call(zipPartitions, [bags.map(({ keys }) => new Ref(keys[i] as string))]),
    bags.map(({ source }) => source),
    { shape: first.shape, blockwise: bags.every(({ blockwise }) => blockwise) },
  );
}

function lieSideBySide(a: Partitioned, b: Partitioned): boolean {
  if (a.shape === b.shape) return true;
  const lengths = b.shape.lengths;
  return (
    lengths !== undefined &&
    a.shape.lengths?.length === lengths.length &&
    a.shape.lengths.every((length, i) => length === lengths[i])
  );
}

function linedUp(bags: readonly [Partitioned, ...Partitioned[]], id: string): Partitioned {
  const [first, ...others] = bags;
  const keys = partitionKeys("zip", id, first.keys.length);
  const source = new Layer(
    bags.map((bag) => bag.source),
    () => {
      const entries: (readonly [string, unknown])[] = [];
      const lengths = bags.map((bag, b) =>
        bag.keys.map((partition, i) => {
          const key = `zip-length-${id}-${b}-${i}`;
          entries.push([key, call(countPartition, [new Ref(partition)])]);
          return new Ref(key);
        }),
      );
      const plan = `zip-plan-${id}`;
      entries.push([plan, call(planZip, [lengths])]);
      for (const [to, key] of keys.entries()) {
        const pieces = others.map((other, b) =>
          other.keys.map((partition, from) => {
            const piece = `zip-piece-${id}-${b}-${from}-${to}`;
            entries.push([piece, call(sliceForZip, [b + 1, from, to, new Ref(partition), new Ref(plan)])]);
            return new Ref(piece);
          }),
        );
        entries.push([key, call(zipPieces, [new Ref(first.keys[to] as string), pieces])]);
      }
      return entries;
    },
  );
  return { id, keys, source, shape: unknownShape(), blockwise: false };
}
