/** Scheduler, workers and their supervisors as processes: how they are told to end, die, and come back. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { connectBus } from "../../src/client/bus/connect-bus.js";
import { Client } from "../../src/index.js";
import { mailboxName } from "../../src/protocol/addresses.js";
import { until } from "../../src/testing/until.js";
import { freePort } from "../support/brokers/free-port.js";
import { sharedNats } from "../support/brokers/nats-server.js";
import { sharedRabbit } from "../support/brokers/rabbitmq-server.js";
import { EffectLog } from "../support/effects.js";
import { isAlive, SkeinChild } from "../support/skein-child.js";
import { onEachBroker } from "./failover/each-broker.js";
import { block, first as firstOf, step, untilFile } from "./failover/tasks.js";

/** It computes, and needs nothing of its own. */
const taskJob = join(import.meta.dirname, "../../examples/flights.ts");

const taskModule = join(import.meta.dirname, "failover/tasks.fixture.ts");

/** A scheduler and workers, each a child of the test. */
class Stage implements AsyncDisposable {
  /** For whatever the test writes. */
  readonly folder = mkdtempSync(join(tmpdir(), "skein-processes-"));
  readonly effects = new EffectLog(join(this.folder, "effects"));
  readonly #url: string;
  readonly #children: SkeinChild[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  async start(role: string, ...args: string[]): Promise<SkeinChild> {
    const child = await SkeinChild.start([role, "--bus", this.#url, ...args]);
    this.#children.push(child);
    return child;
  }

  async scheduler(): Promise<SkeinChild> {
    const child = await this.start("scheduler");
    await child.said("leads in term");
    return child;
  }

  worker(name: string): Promise<SkeinChild> {
    return this.start(
      "worker",
      "--name",
      name,
      "--threads",
      "1",
      "--memory-limit",
      "1GB",
      "--tasks",
      taskModule,
    );
  }

  /** The end of what all have said, for people. */
  story(): string {
    return this.#children.map(({ text }) => text.slice(-2_000)).join("\n----\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) await child[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Every key once. */
function once(effects: EffectLog, keys: readonly string[]): void {
  const starts = effects.startsByKey();
  expect([...starts.keys()].toSorted()).to.deep.equal(keys.toSorted());
  expect([...starts].filter(([, times]) => times !== 1)).to.deep.equal([]);
}

onEachBroker(
  "A worker that is told to end finishes what runs, hands back the rest, moves what only it has, and nothing is done twice",
  300_000,
  async ({ url }) => {
    await using stage = new Stage(url);
    const { effects, folder } = stage;
    const scheduler = await stage.scheduler();
    const [leaving, staying] = await Promise.all([stage.worker("leaving"), stage.worker("w1")]);
    await staying.said("runs");
    const { pid } = await leaving.said("runs");
    await using client = await Client.connect(url);
    // Others may have the gates as well: none may be dealt out before both are there.
    await until("both are there", async () => (await client.workers()).length === 2);
    const go = join(folder, "go");
    // Values that only the one that leaves has, though others may have them.
    const gates = ["w1", "leaving"].map((name) =>
      client.submit(untilFile, effects.path, go, {
        key: `gate-${name}`,
        workers: [name],
        allowOtherWorkers: true,
      }),
    );
    await until("both are busy", () => effects.starts().length === 2, { story: () => leaving.text });
    writeFileSync(go, "");
    await client.gather(gates);
    const blocks = Array.from({ length: 10 }, (_, i) =>
      client.submit(block, effects.path, 1, 50_000, i, {
        key: `b${i}`,
        workers: ["leaving"],
        allowOtherWorkers: true,
      }),
    );
    await Promise.all(blocks.map((each) => each.settled()));
    const held = async (name: string): Promise<number> =>
      Number((await client.workers()).find((each) => each.name === name)?.["valueBytes"] ?? 0);
    await until("it is known what they hold", async () => (await held("leaving")) >= 500_000);

    const end = join(folder, "end");
    const running = client.submit(untilFile, effects.path, end, {
      ...{ key: "running", workers: ["leaving"], allowOtherWorkers: true },
    });
    await until("it runs", () => effects.starts("running").length === 1);
    const queued = Array.from({ length: 40 }, (_, i) =>
      client.submit(step, effects.path, 10, i, { key: `q${i}` }),
    );
    leaving.signal("SIGTERM");
    await leaving.said("drains: takes nothing new");
    expect(await client.gather(queued)).to.deep.equal(queued.map((_, i) => i));
    expect(running.status).to.equal("pending");
    writeFileSync(end, "");
    expect(await running).to.equal(1);
    expect(await leaving.ended, leaving.text).to.equal(0);
    expect(isAlive(pid)).to.equal(false);

    expect((await client.workers()).map(({ name }) => name)).to.deep.equal(["w1"]);
    const sums = blocks.map((each, i) => client.submit(firstOf, effects.path, 1, each, { key: `f${i}` }));
    expect(await client.gather(sums)).to.deep.equal(sums.map((_, i) => i));
    once(
      effects,
      [...gates, ...blocks, running, ...queued, ...sums].map(({ key }) => key),
    );
    expect(scheduler.lines("worker.lost").map(({ worker, why }) => [worker, why])).to.deep.equal([
      ["leaving", "bye"],
    ]);
  },
);

onEachBroker(
  "A second signal ends a worker at once, and one whose supervisor is killed ends by itself",
  300_000,
  async ({ url }) => {
    await using stage = new Stage(url);
    const { effects } = stage;
    const never = join(stage.folder, "never");
    await stage.scheduler();
    const [hasty, orphan] = await Promise.all([stage.worker("hasty"), stage.worker("orphan")]);
    await using client = await Client.connect(url);
    const [{ pid: hastyPid }, { pid: orphanPid }] = [await hasty.said("runs"), await orphan.said("runs")];
    // Futures that nobody holds are let go of, and their tasks with them.
    const held = ["hasty", "orphan"].map((name) =>
      client.submit(untilFile, effects.path, never, { key: name, workers: [name] }),
    );
    await until("both are at work", () => effects.starts().length === 2);

    hasty.signal("SIGTERM");
    await hasty.said("drains: takes nothing new");
    expect(isAlive(hastyPid)).to.equal(true);
    hasty.signal("SIGTERM");
    expect(await hasty.ended, hasty.text).to.equal(0);
    expect(hasty.lines("stops at once")).to.have.lengthOf(1);
    expect(isAlive(hastyPid)).to.equal(false);

    orphan.signal("SIGKILL");
    await until("its worker has ended", () => !isAlive(orphanPid), { story: () => orphan.text });
    for (const each of held) each.release();
  },
);

onEachBroker(
  "A scheduler that is killed and started again is told what there is: what a living worker has done is not done again",
  300_000,
  async ({ url }) => {
    await using stage = new Stage(url);
    const { effects } = stage;
    const first = await stage.scheduler();
    for (const each of await Promise.all([stage.worker("w1"), stage.worker("w2")])) await each.said("runs");
    await using client = await Client.connect(url);
    const story = { story: () => stage.story(), deadlineMs: 30_000 };
    const scattered = await client.scatter(new Uint8Array(20_000).fill(9));
    // Values that are held, values that came with the message, and values that come of both.
    const pairs = Array.from({ length: 300 }, (_, i) => {
      const held = client.submit(block, effects.path, 20, 20_000, i % 251, { key: `a${i}` });
      return [held, client.submit(firstOf, effects.path, 20, held, { key: `b${i}` })] as const;
    });
    const plain = Array.from({ length: 100 }, (_, i) =>
      client.submit(step, effects.path, 20, i, { key: `c${i}` }),
    );
    await until("the job is under way", () => effects.starts().length > 100, story);
    first.signal("SIGKILL");
    await first.ended;
    const second = await stage.start("scheduler");
    const { msg } = await second.said("leads in term");
    expect(msg).to.equal("leads in term 2");
    expect(effects.starts().length, "begun before").to.be.below(700);
    expect(await client.gather(pairs.map(([, sum]) => sum))).to.deep.equal(pairs.map((_, i) => i % 251));
    expect(await client.gather(plain)).to.deep.equal(plain.map((_, i) => i));
    expect((await pairs[7]?.[0])?.[19_999]).to.equal(7);
    // Nothing can make it again, and nobody has to.
    expect((await client.gather([scattered]))[0]?.[19_999]).to.equal(9);
    expect(await client.submit(firstOf, effects.path, 1, scattered, { key: "of-scattered" })).to.equal(9);
    const starts = effects.startsByKey();
    const times = (futures: readonly { readonly key: string }[]): readonly number[] =>
      futures.map(({ key }) => starts.get(key) ?? 0);
    // What workers held or were making.
    expect(new Set(times(pairs.map(([held]) => held)))).to.deep.equal(new Set([1]));
    // Small results are with the scheduler and the client alone: those that went with it are computed again.
    for (const each of times([...pairs.map(([, sum]) => sum), ...plain])) expect(each).to.be.within(1, 2);
    expect(second.lines("worker.lost")).to.deep.equal([]);
    expect((await client.workers()).map(({ name }) => name)).to.have.members(["w1", "w2"]);

    const third = await stage.start("scheduler");
    expect(await third.ended, third.text).to.equal(2);
    expect(third.text).to.match(/^skein: A scheduler \(.+\) leads the cluster "default" on .+ already\. /m);
    second.signal("SIGTERM");
    expect(await second.ended, second.text).to.equal(0);
  },
);

describe("A process that cannot go on", function () {
  this.timeout(60_000);

  it("is started again after ever longer waits, and at last given up, which is said", async () => {
    const { url } = await sharedNats();
    await using stage = new Stage(url);
    const deadly = join(stage.folder, "deadly.mjs");
    writeFileSync(deadly, `process.kill(process.pid, "SIGKILL"); await new Promise(() => undefined);`);
    const worker = await stage.start(
      "worker",
      "--name",
      "w",
      "--cluster",
      "deadly",
      "--tasks",
      deadly,
      "--threads",
      "1",
    );
    expect(await worker.ended, worker.text).to.equal(1);
    const waits = worker.lines("the process is started again").map(({ restartInMs }) => Number(restartInMs));
    expect(waits).to.have.lengthOf(5);
    expect(waits).to.deep.equal(waits.toSorted((a, b) => a - b));
    expect(waits.at(-1)).to.be.at.least(10 * (waits[0] ?? Infinity));
    expect(worker.text).to.match(/died|ended with SIGKILL/);
    expect(worker.log.at(-1)?.msg).to.include("skein: ");
  });

  for (const [kind, shared] of [
    ["NATS", sharedNats],
    ["RabbitMQ", sharedRabbit],
  ] as const) {
    it(`or has no ${kind} to go to, ends with 2 and says where it has looked`, async () => {
      const { protocol } = new URL((await shared()).url);
      const nowhere = `${protocol}//127.0.0.1:${await freePort()}`;
      for (const role of ["worker", "scheduler", "cluster"]) {
        await using child = await SkeinChild.start([role, "--bus", nowhere, "--connect-timeout", "500"]);
        expect(await child.ended, child.text).to.equal(2);
        // Once, and nothing of a process that would be started again.
        expect(child.text).to.match(/^skein: [^\n]+$/);
        expect(child.text).to.include(nowhere).and.include("500 ms");
      }
    });
  }

  it("is a worker without a scheduler: it leaves when it is told to, before one is there and after one is gone", async () => {
    const { url } = await sharedNats();
    await using stage = new Stage(url);
    const name = ["--cluster", `lonely-${process.pid}`, "--threads", "1"];
    const early = await stage.start("worker", "--name", "early", ...name);
    await early.said("runs");
    early.signal("SIGTERM");
    expect(await early.ended, early.text).to.equal(0);
    const scheduler = await stage.start("scheduler", ...name.slice(0, 2));
    await scheduler.said("leads in term");
    const late = await stage.start("worker", "--name", "late", ...name);
    await late.said("runs");
    await scheduler.said("worker.joined");
    scheduler.signal("SIGKILL");
    await scheduler.ended;
    late.signal("SIGTERM");
    expect(await late.ended, late.text).to.equal(0);
  });

  it("is a scheduler that gets messages it cannot read: its log names them", async () => {
    const { url } = await sharedNats();
    await using stage = new Stage(url);
    const space = { prefix: "skein", cluster: `garbage-${process.pid}` };
    const scheduler = await stage.start("scheduler", "--cluster", space.cluster);
    await scheduler.said("leads in term");
    const worker = await stage.start("worker", "--cluster", space.cluster, "--threads", "1");
    const { scheduler: peer } = await worker.said("has a scheduler");
    const transport = await connectBus({ url, name: "a stranger" }, space, "client");
    const mailbox = await transport.mailbox(mailboxName(space, "client:stranger:1"), {
      onParcel: () => undefined,
    });
    mailbox.send(mailboxName(space, peer as string), { head: Uint8Array.of(1, 2, 3), buffers: [] });
    const { why } = await scheduler.said("a message was refused");
    expect(why).to.equal("header");
    await transport.close();
  });

  it("says so as JSON where that is asked for", async () => {
    const nowhere = `nats://127.0.0.1:${await freePort()}`;
    for (const command of [["status"], ["story", "k"], ["doctor"], ["worker"], ["scheduler"]]) {
      await using child = await SkeinChild.start([
        ...[...command, "--json", "--bus", nowhere, "--connect-timeout", "100"],
      ]);
      expect(await child.ended, child.text).to.equal(2);
      const { error } = JSON.parse(child.text) as { error: { code: string; message: string } };
      expect(error.code).to.equal("ERR_BUS_UNREACHABLE");
      expect(error.message).to.include(nowhere);
    }
  });

  it("since it is called wrongly, ends with 2 and names the flag once", async () => {
    const calls = {
      "--bus": ["worker", "--bus", "http://127.0.0.1"],
      "--cluster": ["scheduler", "--bus", "nats://127.0.0.1", "--cluster", "a.b"],
      "--prefix": ["cluster", "--bus", "nats://127.0.0.1", "--prefix", "a b"],
      "--tls-ca": ["worker", "--bus", "amqps://127.0.0.1", "--tls-ca", "/nowhere/ca.pem"],
      "--creds": ["status", "--bus", "nats://127.0.0.1", "--creds", "/nowhere/a.creds"],
      tlsCa: ["run", taskJob, "--bus", "amqps://127.0.0.1", "--tls-ca", "/nowhere/ca.pem"],
    };
    for (const [flag, args] of Object.entries(calls)) {
      await using child = await SkeinChild.start(args);
      expect(await child.ended, child.text).to.equal(2);
      expect(child.text).to.match(new RegExp(`^skein: ${flag}( \\(.+\\))?: [^\n]+\\. (Give|Use) [^\n]+$`));
    }
  });
});
