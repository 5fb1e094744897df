/** The graphs that the benchmarks of clusters run: no-ops, so that only Skein itself takes time. */

import { Graph, ref, task } from "../../src/index.js";

const noop = (): void => undefined;
const join = (a: number, b: number): number => a + b;
const next = (a: number): number => a + 1;

export function independent(n: number): { graph: Graph; keys: readonly string[] } {
  const graph = Graph.of(Array.from({ length: n }, (_, i) => [`k${i}`, task(noop)] as const));
  return { graph, keys: [...graph.keys()] };
}

/** A binary tree of 2^levels - 1 tasks, summed from the leaves up. */
export function tree(levels: number): { graph: Graph; keys: readonly string[] } {
  const entries: [string, unknown][] = [];
  for (let level = levels - 1; level >= 0; level--) {
    for (let i = 0; i < 2 ** level; i++) {
      const [a, b] = [ref(`${level + 1}.${2 * i}`), ref(`${level + 1}.${2 * i + 1}`)];
      entries.push([`${level}.${i}`, level === levels - 1 ? task(join, 0, 1) : task(join, a, b)]);
    }
  }
  return { graph: Graph.of(entries), keys: ["0.0"] };
}

export function chain(n: number): { graph: Graph; keys: readonly string[] } {
  const entries = Array.from({ length: n }, (_, i) => {
    return [`c${i}`, i === 0 ? task(next, 0) : task(next, ref(`c${i - 1}`))] as const;
  });
  return { graph: Graph.of(entries), keys: [`c${n - 1}`] };
}
