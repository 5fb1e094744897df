/** The `sync` scheduler as `compute` knows it: everything in this thread, for tests, debugging and small jobs. */

import type { GraphRunner } from "../graph-runner.js";
import { processSurroundings } from "./surroundings.js";
import { runSync } from "./sync-run.js";

/**
 * Runs tasks in this thread, in the graph's order; asynchronous ones overlap up to `concurrency`. Functions are
 * called as they are, so they may use whatever surrounds them. `workers` and `resources` of tasks have no meaning
 * here and are not looked at.
 */
export const syncRunner: GraphRunner = {
  name: "sync",
  run: (graph, keys, options) => runSync(graph, keys, options, processSurroundings),
};
