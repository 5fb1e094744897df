/**
 * Graphs by shape alone. A topology is a list of rows: row `i` holds the tasks that task `i` needs. Tasks have no
 * names here; `toIndex` gives them names and an order of insertion, so that one shape can be built in many ways.
 */

import type { GraphIndex } from "../../src/graph/graph-index.js";

export type Topology = readonly (readonly number[])[];

/** A topology under construction: `add` gives the number of the new task. */
export class Builder {
  readonly rows: number[][] = [];

  add(...needs: readonly number[]): number {
    return this.over(needs);
  }

  /** As `add`, for needs that may be many. */
  over(needs: readonly number[]): number {
    this.rows.push([...new Set(needs)]);
    return this.rows.length - 1;
  }

  /** `count` tasks that need nothing. */
  roots(count: number): number[] {
    return Array.from({ length: count }, () => this.add());
  }

  /** Reduces `items` to one task, `arity` at a time. */
  reduce(items: readonly number[], arity: number): number {
    let level = [...items];
    do {
      const next: number[] = [];
      for (let i = 0; i < level.length; i += arity) next.push(this.over(level.slice(i, i + arity)));
      level = next;
    } while (level.length > 1);
    return level[0] as number;
  }
}

/** How many edges a topology has. */
const edgeCount = (rows: Topology): number => rows.reduce((sum, row) => sum + row.length, 0);

/** The same shape with its tasks inserted in another order: task `i` becomes task `place[i]`. */
export function permuted(rows: Topology, place: readonly number[]): number[][] {
  const out: number[][] = rows.map(() => []);
  rows.forEach((row, i) => (out[place[i] as number] = row.map((d) => place[d] as number)));
  return out;
}

/** Several shapes in one graph, without any edge between them. */
export function beside(...parts: readonly Topology[]): number[][] {
  const out: number[][] = [];
  for (const part of parts) {
    const base = out.length;
    for (const row of part) out.push(row.map((d) => d + base));
  }
  return out;
}

export interface IndexOptions {
  readonly name?: (i: number) => string;
  /** Row `i` holds the tasks that must run before task `i` and whose results it does not need. */
  readonly controls?: Topology;
}

/** The integer index of a topology, made directly so that a million tasks cost little. */
export function toIndex(rows: Topology, options: IndexOptions = {}): GraphIndex {
  const name = options.name ?? ((i) => `t${i}`);
  const size = rows.length;
  const controls = options.controls?.map((row, i) => row.filter((d) => !rows[i]!.includes(d))) ?? [];
  const edges = edgeCount(rows) + edgeCount(controls);
  const depStart = new Int32Array(size + 1);
  const dataEnd = new Int32Array(size);
  const dep = new Int32Array(edges);
  const dependentStart = new Int32Array(size + 1);
  const dependent = new Int32Array(edges);
  let at = 0;
  for (let i = 0; i < size; i++) {
    depStart[i] = at;
    for (const d of rows[i]!) dep[at++] = d;
    dataEnd[i] = at;
    for (const d of controls[i] ?? []) dep[at++] = d;
  }
  depStart[size] = at;
  for (const d of dep) dependentStart[d + 1]!++;
  for (let i = 0; i < size; i++) dependentStart[i + 1]! += dependentStart[i]!;
  const cursor = dependentStart.slice(0, size);
  for (let i = 0; i < size; i++) {
    for (let e = depStart[i]!; e < depStart[i + 1]!; e++) dependent[cursor[dep[e]!]!++] = i;
  }
  const keys = Array.from({ length: size }, (_, i) => name(i));
  return {
    size,
    keys,
    idOf: new Map(keys.map((key, i) => [key, i])),
    nodes: keys,
    depStart,
    dataEnd,
    dep,
    dependentStart,
    dependent,
  };
}
