/**
 * One simulated cluster from its start to its end: first everything goes wrong that the seed has in store, and nothing
 * must be wrong about what comes out (safety); then it is healed, and everything that is wanted must come to its end
 * within a bound (liveness); then it rests, and everybody must hold what is wanted and nothing else; then everything is
 * let go of, and nothing must be left.
 */

import { Chaos } from "./chaos.js";
import { Cluster } from "./cluster.js";
import type { Faults } from "./faults.js";
import { judge } from "./judge.js";
import { InvariantBroken } from "./ledger.js";
import { Users } from "./users.js";
import type { SimulatedGraph } from "./workload.js";
import { World } from "./world.js";

export interface SimulationPlan {
  readonly seed: number;
  readonly faults: Faults;
  readonly workers: number;
  readonly tasks: number;
  /** Instead of drawn ones. */
  readonly graph: { readonly graph: SimulatedGraph; readonly wants: ReadonlySet<string> } | undefined;
  /** Tasks take longer. */
  readonly busy: boolean;
  readonly safetyMs: number;
}

/** Within this, and the time of the work, all wanted keys have settled after the faults have stopped (I8). */
const settleMs = 180_000;
/** Until nothing is left. Silent clients are given up in this time. */
const emptyMs = 60_000;
/** Beliefs that are out of date are found by comparing digests: that takes some beats. */
const compareMs = 5_000;
/** From the death of a worker until it is noticed and put right. */
const graceMs = 4_000;
const lookMs = 250;
/** How much longer tasks take in a busy cluster. */
const busyFactor = 5;
const mostSteps = 3_000_000;

export class Simulation {
  readonly cluster: Cluster;
  readonly users: Users;
  phase = "safety";
  #restsSince = 0;
  readonly #world: World;
  readonly #plan: SimulationPlan;

  constructor(plan: SimulationPlan) {
    this.#plan = plan;
    this.#world = new World(plan);
    this.cluster = new Cluster(this.#world);
    this.users = new Users(this.cluster, this.#world.dice.split("users"), plan.busy ? busyFactor : 1);
  }

  async run(): Promise<void> {
    const { workers, tasks, graph, safetyMs } = this.#plan;
    const { cluster, users } = this;
    const world = this.#world;
    cluster.elect();
    for (let i = 0; i < workers; i++) cluster.addWorker();
    if (graph === undefined) users.plan(tasks, safetyMs);
    else users.submitOnly(graph.graph, graph.wants);
    new Chaos(cluster, world.dice.split("chaos"), safetyMs).plan();

    await this.#until(safetyMs, () => false);
    this.#enter("liveness");
    cluster.heal();
    await this.#until(this.#settleMs, () => this.#openFutures().length === 0);
    this.#checkSettled();
    this.#enter("rest");
    this.#restsSince = world.clock.now();
    // A scheduler that began anew may have all of it to do again.
    await this.#until(this.#settleMs, () => this.#isIdle());
    this.#checkRest();
    this.#enter("release");
    for (const client of cluster.clients) if (!client.isGone) client.release([...client.futures.keys()]);
    await this.#until(emptyMs, () => this.#isEmpty());
    this.#checkEmpty();
  }

  #enter(phase: string): void {
    this.phase = phase;
    this.#world.note("simulation", phase);
  }

  /** Goes on until it is so, for at most this long. */
  async #until(ms: number, isSo: () => boolean): Promise<void> {
    const world = this.#world;
    const { clock, trace } = world;
    const endMs = clock.now() + ms;
    let lookAtMs = clock.now();
    for (;;) {
      while (world.starting > 0) await Promise.resolve();
      if (world.failure !== undefined) throw world.failure;
      if (clock.now() >= lookAtMs) {
        if (isSo()) return;
        lookAtMs = clock.now() + lookMs;
      }
      if (clock.nextMs > endMs) break;
      clock.step();
      if (trace.steps > mostSteps) throw new InvariantBroken("I8", "there is no end in sight");
    }
    clock.advanceTo(endMs);
  }

  /** With all the work there is done three times over by one thread. */
  get #settleMs(): number {
    let workMs = 0;
    for (const { durationMs } of this.#world.oracle.tasks.values()) workMs += durationMs;
    return settleMs + 3 * workMs;
  }

  #openFutures(): string[] {
    return this.cluster.clients.flatMap((client) => client.open.map(({ key }) => `${key} at ${client.name}`));
  }

  #checkSettled(): void {
    for (const client of this.cluster.clients) {
      if (client.isGone) continue;
      const [first] = client.open;
      if (first !== undefined) {
        const all = this.#openFutures();
        throw new InvariantBroken(
          "I8",
          `${all.length} futures have not settled ${this.#settleMs} ms after the faults stopped: ${all.slice(0, 5).join(", ")}`,
          first.key,
        );
      }
      for (const future of client.futures.values()) judge(this.#world, client, future);
    }
  }

  /** Nobody works; and whoever is dead is known to be. */
  #isIdle(): boolean {
    const { clock, timing, lostAtMs } = this.#world;
    if (clock.now() < Math.max(this.#restsSince + compareMs, lostAtMs + timing.deadAfterMs + graceMs))
      return false;
    const isMet = this.cluster.clients.every((client) => client.isGone || client.met === this.#world.leader);
    if (!isMet) return false;
    const states = this.cluster.scheduler?.core.stats().states ?? {};
    if (["waiting", "queued", "noWorker", "processing"].some((state) => (states[state] ?? 0) > 0))
      return false;
    return this.cluster.workers.every(({ life }) => life === undefined || life.core.load === 0);
  }

  /** Everybody is done, and holds what is wanted. */
  #checkRest(): void {
    const { scheduler, workers, clients } = this.cluster;
    for (const { life } of workers) {
      if (life !== undefined && life.core.load > 0)
        throw new InvariantBroken(
          "I7",
          `${life.id} still has ${life.core.load} runs, and nothing is left to be done`,
          this.#firstKeyOn(life.executor.running()),
        );
    }
    // A client that has the value need not have heard that it was made again.
    const held = new Set<string | undefined>();
    for (const { life } of workers)
      for (const run of life?.executor.store.runs ?? []) held.add(this.#world.ledger.keyOf(run));
    for (const client of clients) {
      if (client.isGone) continue;
      for (const { key, outcome } of client.futures.values()) {
        if (outcome.state !== "finished" || outcome.located.inline !== undefined) continue;
        // What cannot be made again is told as an error to whoever has not got it yet.
        const isErred = scheduler?.core.explain(key).includes(" is erred") === true;
        if (!held.has(key) && !isErred)
          throw new InvariantBroken("I6", `nobody holds ${key} any more, which ${client.name} wants`, key);
      }
    }
  }

  #firstKeyOn(runs: readonly number[]): string | undefined {
    return runs[0] === undefined ? undefined : this.#world.ledger.keyOf(runs[0]);
  }

  #isEmpty(): boolean {
    const { scheduler, workers } = this.cluster;
    const held = workers.some(({ life }) => (life?.executor.store.runs.length ?? 0) > 0);
    return !held && scheduler?.core.stats().tasks === 0 && this.#isIdle();
  }

  /** Nothing is wanted any more: whoever has something left would keep it for ever. */
  #checkEmpty(): void {
    const { scheduler, workers } = this.cluster;
    const stats = scheduler?.core.stats();
    if (stats !== undefined && stats.tasks > 0)
      throw new InvariantBroken(
        "I7",
        `nothing is wanted, and the scheduler keeps ${stats.tasks} tasks: ${JSON.stringify(stats.states)}`,
        this.#anyKeyKept(),
      );
    for (const { life } of workers) {
      const [run] = life?.executor.store.runs ?? [];
      if (life === undefined || run === undefined) continue;
      throw new InvariantBroken(
        "I7",
        `nothing is wanted, and ${life.id} keeps ${life.executor.store.runs.length} values`,
        this.#world.ledger.keyOf(run),
      );
    }
  }

  #anyKeyKept(): string | undefined {
    const { scheduler } = this.cluster;
    for (const key of this.#world.oracle.tasks.keys())
      if (scheduler?.core.explain(key).includes("is not known here") === false) return key;
    return undefined;
  }
}
