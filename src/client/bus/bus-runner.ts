/**
 * The `bus` scheduler: the cluster on the bus that the settings name. It is connected to when it is first needed, shared
 * by all computations of the process, and disconnected from when nothing has been computed or kept there for a moment:
 * a connection would keep a finished script alive. A task that computes does so on the cluster that runs it.
 */

import { valuesOf } from "../../config.js";
import { ConfigError } from "../../errors.js";
import type { GraphRunner, RunOptions } from "../../executor/graph-runner.js";
import { currentTaskOrNone } from "../../executor/current-task.js";
import type { Graph } from "../../graph/graph.js";
import type { Client } from "../cluster/client.js";
import { session } from "../session.js";
import { settingsInForce } from "../settings.js";
import { refuseWhileLoading } from "../thread/loading-module.js";
import { busOptionsOf, settingOf } from "./bus-settings.js";
import { connectClient } from "./connect-client.js";

/** An idle connection is kept for so long: computations often come one after the other. */
const idleMs = 250;

export const busRunner: GraphRunner = {
  name: "bus",
  run: async (graph, keys, options) => (await runnerOnBus()).run(graph, keys, options),
  started: () => runnerOnBus(),
};

/** @throws ConfigError when no bus is named, and what connecting throws. */
async function runnerOnBus(): Promise<GraphRunner> {
  const task = currentTaskOrNone();
  if (task !== undefined) return (task.client() as Client).graphRunner;
  refuseWhileLoading("compute", "computes");
  session.bus ??= connect().catch((error: unknown) => {
    // The next computation tries again.
    session.bus = undefined;
    throw error;
  });
  return session.bus;
}

async function connect(): Promise<GraphRunner> {
  const config = valuesOf(await settingsInForce());
  if (config.bus === "")
    throw new ConfigError("bus", "the settings", "no bus is named", "Set SKEIN_BUS, or give --bus.");
  return new SharedRunner(await connectClient(busOptionsOf(config), refuseSetting));
}

function refuseSetting(name: string, problem: string, remedy: string): never {
  throw new ConfigError(settingOf(name), "the settings", problem, remedy);
}

class SharedRunner implements GraphRunner {
  readonly name = "bus";
  readonly #client: Client;
  #running = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  reaches(handle: object): boolean {
    return this.#client.graphRunner.reaches?.(handle) ?? false;
  }

  run(graph: Graph, keys: readonly string[], options: RunOptions): Promise<unknown[]> {
    return this.#counted((runner) => runner.run(graph, keys, options));
  }

  hold(graph: Graph, keys: readonly string[], options: RunOptions): Promise<unknown[]> {
    return this.#counted((runner) =>
      runner.hold === undefined ? runner.run(graph, keys, options) : runner.hold(graph, keys, options),
    );
  }

  async #counted<R>(work: (runner: GraphRunner) => Promise<R>): Promise<R> {
    this.#running++;
    clearTimeout(this.#timer);
    try {
      return await work(this.#client.graphRunner);
    } finally {
      if (--this.#running === 0) this.#disconnectWhenIdle();
    }
  }

  #disconnectWhenIdle(): void {
    this.#timer = setTimeout(() => {
      if (this.#client.keys.size > 0) return this.#disconnectWhenIdle();
      session.bus = undefined;
      void this.#client.close();
    }, idleMs);
  }
}
