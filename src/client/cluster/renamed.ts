/** A graph under other keys. */

import { Fused } from "../../graph/passes/fused.js";
import { Graph } from "../../graph/graph.js";
import { Ref } from "../../graph/ref.js";
import { replaceInside } from "../../graph/references.js";
import { Task } from "../../graph/task.js";

/** The same graph with every key it defines followed by `suffix`. */
export function renamed(graph: Graph, suffix: string): Graph {
  const rename = (key: string): string => (graph.has(key) ? key + suffix : key);
  const nodes = new Map<string, unknown>();
  for (const [key, node] of graph.entries()) nodes.set(key + suffix, renamedNode(node, rename));
  return Graph.fromNodes(nodes);
}

function renamedNode(node: unknown, rename: (key: string) => string): unknown {
  if (node instanceof Ref) return new Ref(rename(node.key));
  if (!(node instanceof Task)) return node;
  if (!(node instanceof Fused)) return retarget(node, rename);
  // The parts keep their names among themselves; what comes from outside is renamed.
  const outside = new Map(node.refs.map((ref) => [ref, rename(ref)]));
  const parts = node.parts.map(({ key, task }) => ({
    key,
    task: retarget(task, (ref) => outside.get(ref) ?? ref),
  }));
  return new Fused(parts, node.refs.map(rename), node.controls.map(rename), node.options);
}

function retarget(task: Task, rename: (key: string) => string): Task {
  const args = replaceInside(task.args, (leaf) => (leaf instanceof Ref ? new Ref(rename(leaf.key)) : leaf));
  return new Task(
    task.fn,
    args as readonly unknown[],
    task.refs.map(rename),
    task.controls.map(rename),
    task.options,
  );
}
