/**
 * A whole cluster inside this process: a scheduler, workers with a thread each, and between them messages that are
 * encoded and decoded as on any bus.
 */

import { CancelledError } from "../../errors.js";
import { spillDirectory } from "../../executor/values/spill-directory.js";
import { MemoryBus } from "../../transport/memory/memory-bus.js";
import { uniqueId } from "../../collections/unique.js";
import { Client } from "./client.js";
import { checkLocalOptions, type LocalClusterOptions } from "./local-options.js";
import { Neighbourhood } from "./neighbourhood.js";
import { startClientActor } from "./start-client.js";
import { startSchedulerActor, type RunningActor } from "./start-scheduler.js";
import { startWorkerActor, type RunningWorker } from "./start-worker.js";

export class LocalCluster implements AsyncDisposable {
  readonly #place: Neighbourhood;
  readonly #scheduler: RunningActor;
  readonly #workers: readonly RunningWorker[];
  readonly #clients = new Set<Client>();
  #closing: Promise<void> | undefined;

  private constructor(place: Neighbourhood, scheduler: RunningActor, workers: readonly RunningWorker[]) {
    this.#place = place;
    this.#scheduler = scheduler;
    this.#workers = workers;
  }

  /**
   * Starts a cluster. It is ready when this resolves; its threads come up beside that.
   *
   * @throws InvalidArgumentError for an option of the wrong kind or range.
   */
  static async start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    const settings = checkLocalOptions(options);
    const place = new Neighbourhood(new MemoryBus());
    const scheduler = await startSchedulerActor(place);
    const directory = spillDirectory(uniqueId(), settings.spillDirectory);
    const workers = await Promise.all(
      Array.from({ length: settings.workers }, (_, i) =>
        startWorkerActor(place, scheduler.id, { ...settings, name: `w${i + 1}`, spillDirectory: directory }),
      ),
    );
    return new LocalCluster(place, scheduler, workers);
  }

  /** The names of its workers. */
  get workers(): readonly string[] {
    return this.#workers.map(({ name }) => name);
  }

  /** A client of this cluster; `Client.connect(cluster)` does the same. */
  async connect(): Promise<Client> {
    if (this.#closing !== undefined) throw new CancelledError("The cluster is closed, so connecting to it");
    const client = await startClientActor(this.#place, this.#scheduler.id);
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
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
