/** What the users of a simulated cluster do: submit graphs, alone or the same, share keys, change their minds. */

import type { ClientProcess } from "./client-process.js";
import type { Cluster } from "./cluster.js";
import type { Dice } from "./dice.js";
import { Workload, type SimulatedGraph } from "./workload.js";

export class Users {
  readonly #cluster: Cluster;
  readonly #dice: Dice;
  readonly #workload: Workload;
  readonly #graphs: SimulatedGraph[] = [];
  #submissions = 0;

  /** @param slowness how many times longer than usual tasks take. */
  constructor(cluster: Cluster, dice: Dice, slowness: number) {
    this.#cluster = cluster;
    this.#dice = dice;
    this.#workload = new Workload(dice.split("workload"), cluster.world.faults, slowness);
  }

  get tasks(): number {
    return this.#cluster.world.oracle.tasks.size;
  }

  /** Draws who submits what, and when. At the time given, everybody has said what there is to say. */
  plan(tasks: number, untilMs: number): void {
    const dice = this.#dice;
    const clients = dice.between(1, 3);
    const graphs = dice.between(1, Math.min(4, 1 + Math.floor(tasks / 30)));
    const size = Math.max(4, Math.round(tasks / graphs));
    for (let i = 0; i < clients; i++) this.#arrive(i === 0 ? 0 : dice.next() * untilMs * 0.7);
    for (let i = 0; i < graphs; i++) {
      this.#later(i === 0 ? dice.next() * 100 : dice.next() * untilMs * 0.7, () => this.#submit(size));
    }
    this.#planWhims(untilMs);
  }

  /** The one graph of a client. */
  submitOnly(graph: SimulatedGraph, wants: ReadonlySet<string>): void {
    this.#cluster.world.oracle.add(graph.tasks);
    const client = this.#cluster.addClient();
    this.#later(50, () => client.submit(graph.id, graph.tasks, wants, 1));
  }

  #planWhims(untilMs: number): void {
    const dice = this.#dice;
    const { faults } = this.#cluster.world;
    const whims: readonly (readonly [number, () => void])[] = [
      [faults.releases > 0 ? dice.between(1, 5) : 0, () => this.#release(faults.releases)],
      [faults.cancels, () => this.#cancel()],
      [faults.retries, () => this.#retry()],
    ];
    for (const [count, act] of whims) {
      for (let i = 0; i < count; i++) this.#later(dice.next() * untilMs, act);
    }
  }

  #later(ms: number, act: () => void): void {
    const { world } = this.#cluster;
    world.later(ms, () => {
      if (!world.isHealed) act();
    });
  }

  #arrive(atMs: number): void {
    this.#later(atMs, () => void this.#cluster.addClient());
  }

  #anybody(): ClientProcess | undefined {
    const present = this.#cluster.clients.filter(({ isGone }) => !isGone);
    return present.length === 0 ? undefined : this.#dice.pick(present);
  }

  #submit(size: number): void {
    const client = this.#anybody();
    if (client === undefined) return;
    const dice = this.#dice;
    if (this.#graphs.length > 0 && dice.chance(0.3)) return this.#share(client, dice.pick(this.#graphs));
    const own = [...client.futures.values()].filter(
      ({ key, isForeign }) => !isForeign && !client.cancelled.has(key),
    );
    const usable = own.map(({ key }) => key);
    const graph = this.#workload.graph(size, dice.chance(0.6) ? usable : []);
    this.#graphs.push(graph);
    this.#cluster.world.oracle.add(graph.tasks);
    this.#give(client, graph);
  }

  /** A graph that somebody else has submitted: once more, or only its keys. */
  #share(client: ClientProcess, graph: SimulatedGraph): void {
    const keys = graph.tasks.map(({ key }) => key).filter((key) => !client.futures.has(key));
    const isWhole = graph.tasks.every(({ inputs }) =>
      inputs.every((input) => input.startsWith(`${graph.id}-`)),
    );
    if (isWhole && this.#dice.chance(0.6)) return this.#give(client, graph);
    const wanted = this.#dice.some(keys, 0.2);
    if (wanted.length > 0) client.want(wanted);
  }

  #give(client: ClientProcess, graph: SimulatedGraph): void {
    const dice = this.#dice;
    const needed = new Set(graph.tasks.flatMap(({ inputs, after }) => [...inputs, ...after]));
    const others = dice.pick([0, 0.1, 0.5, 1]);
    const wants = graph.tasks.map(({ key }) => key).filter((key) => !needed.has(key) || dice.chance(others));
    const parts = dice.chance(0.3) ? dice.between(2, 4) : 1;
    client.submit(`${client.name}-${graph.id}-${++this.#submissions}`, graph.tasks, new Set(wants), parts);
  }

  #release(rate: number): void {
    const client = this.#anybody();
    if (client === undefined) return;
    client.release(this.#dice.some([...client.futures.keys()], rate));
  }

  #cancel(): void {
    const client = this.#anybody();
    if (client === undefined) return;
    const pending = client.open.map(({ key }) => key);
    if (pending.length > 0) client.cancel([this.#dice.pick(pending)]);
  }

  #retry(): void {
    const client = this.#anybody();
    client?.retry(
      [...client.futures.values()].filter(({ outcome }) => outcome.state === "error").map(({ key }) => key),
    );
  }
}
