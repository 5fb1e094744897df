/** Clients of clusters on a bus: how they connect, what they outlive, and what they see of the data plane. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as lasting } from "node:timers/promises";
import { expect } from "chai";
import {
  Bag,
  CancelledError,
  Client,
  InvalidArgumentError,
  NoSchedulerError,
  type BusOptions,
} from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { freePort } from "../support/brokers/free-port.js";
import { sharedNats } from "../support/brokers/nats-server.js";
import { Proxy } from "../support/brokers/proxy.js";
import { sharedRabbit } from "../support/brokers/rabbitmq-server.js";
import { Scratch } from "../support/cli.js";
import { rejection } from "../support/local.js";
import { SkeinChild } from "../support/skein-child.js";
import { SkeinProcess } from "../support/skein-process.js";

const inc = (x: number): number => x + 1;
const where = (): number => process.pid;

async function slowly(x: number, ms: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return x;
}

for (const [kind, shared] of [
  ["NATS", sharedNats],
  ["RabbitMQ", sharedRabbit],
] as const) {
  describe(`A client of a cluster on ${kind}`, function () {
    this.timeout(90_000);
    const cluster = `clients-${process.pid}`;
    let url: string;
    let scratch: Scratch;
    let running: SkeinProcess;
    let client: Client;
    const story = { story: () => running.tail(), deadlineMs: 30_000 };

    before(async () => {
      ({ url } = await shared());
      scratch = await Scratch.with({});
      const args = [
        "--bus",
        url,
        "--cluster",
        cluster,
        "--workers",
        "2",
        "--threads",
        "1",
        "--data-port",
        "0",
      ];
      const isReady = (log: SkeinProcess["log"]): boolean =>
        log.filter(({ msg }) => msg === "worker.joined").length === 2;
      running = await SkeinProcess.start(
        ["cluster", "--allow-inline", ...args],
        scratch.path("cluster.log"),
        isReady,
      );
      client = await Client.connect({ bus: url, cluster, name: "tests" });
    });
    after(async () => {
      await client.close();
      await running.kill();
      await scratch.remove();
    });

    it("connects by options, and is told at once which of them are wrong", async () => {
      expect(await client.submit(inc, 1)).to.equal(2);
      const wrong: readonly (readonly [Record<string, unknown>, string])[] = [
        [{ bus: "http://127.0.0.1" }, "Client.connect: bus"],
        [{ bus: 7 }, "Client.connect: bus"],
        [{ bus: url, cluster: "a.b" }, "Client.connect: cluster"],
        [{ bus: url, prefix: "" }, "Client.connect: prefix"],
        [{ bus: url, direct: "yes" }, "Client.connect: direct"],
        [{ bus: url, clusters: "a" }, "Client.connect: clusters"],
      ];
      for (const [options, what] of wrong) {
        const error = await rejection(Client.connect(options as unknown as BusOptions));
        expect(error, what).to.be.instanceOf(InvalidArgumentError);
        expect(error.message).to.match(new RegExp(`^${what}: got .+\\. [A-Z]`));
      }
    });

    it("is told where it found nobody: no bus, or no scheduler", async () => {
      const nowhere = new URL(url);
      nowhere.port = String(await freePort());
      const unreachable = await rejection(Client.connect({ bus: nowhere.href, connectTimeoutMs: 300 }));
      expect(unreachable).to.have.property("code", "ERR_BUS_UNREACHABLE");
      expect(unreachable.message).to.include("300 ms").and.not.include("guest:guest");
      const nobody = await rejection(Client.connect({ bus: url, cluster: "nobody", connectTimeoutMs: 300 }));
      expect(nobody).to.be.instanceOf(NoSchedulerError);
      expect(nobody.message).to.include("skein scheduler --bus").and.not.include("guest:guest");
    });

    it("persists: what it keeps is on the cluster, under other computations", async () => {
      const bag = await client.persist(Bag.range(100, { partitions: 4 }).map((x) => x + Math.random()));
      const [one, two] = [await client.compute(bag.sum()), await client.compute(bag.sum())];
      expect(one).to.equal(two);
      expect(one).to.be.within(4_950, 5_050);
    });

    it("ends with its script, which names the bus in SKEIN_BUS alone", async () => {
      const script = scratch.path("job.mjs");
      writeFileSync(
        script,
        `import { delayed } from "skein";
         const where = delayed(() => process.pid);
         const twice = delayed((x) => 2 * x);
         console.log(JSON.stringify([await twice(21).compute(), await where().compute() !== process.pid]));`,
      );
      await using job = await SkeinChild.start(["run", script], { SKEIN_BUS: url, SKEIN_CLUSTER: cluster });
      expect(await job.ended, job.text).to.equal(0);
      expect(job.text).to.equal("[42,true]");
    });

    for (const [how, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["an error", 1],
    ] as const) {
      it(`takes its tasks back when its script is ended by ${how}`, async () => {
        const script = scratch.path("many.mjs");
        writeFileSync(
          script,
          `import { Client, compute, delayed } from "skein";
           const slow = delayed(async (i) => (await new Promise((r) => setTimeout(r, 1_000)), i));
           const first = await slow(-1).compute();
           const own = await Client.connect({ bus: process.env.SKEIN_BUS, cluster: process.env.SKEIN_CLUSTER });
           own.submit(async () => new Promise((r) => setTimeout(r, 60_000)));
           const many = compute(Array.from({ length: 100 }, (_, i) => slow(i)));
           console.log("under way");
           if (process.argv[2] === "an error") throw new Error("no more");
           await many;`,
        );
        const left = async (): Promise<number> =>
          Object.values((await client.stats()).states).reduce((sum, count) => sum + count, 0);
        // What other tests have persisted stays.
        const before = await left();
        await using job = await SkeinChild.start(["run", script, how], {
          ...{ SKEIN_BUS: url, SKEIN_CLUSTER: cluster },
        });
        await job.said("under way");
        if (how !== "an error") job.signal(how);
        expect(await job.ended, job.text).to.equal(code);
        expect(job.text.match(/^skein: /gm) ?? []).to.have.length(how === "an error" ? 1 : 0);
        // Long before its silence would be noticed.
        await until("nothing of it is left", async () => (await left()) <= before, {
          ...{ deadlineMs: 10_000, story: () => `${job.text}\n${running.tail()}` },
        });
      });
    }

    it("that is cut off for 12 seconds goes on afterwards: no future has been lost, and all settle", async () => {
      const { hostname, port } = new URL(url);
      const proxy = await Proxy.start({ host: hostname, port: Number(port) });
      try {
        const through = new URL(url);
        through.port = String(proxy.port);
        await using cut = await Client.connect({ bus: through.href, cluster });
        const before = Array.from({ length: 40 }, (_, i) => cut.submit(slowly, i, 200, { pure: false }));
        await before[0];
        proxy.cut();
        const meanwhile = Array.from({ length: 5 }, (_, i) => cut.submit(slowly, i, 1, { pure: false }));
        await lasting(12_000);
        expect(before.some(({ status }) => status === "pending")).to.equal(true);
        expect(new Set(meanwhile.map(({ status }) => status))).to.deep.equal(new Set(["pending"]));
        proxy.heal();
        expect(await cut.gather(before)).to.deep.equal(before.map((_, i) => i));
        expect(await cut.gather(meanwhile)).to.deep.equal(meanwhile.map((_, i) => i));
        expect(await cut.submit(inc, 2)).to.equal(3);
      } finally {
        await proxy.close();
      }
    });

    it("fetches by TCP where that is switched on, and then the bus carries none of it", async () => {
      const bytes = 20_000_000;
      const { hostname, port } = new URL(url);
      const proxy = await Proxy.start({ host: hostname, port: Number(port) });
      try {
        const through = new URL(url);
        through.port = String(proxy.port);
        const fetched = async (direct: boolean): Promise<number> => {
          await using other = await Client.connect({ bus: through.href, cluster, direct });
          const make = (n: number): Uint8Array => new Uint8Array(n).fill(3);
          // The first one finds the way.
          for (const size of [100_000, bytes]) {
            const value = other.submit(make, size, { pure: false });
            await value.settled();
            const already = proxy.bytes.toClient;
            const got = await value;
            expect([got.length, got[0], got.at(-1)]).to.deep.equal([size, 3, 3]);
            if (size === bytes) return proxy.bytes.toClient - already;
            await lasting(0);
          }
          return 0;
        };
        expect(await fetched(false), "over the bus").to.be.above(bytes);
        await until("values come directly", async () => (await fetched(true)) < bytes / 10, story);
      } finally {
        await proxy.close();
      }
    });

    it("starts all workers afresh: what was wanted is cancelled, and others run what comes next", async () => {
      const pidOf = (name: string): Promise<number> =>
        client.submit(where, { workers: [name], pure: false }).result();
      const cancelled = client.submit(slowly, 1, 60_000, { pure: false });
      const reason = rejection(cancelled);
      const peers = new Set((await client.workers()).map(({ peer }) => peer));
      await client.restart();
      expect(await reason).to.be.instanceOf(CancelledError);
      await until(
        "both are others",
        async () => {
          const now = await client.workers();
          return now.length === 2 && now.every(({ peer }) => !peers.has(peer));
        },
        story,
      );
      expect(await pidOf("w1")).not.to.equal(await pidOf("w2"));
      expect(await client.submit(inc, 5, { pure: false })).to.equal(6);
    });
  });
}

describe("A module that is loaded for its tasks", function () {
  this.timeout(60_000);
  let scratch: Scratch;
  before(async () => {
    const tasks = `import { Client, LocalCluster, defineTask } from "skein"; const two = 2;
      export const double = defineTask(import.meta.url, "double", (x) => x * two);`;
    scratch = await Scratch.with({
      "starts.mjs": `${tasks}
        const cluster = await LocalCluster.start({ workers: 1 });
        const client = await Client.connect(cluster);
        try { console.log(await client.submit(double, 1)); } finally { await cluster.close(); }`,
    });
  });
  after(() => scratch.remove());

  it("cannot start a cluster, and says what to do, instead of starting them without end", async () => {
    await using job = await SkeinChild.start(["run", join(scratch.folder, "starts.mjs")]);
    expect(await job.ended, job.text).to.equal(1);
    expect(job.text)
      .to.include(
        "LocalCluster.start: a module starts a cluster in a thread that has loaded it for its tasks",
      )
      .and.include("Put the tasks into a module of their own");
  });
});
