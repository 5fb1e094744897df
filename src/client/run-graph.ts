/** From keys of a graph to their results: settings, optimisation, progress, and the scheduler that does it. */

import type { ComputeOptions } from "../collections/runner.js";
import { valuesOf } from "../config.js";
import { SkeinError } from "../errors.js";
import type { GraphRunner, ProgressEvent, RunOptions } from "../executor/graph-runner.js";
import type { Graph } from "../graph/graph.js";
import { optimize } from "../graph/passes/optimize.js";
import { Quoted } from "../graph/ref.js";
import { withOptions } from "./compute-options.js";
import { withinReach } from "./external-values.js";
import { startProgressBar } from "./progress-bar.js";
import { schedulerInForce, schedulerOf } from "./scheduler.js";
import { session } from "./session.js";
import { settingsInForce } from "./settings.js";

/**
 * The results under `keys`, in their order.
 *
 * @throws MissingKeyError, CycleError, TaskErredError, CancelledError, ConfigError
 */
export function runGraph(graph: Graph, keys: readonly string[], options: ComputeOptions): Promise<unknown[]> {
  return withRunner(graph, keys, options, (runner, prepared, settings) =>
    runner.run(prepared, keys, settings),
  );
}

/** As {@link runGraph}, but gives what stands for the results in a graph: they stay where they were made. */
export function holdGraph(
  graph: Graph,
  keys: readonly string[],
  options: ComputeOptions,
): Promise<unknown[]> {
  return withRunner(graph, keys, options, async (runner, prepared, settings) => {
    if (runner.hold !== undefined) return runner.hold(prepared, keys, settings);
    const results = await runner.run(prepared, keys, settings);
    return results.map((result) => new Quoted(result, true));
  });
}

async function withRunner(
  graph: Graph,
  keys: readonly string[],
  options: ComputeOptions,
  run: (runner: GraphRunner, prepared: Graph, settings: RunOptions) => Promise<unknown[]>,
): Promise<unknown[]> {
  const { host } = session;
  if (host.record !== undefined) {
    host.record(graph, keys);
    return new Promise(() => {});
  }

  const resolved = await settingsInForce();
  const config = withOptions(valuesOf(resolved), options);
  const named =
    options.scheduler === undefined
      ? (session.scheduler ?? schedulerInForce(resolved))
      : schedulerOf(options.scheduler, "compute({ scheduler })");

  const passes = typeof options.optimize === "object" ? options.optimize : {};
  const prepared = config.optimize ? optimize(graph, keys, passes) : graph;

  const bar = config.progress ? await startProgressBar(process.stderr) : undefined;
  const settings = {
    ...config,
    signal: anyOf(options.signal, host.signal),
    onProgress: bothOf(bar === undefined ? undefined : (event) => bar.update(event), options.onProgress),
  };
  session.running++;
  try {
    const runner = (await named.started?.(settings)) ?? named;
    return await run(runner, await withinReach(prepared, runner), settings);
  } catch (error) {
    // It was made in a turn of the engine; here the stack leads to whoever waits for the computation.
    if (error instanceof SkeinError) Error.captureStackTrace(error, withRunner);
    throw error;
  } finally {
    session.running--;
    bar?.stop();
  }
}

type Listener = ((event: ProgressEvent) => void) | undefined;

function bothOf(a: Listener, b: Listener): Listener {
  if (a === undefined || b === undefined) return a ?? b;
  return (event) => {
    a(event);
    b(event);
  };
}

function anyOf(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a !== undefined && b !== undefined ? AbortSignal.any([a, b]) : (a ?? b);
}
