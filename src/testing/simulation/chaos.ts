/** Lets things go wrong at times of their own, as the faults of the seed say, until the cluster is healed. */

import type { Cluster } from "./cluster.js";
import type { Dice } from "./dice.js";
import type { Process } from "./process.js";
import type { BusPost } from "./virtual-bus.js";

interface Place {
  readonly id: string;
  readonly process: Process;
  readonly post: BusPost;
}

/** Longer than it takes a scheduler to give a worker up. */
const longestAwayMs = 20_000;
const lookMs = 50;

export class Chaos {
  readonly #cluster: Cluster;
  readonly #dice: Dice;
  readonly #untilMs: number;

  constructor(cluster: Cluster, dice: Dice, untilMs: number) {
    this.#cluster = cluster;
    this.#dice = dice;
    this.#untilMs = untilMs;
  }

  /** Draws when what happens. */
  plan(): void {
    const { faults } = this.#cluster.world;
    const happenings: readonly (readonly [number, string, () => void])[] = [
      [faults.clogs, "clog", () => this.#clog()],
      [faults.partitions, "partition", () => this.#partition()],
      [faults.disconnects, "disconnect", () => this.#disconnect([this.#dice.pick(this.#places())])],
      [faults.brokerRestarts, "brokerRestart", () => this.#disconnect(this.#places())],
      [faults.pauses, "pause", () => this.#pause()],
      [faults.workerCrashes, "workerCrash", () => this.#anyWorker()?.crash()],
      [faults.workerDrains, "workerDrain", () => this.#drain()],
      [faults.workerJoins, "workerJoin", () => this.#cluster.addWorker()],
      [faults.threadLosses, "threadLoss", () => this.#loseThread()],
      [faults.memoryShortages, "memoryShortage", () => this.#shortOfMemory()],
      [faults.schedulerCrashes, "schedulerCrash", () => this.#crashScheduler()],
      [faults.takeOvers, "takeOver", () => this.#takeOver()],
      [faults.clientCrashes, "clientCrash", () => this.#anyClient()?.crash()],
      [faults.clientGoodbyes, "clientGoodbye", () => this.#anyClient()?.close()],
      [faults.resurrections, "resurrection", () => this.#resurrect()],
    ];
    for (const [count, name, happen] of happenings) {
      for (let i = 0; i < count; i++) {
        this.#cluster.world.later(this.#dice.next() * this.#untilMs, () => {
          if (this.#cluster.world.isHealed) return;
          this.#cluster.world.note("chaos", name);
          happen();
        });
      }
    }
  }

  #places(): Place[] {
    const { scheduler, workers, clients } = this.#cluster;
    const lives = [...workers, ...clients].flatMap(({ life }) => (life === undefined ? [] : [life]));
    return scheduler?.isAlive === true ? [scheduler, ...lives] : lives.length > 0 ? lives : [];
  }

  #later(ms: number, run: () => void): void {
    this.#cluster.world.later(ms, run);
  }

  /** Short mostly, and sometimes past every limit of patience. */
  #spell(): number {
    return this.#dice.chance(0.7) ? this.#dice.next() * 1_500 : 1_500 + this.#dice.next() * 13_000;
  }

  #clog(): void {
    const places = this.#places();
    const { bus, clock } = this.#cluster.world;
    bus.clog(this.#dice.pick(places).id, this.#dice.pick(places).id, clock.now() + this.#spell());
  }

  #partition(): void {
    const places = this.#places();
    const one = this.#dice.pick(places).id;
    const other = this.#dice.pick(places).id;
    const { bus, clock } = this.#cluster.world;
    const untilMs = clock.now() + this.#spell();
    bus.cut(one, other, untilMs);
    if (this.#dice.chance(0.5)) bus.cut(other, one, untilMs);
  }

  #disconnect(places: readonly Place[]): void {
    for (const { post } of places) {
      post.disconnect();
      this.#later(this.#spell() / 4, () => post.reconnect());
    }
  }

  #pause(): void {
    const { process } = this.#dice.pick(this.#places());
    process.stop();
    this.#later(this.#spell(), () => process.goOn());
  }

  /** A worker stands still, or is cut off and works on, until its scheduler has given it up. Healing waits for that. */
  #resurrect(): void {
    const worker = this.#anyWorker();
    const life = worker?.life;
    if (worker === undefined || life === undefined || life.isAway) return;
    const { world } = this.#cluster;
    const untilMs = world.clock.now() + longestAwayMs;
    const isStill = this.#dice.chance(0.5);
    life.isAway = true;
    // Its scheduler will count it as dead, and blame what it runs.
    world.workersLost++;
    if (isStill) life.process.stop();
    else life.post.disconnect();
    const look = (): void => {
      if (worker.life !== life) return;
      const isGivenUp = this.#cluster.scheduler?.hasGivenUp(life.id) === true;
      if (!isGivenUp && world.clock.now() < untilMs) return this.#later(lookMs, look);
      life.isAway = false;
      life.process.goOn();
      life.post.reconnect();
    };
    this.#later(lookMs, look);
  }

  #anyWorker(): Cluster["workers"][number] | undefined {
    const alive = this.#cluster.workers.filter(({ life }) => life !== undefined);
    return alive.length === 0 ? undefined : this.#dice.pick(alive);
  }

  /** Never the last one: somebody has to be there at the end. */
  #anyClient(): Cluster["clients"][number] | undefined {
    const alive = this.#cluster.clients.filter(({ isGone }) => !isGone);
    return alive.length < 2 ? undefined : this.#dice.pick(alive);
  }

  #drain(): void {
    const staying = this.#cluster.workers.filter(({ life, isDraining }) => life !== undefined && !isDraining);
    if (staying.length > 1) this.#dice.pick(staying).drain();
  }

  #loseThread(): void {
    const life = this.#anyWorker()?.life;
    life?.process.enter(() => life.executor.loseThread(this.#dice.chance(0.7) ? "killed" : "oom"));
  }

  #shortOfMemory(): void {
    const executor = this.#anyWorker()?.life?.executor;
    if (executor === undefined) return;
    executor.isShort = true;
    this.#later(this.#spell(), () => (executor.isShort = false));
  }

  #crashScheduler(): void {
    this.#cluster.scheduler?.crash();
    this.#later(this.#dice.chance(0.8) ? 100 + this.#dice.next() * 3_000 : this.#spell(), () =>
      this.#cluster.elect(),
    );
  }

  /** The old one only stands still, and finds out later. */
  #takeOver(): void {
    const old = this.#cluster.scheduler;
    old?.process.stop();
    this.#later(500 + this.#dice.next() * 3_000, () => {
      if (this.#cluster.scheduler === old) this.#cluster.elect();
    });
    this.#later(1_000 + this.#spell(), () => old?.process.goOn());
  }
}
