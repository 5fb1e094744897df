/**
 * Grouping by key across partitions. Each partition groups its own elements; the keys and group sizes alone go
 * through one plan, which gives each output partition a run of groups holding about the same number of elements;
 * then each group's elements go to where the plan says. So the groups come in order of their key's first
 * appearance, however the elements were partitioned.
 */

import { identityOf } from "../identity.js";
import { keyFinder, type KeySpec } from "../key-of.js";
import { bagKernel } from "./bag-kernel.js";

type Groups = [key: unknown, items: unknown[]][];
type Sizes = readonly (readonly [key: unknown, size: number])[];

/** Output partition by identity of the key. */
type GroupPlan = ReadonlyMap<unknown, number>;

export const groupPartition = bagKernel(
  "groupPartition",
  function groupPartition(by: KeySpec, items: readonly unknown[]): Groups {
    const keyOf = keyFinder(by, "bag.groupBy(by)");
    const places = new Map<unknown, number>();
    const groups: Groups = [];
    for (const item of items) addTo(groups, places, keyOf(item), [item]);
    return groups;
  },
);

/** The same shape as counted values, so that sizes add up as counts do. */
export const sizesOfGroups = bagKernel("sizesOfGroups", function sizesOfGroups(groups: Groups): Sizes {
  return groups.map(([key, items]) => [key, items.length] as const);
});

export const planGroups = bagKernel(
  "planGroups",
  function planGroups(partitions: number, sizes: Sizes): GroupPlan {
    let total = 0;
    for (const [, size] of sizes) total += size;
    const plan = new Map<unknown, number>();
    let before = 0;
    for (const [key, size] of sizes) {
      // Where the group's middle falls when all elements are laid out in a row.
      plan.set(identityOf(key), Math.floor(((before + size / 2) / total) * partitions));
      before += size;
    }
    return plan;
  },
);

/** One bucket of groups for each output partition. */
export const splitGroups = bagKernel(
  "splitGroups",
  function splitGroups(partitions: number, groups: Groups, plan: GroupPlan): Groups[] {
    const buckets: Groups[] = Array.from({ length: partitions }, () => []);
    for (const group of groups) (buckets[plan.get(identityOf(group[0])) as number] as Groups).push(group);
    return buckets;
  },
);

export const mergeGroups = bagKernel("mergeGroups", function mergeGroups(parts: readonly Groups[]): Groups {
  const places = new Map<unknown, number>();
  const groups: Groups = [];
  for (const part of parts) for (const [key, items] of part) addTo(groups, places, key, items);
  return groups;
});

/** Copies the first items it sees of a key: they belong to another task's result. */
function addTo(groups: Groups, places: Map<unknown, number>, key: unknown, items: readonly unknown[]): void {
  const identity = identityOf(key);
  const place = places.get(identity);
  if (place === undefined) {
    places.set(identity, groups.length);
    groups.push([key, [...items]]);
    return;
  }
  const into = (groups[place] as [unknown, unknown[]])[1];
  for (const item of items) into.push(item);
}
