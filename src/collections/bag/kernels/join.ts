/**
 * Joining by key. The other side becomes an index; each partition looks its own elements up in it, so the pairs
 * come in this side's order and partitions. A large other side is divided into several indexes by a hash of the
 * key: this side's elements are then divided likewise, and their pairs put back in order.
 */

import { identityOf } from "../identity.js";
import { keyFinder, type KeySpec } from "../key-of.js";
import { bagKernel } from "./bag-kernel.js";

/** Elements of the other side by the identity of their key. */
type JoinIndex = ReadonlyMap<unknown, readonly unknown[]>;
type Pair = readonly [own: unknown, other: unknown];

/** Some elements of a partition with their places in it. */
interface Bucket {
  readonly places: number[];
  readonly items: unknown[];
}

/** Pairs by the place of the element they come from. */
type Joined = readonly (readonly [place: number, pairs: readonly Pair[]])[];

export const indexForJoin = bagKernel(
  "indexForJoin",
  function indexForJoin(by: KeySpec, parts: readonly (readonly unknown[])[]): JoinIndex {
    const keyOf = keyFinder(by, "bag.join(other, onSelf, onOther)");
    const index = new Map<unknown, unknown[]>();
    for (const items of parts) {
      for (const item of items) {
        const identity = identityOf(keyOf(item));
        const known = index.get(identity);
        if (known === undefined) index.set(identity, [item]);
        else known.push(item);
      }
    }
    return index;
  },
);

export const joinPartition = bagKernel(
  "joinPartition",
  function joinPartition(by: KeySpec, items: readonly unknown[], index: JoinIndex): Pair[] {
    const keyOf = keyFinder(by, "bag.join(other, onSelf)");
    const out: Pair[] = [];
    for (const item of items) {
      for (const other of index.get(identityOf(keyOf(item))) ?? []) out.push([item, other]);
    }
    return out;
  },
);

/** `items` divided by a hash of their key. */
export const divideByKey = bagKernel(
  "divideByKey",
  function divideByKey(by: KeySpec, count: number, items: readonly unknown[]): Bucket[] {
    const keyOf = keyFinder(by, "bag.join(other, onSelf, onOther)");
    const buckets: Bucket[] = Array.from({ length: count }, () => ({ places: [], items: [] }));
    for (const [place, item] of items.entries()) {
      const bucket = buckets[hash(identityOf(keyOf(item))) % count] as Bucket;
      bucket.places.push(place);
      bucket.items.push(item);
    }
    return buckets;
  },
);

export const indexBuckets = bagKernel(
  "indexBuckets",
  function indexBuckets(by: KeySpec, buckets: readonly Bucket[]): JoinIndex {
    return indexForJoin(
      by,
      buckets.map(({ items }) => items),
    );
  },
);

export const joinBucket = bagKernel(
  "joinBucket",
  function joinBucket(by: KeySpec, bucket: Bucket, index: JoinIndex): Joined {
    const keyOf = keyFinder(by, "bag.join(other, onSelf)");
    const out: [number, Pair[]][] = [];
    for (const [i, item] of bucket.items.entries()) {
      const others = index.get(identityOf(keyOf(item)));
      if (others !== undefined) out.push([bucket.places[i] as number, others.map((other) => [item, other])]);
    }
    return out;
  },
);

/** The pairs of all buckets of one partition, in the order of its elements. */
export const gatherJoined = bagKernel(
  "gatherJoined",
  function gatherJoined(parts: readonly Joined[]): Pair[] {
    return parts
      .flat()
      .sort((a, b) => a[0] - b[0])
      .flatMap(([, pairs]) => pairs);
  },
);

/** FNV-1a. What cannot be written as text (symbols, functions) falls into one bucket. */
function hash(identity: unknown): number {
  const text =
    typeof identity === "string"
      ? identity
      : typeof identity === "symbol" || typeof identity === "function"
        ? ""
        : String(identity);
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
