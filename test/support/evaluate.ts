/** The plainest way to compute a graph: what every pass and scheduler is compared with. Iterative. */

import type { Graph } from "../../src/graph/graph.js";
import { Quoted, Ref } from "../../src/graph/ref.js";
import { resolveReferences } from "../../src/graph/references.js";
import { Task } from "../../src/graph/task.js";

/** Which of `count` runnable tasks goes next: any choice must give the same results. */
export type Pick = (count: number) => number;

const lastFirst: Pick = (count) => count - 1;

/** The results under `outputs`, which only synchronous tasks may make. */
export function evaluate(graph: Graph, outputs: readonly string[], pick: Pick = lastFirst): unknown[] {
  const results = new Map<string, unknown>();
  for (const key of runOrder(graph, outputs, pick)) results.set(key, valueOf(graph, key, results));
  return outputs.map((key) => results.get(key));
}

/** The same where tasks may return promises: each is awaited before the next one starts. */
export async function evaluateAsync(graph: Graph, outputs: readonly string[]): Promise<unknown[]> {
  const results = new Map<string, unknown>();
  for (const key of runOrder(graph, outputs, lastFirst)) {
    results.set(key, await valueOf(graph, key, results));
  }
  return outputs.map((key) => results.get(key));
}

function valueOf(graph: Graph, key: string, results: ReadonlyMap<string, unknown>): unknown {
  const node = graph.get(key);
  const lookup = (needed: string): unknown => {
    if (!results.has(needed)) throw new Error(`${key} refers to ${needed}, which has not run`);
    return results.get(needed);
  };
  if (node instanceof Ref) return lookup(node.key);
  if (node instanceof Quoted) return node.value;
  if (!(node instanceof Task)) return node;
  return (node.fn as (...args: unknown[]) => unknown)(...resolveReferences(node.args, lookup));
}

/** The needed keys, each after all it depends on. */
function runOrder(graph: Graph, outputs: readonly string[], pick: Pick): string[] {
  const waiting = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  const ready: string[] = [];
  const found = [...new Set(outputs)];
  const known = new Set(found);
  for (let key = found.pop(); key !== undefined; key = found.pop()) {
    if (!graph.has(key)) throw new Error(`there is no ${key}`);
    const needs = graph.dependencies(key);
    waiting.set(key, needs.length);
    if (needs.length === 0) ready.push(key);
    for (const need of needs) {
      const list = dependents.get(need);
      if (list === undefined) dependents.set(need, [key]);
      else list.push(key);
      if (!known.has(need)) found.push(need);
      known.add(need);
    }
  }
  const order: string[] = [];
  while (ready.length > 0) {
    const at = pick(ready.length);
    const key = ready[at] as string;
    ready[at] = ready.at(-1) as string;
    ready.pop();
    order.push(key);
    for (const dependent of dependents.get(key) ?? []) {
      const left = (waiting.get(dependent) as number) - 1;
      waiting.set(dependent, left);
      if (left === 0) ready.push(dependent);
    }
  }
  if (order.length < known.size) throw new Error("the graph has a cycle");
  return order;
}
