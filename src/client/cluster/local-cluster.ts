/**
 * A whole cluster inside this process: a scheduler, workers with a thread each, and between them messages that are
 * encoded and decoded as on any bus.
 *
 * Its actors are supervised: one that fails is replaced by a new incarnation, which the others tell what they have and
 * want. When one fails too often, the cluster gives up, and everything that is awaited rejects with the reason.
 */

import { rmSync } from "node:fs";
import { Supervisor, type Supervised } from "../../actors/runtime/supervisor.js";
import { systemClock } from "../../actors/runtime/system-clock.js";
import { uniqueId } from "../../collections/unique.js";
import { CancelledError, ClusterFailedError } from "../../errors.js";
import { trustedFunctions } from "../../executor/functions/policy.js";
import { spillDirectory } from "../../executor/values/spill-directory.js";
import { defaultTiming } from "../../protocol/timing.js";
import { MemoryBus } from "../../transport/memory/memory-bus.js";
import type { Client } from "./client.js";
import { checkLocalOptions, type LocalClusterOptions, type LocalSettings } from "./local-options.js";
import { reportFailure } from "../node/report-failure.js";
import { startSchedulerActor } from "../node/start-scheduler.js";
import { startWorkerActor } from "../node/start-worker.js";
import type { WorkerSettings } from "../node/worker-settings.js";
import { LocalNeighbourhood } from "../place/local-neighbourhood.js";
import { startClientActor } from "./start-client.js";

export class LocalCluster implements AsyncDisposable {
  /** The names of its workers. */
  readonly workers: readonly string[];
  readonly #place = new LocalNeighbourhood(new MemoryBus());
  readonly #scheduler: Supervisor<Supervised>;
  readonly #workers: readonly Supervisor<Supervised>[];
  readonly #clients = new Set<Client>();
  readonly #spillDirectory: string;
  /** A cluster that is never closed ends with its process. */
  readonly #clearUp = (): void => rmSync(this.#spillDirectory, { recursive: true, force: true });
  #failure: ClusterFailedError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(settings: LocalSettings) {
    const { noWorkersTimeoutMs, allowedFailures } = settings;
    this.#spillDirectory = spillDirectory(uniqueId(), settings.spillDirectory);
    process.once("exit", this.#clearUp);
    this.workers = Array.from({ length: settings.workers }, (_, i) => `w${i + 1}`);
    this.#scheduler = this.#supervised("scheduler", (restart, failed) =>
      startSchedulerActor(
        this.#place,
        { epoch: restart + 1, config: { noWorkersTimeoutMs, allowedFailures } },
        { failed },
      ),
    );
    this.#workers = this.workers.map((name, i) =>
      this.#supervised(`worker ${name}`, (_, failed) =>
        startWorkerActor(this.#place, this.#workerSettings(name, settings), {
          failed,
          onBroken: (error) => this.#giveUp(`worker ${name}`, error),
          onStartAgain: (reason) => void this.#workers[i]?.replace(reason),
        }),
      ),
    );
  }

  #workerSettings(name: string, settings: LocalSettings): WorkerSettings {
    return {
      ...settings,
      name,
      threads: 1,
      spillDirectory: this.#spillDirectory,
      functions: trustedFunctions,
      // Within a process a value is handed over as it lies in shared memory, so there is no reason to cut it.
      chunkBytes: Number.MAX_SAFE_INTEGER,
      // A limit that was asked for is about values: what else lives in this process is not the worker's doing.
      ...(settings.heapLimitMb === undefined ? { processShare: 1 / settings.workers } : {}),
    };
  }

  /**
   * Starts a cluster. It is ready when this resolves; its threads come up beside that.
   *
   * @throws InvalidArgumentError for an option of the wrong kind or range.
   */
  static async start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    const cluster = new LocalCluster(checkLocalOptions(options));
    await cluster.#scheduler.start();
    await Promise.all(cluster.#workers.map((worker) => worker.start()));
    return cluster;
  }

  #supervised(
    name: string,
    make: (restart: number, failed: (error: unknown) => void) => Promise<Supervised>,
  ): Supervisor<Supervised> {
    return new Supervisor({
      clock: systemClock,
      timing: defaultTiming,
      make,
      onFailed: (error) => reportFailure(name, error),
      onEscalated: (error) => this.#giveUp(name, error),
    });
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
    const client = await startClientActor(this.#place);
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
    await this.#scheduler.stop("the cluster is closed");
    process.off("exit", this.#clearUp);
    this.#clearUp();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
