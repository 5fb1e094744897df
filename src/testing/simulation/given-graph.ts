/** A graph of the user's as one to be simulated: its keys and edges, with durations and sizes drawn. */

import type { Graph } from "../../graph/graph.js";
import { Ref } from "../../graph/ref.js";
import { Task } from "../../graph/task.js";
import type { Dice } from "./dice.js";
import type { SimulatedTask } from "./simulated-task.js";
import type { SimulatedGraph } from "./workload.js";

export function graphOf(
  graph: Graph,
  wants: readonly string[] | undefined,
  dice: Dice,
): { readonly graph: SimulatedGraph; readonly wants: ReadonlySet<string> } {
  const { keys, nodes, depStart, dataEnd, dep, size } = graph.index();
  const tasks: SimulatedTask[] = [];
  const needed = new Set<string>();
  for (const id of topological(size, depStart, dep)) {
    const from = depStart[id]!;
    const names = (start: number, end: number): string[] =>
      [...dep.subarray(start, end)].map((each) => keys[each]!);
    const inputs = names(from, dataEnd[id]!);
    const after = names(dataEnd[id]!, depStart[id + 1]!);
    for (const key of [...inputs, ...after]) needed.add(key);
    const node = nodes[id];
    tasks.push({
      key: keys[id]!,
      inputs,
      after,
      salt: dice.below(2 ** 30),
      fn: "mix",
      isLiteral: !(node instanceof Task) && !(node instanceof Ref),
      argsAreRefs: false,
      pure: true,
      durationMs: dice.next() * 20,
      nbytes: dice.chance(0.3) ? dice.between(40, 1_500) : dice.between(4, 32),
      failures: 0,
      secedes: false,
      isDeaf: false,
      options: undefined,
    });
  }
  const all = tasks.map(({ key }) => key);
  return {
    graph: { id: "graph", family: "given", tasks },
    wants: new Set(wants ?? all.filter((key) => !needed.has(key))),
  };
}

/** Numbers of all entries, each after those it needs. */
function topological(size: number, depStart: ArrayLike<number>, dep: ArrayLike<number>): number[] {
  const left = new Uint32Array(size);
  const dependents: number[][] = Array.from({ length: size }, () => []);
  for (let id = 0; id < size; id++) {
    for (let e = depStart[id]!; e < depStart[id + 1]!; e++) dependents[dep[e]!]!.push(id);
    left[id] = depStart[id + 1]! - depStart[id]!;
  }
  const order: number[] = [];
  for (let id = 0; id < size; id++) if (left[id] === 0) order.push(id);
  for (let i = 0; i < order.length; i++) {
    for (const next of dependents[order[i]!]!) if (--left[next]! === 0) order.push(next);
  }
  return order;
}
