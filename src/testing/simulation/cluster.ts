/** Everybody in a simulated cluster: who there is, who joins, who leads. */

import { ClientProcess } from "./client-process.js";
import type { Dice } from "./dice.js";
import { SchedulerProcess } from "./scheduler-process.js";
import { WorkerProcess } from "./worker-process.js";
import type { World } from "./world.js";

/** How long it takes at most until somebody has heard of a new scheduler. */
const newsMs = 300;

export class Cluster {
  readonly world: World;
  readonly workers: WorkerProcess[] = [];
  readonly clients: ClientProcess[] = [];
  scheduler: SchedulerProcess | undefined;
  readonly #dice: Dice;
  /** Schedulers that were succeeded and may not know it. */
  readonly #deposed: SchedulerProcess[] = [];
  #epoch = 0;

  constructor(world: World) {
    this.world = world;
    this.#dice = world.dice.split("cluster");
  }

  /** A scheduler begins to lead, in the next term, unless the present one has not yet failed. */
  elect(): void {
    const { world } = this;
    const before = this.scheduler;
    if (before?.isAlive === true && before.process.state === "running") return;
    if (before?.isAlive === true) this.#deposed.push(before);
    this.#epoch++;
    const scheduler = new SchedulerProcess(world, this.#epoch);
    this.scheduler = scheduler;
    world.leader = scheduler.id;
    world.launch(async () => {
      await scheduler.start();
      for (const each of [...this.workers, ...this.clients]) this.#announce(each, scheduler);
    });
  }

  addWorker(): WorkerProcess {
    const dice = this.#dice;
    const worker = new WorkerProcess(this.world, `w${this.workers.length + 1}`, {
      threads: dice.between(1, 2),
      concurrency: dice.chance(0.7) ? 1 : dice.between(2, 3),
      resources: dice.chance(0.5) ? { gpu: 1 } : {},
      memoryLimitBytes: 1e6,
      threadQueueMs: dice.pick([0, 4, 20]),
    });
    this.workers.push(worker);
    this.world.launch(() => worker.start());
    return worker;
  }

  addClient(): ClientProcess {
    const client = new ClientProcess(this.world, `c${this.clients.length + 1}`);
    this.clients.push(client);
    this.world.launch(() => client.start());
    return client;
  }

  /** Faults stop: everything runs, is connected and knows of the scheduler; at least one worker is there to stay. */
  heal(): void {
    const { world } = this;
    world.isHealed = true;
    // Who died lately is waited for anew when connections come back.
    if (world.workersLost > 0) world.lostAtMs = world.clock.now();
    world.bus.heal();
    world.bus.faults = { lossRate: 0, duplicateRate: 0, maxDelayMs: 1, overtakenRate: 0, tellsNobody: false };
    for (const { life } of [...this.workers, ...this.clients]) {
      if (life === undefined || ("isAway" in life && life.isAway)) continue;
      life.process.goOn();
      life.post.reconnect();
    }
    for (const worker of this.workers) if (worker.life !== undefined) worker.life.executor.isShort = false;
    for (const old of this.#deposed) {
      old.process.goOn();
      old.post.reconnect();
    }
    if (this.scheduler?.isAlive === true) {
      this.scheduler.process.goOn();
      this.scheduler.post.reconnect();
    } else this.elect();
    if (this.workers.every((worker) => worker.isDraining || worker.hasLeft)) this.addWorker();
  }

  #announce(to: WorkerProcess | ClientProcess, scheduler: SchedulerProcess): void {
    this.world.later(this.#dice.next() * newsMs, () => {
      if (this.scheduler === scheduler) to.meet(scheduler.id);
    });
  }
}
