import { expect } from "chai";
import { join } from "node:path";
import { setTimeout as lasting } from "node:timers/promises";
import { Client } from "../../../src/index.js";
import { until } from "../../../src/testing/until.js";
import { startRabbit } from "../../support/brokers/rabbitmq-server.js";
import { BusCluster } from "../../support/bus-cluster.js";
import { EffectLog } from "../../support/effects.js";
import { onEachBroker } from "./each-broker.js";
import { step } from "./tasks.js";

const count = 2_000;
const workers = { w1: undefined, w2: undefined };

onEachBroker(
  "A broker that dies and comes back in the middle of a job costs time and nothing else",
  300_000,
  async (broker) => {
    await using cluster = await BusCluster.start({ url: broker.url, workers });
    await using client = await Client.connect(broker.url);
    const effects = new EffectLog(join(cluster.folder, "effects"));
    const settled = new Map<string, number>();
    const futures = Array.from({ length: count }, (_, i) => {
      const future = client.submit(step, effects.path, 20, i, { key: `s${i}` });
      void future.settled().then(() => settled.set(future.key, (settled.get(future.key) ?? 0) + 1));
      return future;
    });
    for (let time = 1; time <= (broker.kind === "NATS" ? 3 : 2); time++) {
      const before = effects.starts().length;
      await until(`work goes on before outage ${time}`, () => effects.starts().length > before + 50, {
        deadlineMs: 30_000,
        story: () => cluster.story(),
      });
      await broker.kill();
      await lasting(5_000);
      await broker.start();
    }
    expect(settled.size, "settled before the last outage").to.be.below(count);
    expect(await client.gather(futures)).to.deep.equal(futures.map((_, i) => i));
    expect(settled.size).to.equal(count);
    expect(new Set(settled.values())).to.deep.equal(new Set([1]));
    expect(effects.starts().length, "tasks begun").to.equal(count);
    expect(cluster.lost).to.deep.equal([]);
    expect(cluster.lives(), "lives of workers").to.have.lengthOf(2);
    expect(cluster.log.filter(({ msg }) => msg.startsWith("leads in term"))).to.have.lengthOf(1);
  },
);

describe("A memory alarm of RabbitMQ", () => {
  it("holds everybody up for as long as it lasts; nobody is taken for dead, and work goes on at once", async () => {
    const rabbit = await startRabbit();
    try {
      await using cluster = await BusCluster.start({ url: rabbit.url, workers });
      await using client = await Client.connect(rabbit.url);
      const effects = new EffectLog(join(cluster.folder, "effects"));
      const futures = Array.from({ length: 1_000 }, (_, i) =>
        client.submit(step, effects.path, 20, i, { key: `s${i}` }),
      );
      const story = { story: () => cluster.story(), deadlineMs: 30_000 };
      await until("work is under way", () => effects.starts().length > 50, story);
      await rabbit.setMemoryAlarm();
      await lasting(20_000);
      const before = effects.starts().length;
      expect(before, "begun while the broker takes nothing").to.be.below(1_000);
      const unblocked = cluster.lines("the bus is there").length;
      await rabbit.clearMemoryAlarm();
      await until("the alarm is over", () => cluster.lines("the bus is there").length > unblocked, story);
      await until("work goes on", () => effects.starts().length > before, { ...story, deadlineMs: 2_000 });
      expect(await client.gather(futures)).to.deep.equal(futures.map((_, i) => i));
      expect(effects.starts().length).to.equal(1_000);
      expect(cluster.lost).to.deep.equal([]);
      expect(cluster.lives()).to.have.lengthOf(2);
    } finally {
      await rabbit.stop();
    }
  }).timeout(180_000);
});
