/**
 * A whole cluster inside this process: a scheduler, workers with a thread each, and between them messages that are
 * encoded and decoded as on any bus.
 *
 * Its actors are supervised: one that fails is replaced by a new incarnation, which the others tell what they have and
 * want. When one fails too often, the cluster gives up, and everything that is awaited rejects with the reason.
 */

import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { Supervisor, type Supervised } from "../../actors/runtime/supervisor.js";
import { systemClock } from "../../actors/runtime/system-clock.js";
import { uniqueId } from "../../collections/unique.js";
import { CancelledError, ClusterFailedError } from "../../errors.js";
import { trustedFunctions } from "../../executor/functions/policy.js";
import { spillDirectory } from "../../executor/values/spill-directory.js";
import { defaultTiming } from "../../protocol/timing.js";
import type { BusPlace } from "../bus/bus-options.js";
import { connectBus } from "../bus/connect-bus.js";
import { startSchedulerNode } from "../node/scheduler-node.js";
import { BusNeighbourhood } from "../place/bus-neighbourhood.js";
import { DirectPosts } from "../place/direct-posts.js";
import { HybridPosts } from "../place/hybrid-posts.js";
import type { Neighbourhood } from "../place/neighbourhood.js";
import { MemoryBus } from "../../transport/memory/memory-bus.js";
import type { Client } from "./client.js";
import { checkLocalOptions, type LocalClusterOptions, type LocalSettings } from "./local-options.js";
import { reportFailure } from "../node/report-failure.js";
import { startSchedulerActor } from "../node/start-scheduler.js";
import { WorkerNode } from "../node/worker-node.js";
import type { WorkerSettings } from "../node/worker-settings.js";
import { LocalNeighbourhood } from "../place/local-neighbourhood.js";
import { refuseWhileLoading } from "../thread/loading-module.js";
import { startClientActor } from "./start-client.js";

/** Where a cluster's actors live, and what has to be let go of when it is closed. */
interface Home {
  readonly place: Neighbourhood;
  /** Starts the scheduler; `giveUp` is called when nothing keeps it running. */
  startScheduler(giveUp: (error: unknown) => void): Promise<Supervised>;
  close(): Promise<void>;
}

export class LocalCluster implements AsyncDisposable {
  /** The names of the workers in this process. */
  readonly workers: readonly string[];
  readonly #home: Home;
  #scheduler: Supervised | undefined;
  readonly #workers: readonly WorkerNode[];
  readonly #clients = new Set<Client>();
  readonly #spillDirectory: string;
  /** A cluster that is never closed ends with its process. */
  readonly #clearUp = (): void => rmSync(this.#spillDirectory, { recursive: true, force: true });
  #failure: ClusterFailedError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(settings: LocalSettings, home: Home) {
    this.#home = home;
    this.#spillDirectory = spillDirectory(uniqueId(), settings.spillDirectory);
    process.once("exit", this.#clearUp);
    const prefix = settings.bus === undefined ? "w" : "home";
    this.workers = Array.from({ length: settings.workers }, (_, i) => `${prefix}${i + 1}`);
    this.#workers = this.workers.map(
      (name) =>
        new WorkerNode(home.place, this.#workerSettings(name, settings), {
          onFailed: (error) => reportFailure(`worker ${name}`, error),
          onEnded: (error) => this.#giveUp(`worker ${name}`, error),
        }),
    );
  }

  #workerSettings(name: string, settings: LocalSettings): WorkerSettings {
    return {
      ...settings,
      name,
      threads: 1,
      spillDirectory: this.#spillDirectory,
      functions: trustedFunctions,
      ...(settings.bus === undefined ? {} : { home: true }),
      // A limit that was asked for is about values: what else lives in this process is not the worker's doing.
      ...(settings.heapLimitMb === undefined ? { processShare: 1 / settings.workers } : {}),
    };
  }

  /**
   * Starts a cluster. It is ready when this resolves; its threads come up beside that. With a `bus`, its scheduler also
   * leads the cluster of that name there, and work overflows to the workers on the bus.
   *
   * @throws InvalidArgumentError for an option of the wrong kind or range, and in a thread that loads a module for its
   * tasks.
   * @throws BusUnreachableError, BusRefusedError, ClusterLedError for a bus.
   */
  static async start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    const settings = checkLocalOptions(options);
    refuseWhileLoading("LocalCluster.start", "starts a cluster");
    const home =
      settings.bus === undefined ? homeInMemory(settings) : await homeOnBus(settings, settings.bus);
    const cluster = new LocalCluster(settings, home);
    try {
      cluster.#scheduler = await home.startScheduler((error) => cluster.#giveUp("scheduler", error));
    } catch (error) {
      await cluster.close();
      throw error;
    }
    await Promise.all(cluster.#workers.map((worker) => worker.start()));
    return cluster;
  }

  /** Whoever waits for something learns that it will not come. */
  #giveUp(part: string, cause: unknown): void {
    if (this.#failure !== undefined || this.#closing !== undefined) return;
    const failure = new ClusterFailedError(part, cause);
    this.#failure = failure;
    for (const client of this.#clients) void client.fail(failure);
    void this.close();
  }

  /** A client of this cluster; `Client.connect(cluster)` does the same. @throws ClusterFailedError, CancelledError */
  async connect(): Promise<Client> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing !== undefined) throw new CancelledError("The cluster is closed, so connecting to it");
    const client = await startClientActor(this.#home.place);
    this.#clients.add(client);
    return client;
  }

  /** Closes its clients, ends its threads, and removes what was spilled. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.close()));
    await Promise.all(this.#workers.map((worker) => worker.stop("the cluster is closed")));
    await this.#scheduler?.stop("the cluster is closed");
    await this.#home.close();
    process.off("exit", this.#clearUp);
    this.#clearUp();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

interface Child {
  readonly name: string;
  readonly make: (failed: (error: unknown) => void, restart: number) => Promise<Supervised>;
  readonly giveUp: (error: unknown) => void;
}

function supervised({ name, make, giveUp }: Child): Supervisor<Supervised> {
  return new Supervisor({
    clock: systemClock,
    timing: defaultTiming,
    make: (restart, failed) => make(failed, restart),
    onFailed: (error) => reportFailure(name, error),
    onEscalated: giveUp,
  });
}

function homeInMemory({ noWorkersTimeoutMs, allowedFailures }: LocalSettings): Home {
  const place = new LocalNeighbourhood(new MemoryBus());
  const config = { noWorkersTimeoutMs, allowedFailures };
  return {
    place,
    async startScheduler(giveUp) {
      const supervisor = supervised({
        ...{ name: "scheduler", giveUp },
        make: (failed, restart) => startSchedulerActor(place, { epoch: restart + 1, config }, { failed }),
      });
      await supervisor.start();
      return supervisor;
    },
    close: () => Promise.resolve(),
  };
}

async function homeOnBus(settings: LocalSettings, { connection, space, direct }: BusPlace): Promise<Home> {
  const { noWorkersTimeoutMs, allowedFailures } = settings;
  const transport = await connectBus(
    { name: `skein scheduler of ${space.cluster}`, ...connection },
    space,
    "scheduler",
  );
  const data = direct ? await DirectPosts.open(transport, space) : undefined;
  const place = await BusNeighbourhood.join(transport, space, new HybridPosts(transport, data));
  return {
    place,
    startScheduler: (giveUp) =>
      startSchedulerNode({
        ...{ transport, space, bus: place, config: { noWorkersTimeoutMs, allowedFailures } },
        holder: `${hostname()}:${process.pid}`,
        onNote: () => undefined,
        onFailed: (error) => reportFailure("scheduler", error),
        onEnded: giveUp,
      }),
    async close() {
      await place.close();
      await data?.close();
      await transport.close();
    },
  };
}
