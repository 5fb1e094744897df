/** From keys of a graph to their results: settings, optimisation, progress, and the scheduler that does it. */

import type { ComputeOptions } from "../collections/runner.js";
import { valuesOf } from "../config.js";
import type { ProgressEvent } from "../executor/graph-runner.js";
import type { Graph } from "../graph/graph.js";
import { optimize } from "../graph/passes/optimize.js";
import { withOptions } from "./compute-options.js";
import { startProgressBar } from "./progress-bar.js";
import { configuredScheduler, schedulerOf } from "./scheduler.js";
import { session } from "./session.js";
import { settingsInForce } from "./settings.js";

/**
 * The results under `keys`, in their order.
 *
 * @throws MissingKeyError, CycleError, TaskErredError, CancelledError, ConfigError
 */
export async function runGraph(
  graph: Graph,
  keys: readonly string[],
  options: ComputeOptions,
): Promise<unknown[]> {
  const { host } = session;
  if (host.record !== undefined) {
    host.record(graph, keys);
    return new Promise(() => {});
  }

  const resolved = await settingsInForce();
  const config = withOptions(valuesOf(resolved), options);
  const runner =
    options.scheduler === undefined
      ? (session.scheduler ?? configuredScheduler(config.scheduler, resolved.scheduler.origin))
      : schedulerOf(options.scheduler, "compute({ scheduler })");

  const passes = typeof options.optimize === "object" ? options.optimize : {};
  const prepared = config.optimize ? optimize(graph, keys, passes) : graph;

  const bar = config.progress ? startProgressBar(process.stderr) : undefined;
  const { onProgress } = options;
  const listener =
    bar === undefined
      ? onProgress
      : (event: ProgressEvent): void => {
          bar.update(event);
          onProgress?.(event);
        };
  session.running++;
  try {
    return await runner.run(prepared, keys, {
      ...config,
      signal: anyOf(options.signal, host.signal),
      onProgress: listener,
    });
  } finally {
    session.running--;
    bar?.stop();
  }
}

function anyOf(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a !== undefined && b !== undefined ? AbortSignal.any([a, b]) : (a ?? b);
}
