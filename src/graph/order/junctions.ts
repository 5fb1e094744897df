/**
 * The graph with its private links left out, for judging what a task will cost.
 *
 * A private link has one need and one dependent, both by data. It stands for nothing but the way between two
 * junctions: taken alone it would look cheap (its result goes as soon as its dependent has run), while what it comes
 * from stays. Here each junction needs other junctions only, each once.
 */

import type { GraphIndex } from "../graph-index.js";

export interface Junctions {
  /** 1 for private links, which appear in no row. */
  readonly isLink: Uint8Array;
  /** 1 where the result is dropped at once, or goes link by link to a task whose result is. */
  readonly endsHere: Uint8Array;
  /** For each junction, the links that end in it and come from a result others share: they are held beside it. */
  readonly beside: Int32Array;
  /** Row `v` of what a junction needs is `need[needStart[v] … needStart[v+1]-1]`; its users' row likewise. */
  readonly needStart: Int32Array;
  readonly need: Int32Array;
  readonly userStart: Int32Array;
  readonly user: Int32Array;
}

/** Linear. `order` is a topological order. */
export function junctionsOf(index: GraphIndex, order: Int32Array): Junctions {
  const isLink = linksOf(index);
  const beside = new Int32Array(index.size);
  const rows = isLink.includes(1)
    ? rowsWithoutLinks(index, order, isLink, beside)
    : {
        needStart: index.depStart,
        need: index.dep,
        userStart: index.dependentStart,
        user: index.dependent,
      };
  return { isLink, endsHere: endsOf(index, order), beside, ...rows };
}

function linksOf(index: GraphIndex): Uint8Array {
  const { size, depStart, dataEnd, dep, dependentStart } = index;
  const isLink = new Uint8Array(size);
  for (let v = 0; v < size; v++) {
    const needs = depStart[v + 1]! - depStart[v]!;
    const users = dependentStart[v + 1]! - dependentStart[v]!;
    if (needs === 1 && users === 1 && dataEnd[v]! > depStart[v]!) isLink[v] = 1;
  }
  for (let v = 0; v < size; v++) {
    for (let e = dataEnd[v]!; e < depStart[v + 1]!; e++) isLink[dep[e]!] = 0;
  }
  return isLink;
}

function endsOf(index: GraphIndex, order: Int32Array): Uint8Array {
  const { size, depStart, dependentStart, dependent } = index;
  const endsHere = new Uint8Array(size);
  for (let at = size - 1; at >= 0; at--) {
    const v = order[at]!;
    const users = dependentStart[v + 1]! - dependentStart[v]!;
    if (users === 0) endsHere[v] = 1;
    else if (users === 1) {
      const w = dependent[dependentStart[v]!]!;
      const needs = depStart[w + 1]! - depStart[w]!;
      if (needs === 1) endsHere[v] = endsHere[w]!;
    }
  }
  return endsHere;
}

function rowsWithoutLinks(
  index: GraphIndex,
  order: Int32Array,
  isLink: Uint8Array,
  beside: Int32Array,
): Pick<Junctions, "needStart" | "need" | "userStart" | "user"> {
  const { size, depStart, dep, dependentStart } = index;
  const source = new Int32Array(size);
  for (let at = 0; at < size; at++) {
    const v = order[at]!;
    source[v] = isLink[v] === 1 ? source[dep[depStart[v]!]!]! : v;
  }
  const needStart = new Int32Array(size + 1);
  const need = new Int32Array(dep.length);
  const userStart = new Int32Array(size + 1);
  const seenFrom = new Int32Array(size).fill(-1);
  let write = 0;
  for (let v = 0; v < size; v++) {
    needStart[v] = write;
    if (isLink[v] === 1) continue;
    for (let e = depStart[v]!; e < depStart[v + 1]!; e++) {
      const s = source[dep[e]!]!;
      if (s !== dep[e] && dependentStart[s + 1]! - dependentStart[s]! > 1) beside[v]!++;
      if (seenFrom[s] === v) continue;
      seenFrom[s] = v;
      need[write++] = s;
      userStart[s + 1]!++;
    }
  }
  needStart[size] = write;
  for (let v = 0; v < size; v++) userStart[v + 1]! += userStart[v]!;
  const cursor = userStart.slice(0, size);
  const user = new Int32Array(write);
  for (let v = 0; v < size; v++) {
    for (let e = needStart[v]!; e < needStart[v + 1]!; e++) user[cursor[need[e]!]!++] = v;
  }
  return { needStart, need: need.subarray(0, write), userStart, user };
}
