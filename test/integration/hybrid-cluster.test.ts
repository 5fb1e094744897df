/** The threads of this process and workers on a bus, under one scheduler. */

import { join } from "node:path";
import { expect } from "chai";
import {
  Client,
  ClusterLedError,
  LocalCluster,
  type ClusterEvent,
  type Future,
  type WorkerInfo,
} from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { Scratch } from "../support/cli.js";
import { rejection } from "../support/local.js";
import { SkeinProcess } from "../support/skein-process.js";
import { onEachBroker } from "./failover/each-broker.js";

/** Gives the process that it ran in. */
async function where(ms: number, ...inputs: readonly unknown[]): Promise<number> {
  void inputs;
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  return process.pid;
}

function many(count: number, call: (i: number) => Future<number>): Future<number>[] {
  return Array.from({ length: count }, (_, i) => call(i));
}

/** A cluster at home, and a worker with two threads on the bus. */
class Hybrid implements AsyncDisposable {
  readonly cluster: LocalCluster;
  readonly client: Client;
  readonly away: SkeinProcess;
  readonly #scratch: Scratch;

  private constructor(cluster: LocalCluster, client: Client, away: SkeinProcess, scratch: Scratch) {
    this.cluster = cluster;
    this.client = client;
    this.away = away;
    this.#scratch = scratch;
  }

  static async start(url: string): Promise<Hybrid> {
    const scratch = await Scratch.with({});
    const args = ["worker", "--bus", url, "--name", "away", "--threads", "2", "--allow-inline"];
    const [cluster, away] = await Promise.all([
      LocalCluster.start({ workers: 1, bus: url }),
      SkeinProcess.start(args, join(scratch.folder, "away.log"), (log) =>
        log.some(({ msg }) => msg === "runs"),
      ),
    ]);
    const hybrid = new Hybrid(cluster, await cluster.connect(), away, scratch);
    await hybrid.joined("away");
    return hybrid;
  }

  async workers(): Promise<readonly string[]> {
    return (await this.client.workers()).map(({ name }) => name).toSorted();
  }

  async joined(name: string): Promise<void> {
    await until(`${name} has joined`, async () => (await this.workers()).includes(name), {
      deadlineMs: 40_000,
      story: () => this.away.tail(),
    });
  }

  /** The ways and durations of both are known afterwards. */
  async warm(ms: number): Promise<void> {
    const each = ["home1", "away"].flatMap((name) =>
      many(4, () => this.client.submit(where, ms, { workers: [name], pure: false })),
    );
    await this.client.gather(each);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.close();
    await this.away.kill();
    await this.#scratch.remove();
  }
}

onEachBroker(
  "A hybrid keeps at home what is small or has its data there, hands values over both ways, and sends away what is too much",
  300_000,
  async ({ url }) => {
    await using hybrid = await Hybrid.start(url);
    const { client } = hybrid;
    expect(await hybrid.workers()).to.deep.equal(["away", "home1"]);
    await hybrid.warm(0);
    const at = async (futures: readonly Future<number>[]): Promise<{ home: number; away: number }> => {
      const pids = await client.gather([...futures]);
      const home = pids.filter((pid) => pid === process.pid).length;
      return { home, away: pids.length - home };
    };

    const small: { home: number; away: number }[] = [];
    for (let i = 0; i < 20; i++) small.push(await at([client.submit(where, 0, { pure: false })]));
    expect(small, "small ones, one after the other").to.deep.equal(small.map(() => ({ home: 1, away: 0 })));

    const bytes = 30_000_000;
    const make = (size: number): Uint8Array => new Uint8Array(size).fill(7);
    const ends = (values: Uint8Array): readonly number[] => [
      process.pid,
      values.length,
      values[0] ?? -1,
      values[values.length - 1] ?? -1,
    ];
    const madeAt = (name: string): Future<Uint8Array> =>
      client.submit(make, bytes, { workers: [name], pure: false, key: `made-${name}` });
    const values = { home1: madeAt("home1"), away: madeAt("away") };
    await Promise.all([values.home1.settled(), values.away.settled()]);
    expect(
      await at(many(4, (i) => client.submit(where, 20, values.home1, i, { pure: false }))),
      "data at home",
    ).to.deep.equal({ home: 4, away: 0 });
    for (const [from, to] of [
      ["home1", "away"],
      ["away", "home1"],
    ] as const) {
      const [pid, ...seen] = await client.submit(ends, values[from], { workers: [to], pure: false });
      expect(seen, `from ${from} to ${to}`).to.deep.equal([bytes, 7, 7]);
      expect(pid === process.pid).to.equal(to === "home1");
    }

    await hybrid.warm(200);
    const both = await at(many(30, () => client.submit(where, 200, { pure: false })));
    expect(both.home, "at home").to.be.at.least(5);
    expect(both.away, "away").to.be.at.least(10);
  },
);

onEachBroker(
  "What a worker at home has made, the others at home see as it lies in memory, beside a bus as without one",
  180_000,
  async ({ url }) => {
    await using cluster = await LocalCluster.start({ workers: 3, bus: url });
    await using client = await cluster.connect();
    const bytes = 20_000_000;
    const make = (size: number): Uint8Array => new Uint8Array(size).fill(7);
    // Tasks must not write to their inputs; here it shows whether two of them are given the same memory.
    const mark = (value: Uint8Array): number => (value[value.length - 1] = 9);
    const look = (value: Uint8Array): readonly number[] => [
      value.length,
      value[0] ?? -1,
      value[value.length - 1] ?? -1,
    ];
    const made = client.submit(make, bytes, { workers: ["home1"], pure: false });
    expect(await client.submit(mark, made, { workers: ["home2"], pure: false })).to.equal(9);
    expect(await client.submit(look, made, { workers: ["home3"], pure: false })).to.deep.equal([bytes, 7, 9]);
  },
);

onEachBroker(
  "When the bus goes away a hybrid loses the workers on it and nothing else: the job ends at home, and they join again later",
  300_000,
  async (broker) => {
    await using hybrid = await Hybrid.start(broker.url);
    const { client, cluster } = hybrid;
    await hybrid.warm(100);
    const lost: ClusterEvent[] = [];
    const events = client.events("worker.lost");
    const listening = (async () => {
      for await (const event of events) lost.push(event);
    })();
    const futures = many(150, () => client.submit(where, 100, { pure: false }));
    await until("both are at work", async () => {
      const infos: readonly WorkerInfo[] = await client.workers();
      return infos.length === 2 && infos.every(({ processing }) => processing > 0);
    });
    await broker.kill();
    // A client that comes while the bus is away belongs to the house.
    const guest = await cluster.connect();
    const its = guest.submit(where, 0, { pure: false, priority: 9, workers: ["home1"] });
    expect(await its).to.equal(process.pid);
    expect(futures.some(({ status }) => status === "pending")).to.equal(true);
    const pids = await client.gather(futures);
    expect(pids.filter((pid) => pid === process.pid).length, "at home").to.be.above(75);
    expect(lost.map(({ data }) => data["worker"])).to.deep.equal(["away"]);
    expect(await hybrid.workers()).to.deep.equal(["home1"]);

    await broker.start();
    await hybrid.joined("away");
    const back = await client.submit(where, 0, { pure: false, workers: ["away"] });
    expect(back).not.to.equal(process.pid);
    await guest.close();
    await cluster.close();
    await listening;
    expect(await rejection(cluster.connect())).to.have.property("code", "ERR_CANCELLED");
  },
);

onEachBroker(
  "A hybrid refuses to start where a scheduler leads, and starts when that has gone",
  180_000,
  async ({ url }) => {
    const first = await LocalCluster.start({ workers: 1, bus: url, cluster: "house" });
    const error = await rejection(LocalCluster.start({ workers: 1, bus: url, cluster: "house" }));
    expect(error).to.be.instanceOf(ClusterLedError);
    expect(error.message).to.include('"house"').and.not.include("guest:guest");
    await first.close();
    await using second = await LocalCluster.start({ workers: 1, bus: url, cluster: "house" });
    await using client = await Client.connect({ bus: url, cluster: "house" });
    expect(await client.submit(where, 0, { pure: false })).to.equal(process.pid);
    expect(second.workers).to.deep.equal(["home1"]);
  },
);
