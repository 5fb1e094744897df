/** What a job file leaves to be done by exporting it. */

import { compute } from "../../client/compute.js";
import { collectionsIn } from "../../client/gather.js";
import { Graph } from "../../graph/graph.js";
import type { Exports } from "./load-job.js";

/** Whether there are lazy values in `value`, or it is a graph. */
export function isComputable(value: unknown): boolean {
  if (value instanceof Graph) return true;
  if (typeof value !== "object" || value === null) return false;
  try {
    return collectionsIn(value, "export").length > 0;
  } catch {
    // A structure with something in it that cannot be computed is data to the job, not work for us.
    return false;
  }
}

/** The keys of a graph that nothing needs. */
export function leavesOf(graph: Graph): string[] {
  return graph.keys().filter((key) => graph.dependents(key).length === 0);
}

/**
 * Computes what the default export stands for: a function is called with the job's arguments, lazy values are
 * computed, of a graph the results that nothing needs.
 */
export async function runDefault(exports: Exports, args: readonly string[]): Promise<unknown> {
  let value = exports["default"];
  if (typeof value === "function") {
    value = await (value as (...all: readonly string[]) => unknown)(...args);
  } else if (!isComputable(value)) return undefined;
  if (value instanceof Graph) {
    const keys = leavesOf(value);
    const results = await compute(value, keys);
    return Object.fromEntries(keys.map((key, i) => [key, results[i]]));
  }
  return isComputable(value) ? compute(value) : value;
}
