import { expect } from "chai";
import { join } from "node:path";
import { Client, KilledWorkerError, type TaskErredError } from "../../../src/index.js";
import { until } from "../../../src/testing/until.js";
import { BusCluster } from "../../support/bus-cluster.js";
import { EffectLog } from "../../support/effects.js";
import { rejection } from "../../support/local.js";
import { onEachBroker } from "./each-broker.js";
import { hoard, hoardOutside, poison, step } from "./tasks.js";

onEachBroker(
  "A task that kills its worker is found out among 499 good ones, none of which is tried again more than once",
  300_000,
  async ({ url }) => {
    await using cluster = await BusCluster.start({
      url,
      workers: { w1: undefined, w2: undefined, w3: undefined },
      flags: ["--threads", "2"],
    });
    await using client = await Client.connect(url);
    const effects = new EffectLog(join(cluster.folder, "effects"));
    const good = (i: number) => client.submit(step, effects.path, 40, i, { key: `s${i}` });
    const before = Array.from({ length: 100 }, (_, i) => good(i));
    const bad = client.submit(poison, effects.path, { key: "bad" });
    const after = Array.from({ length: 399 }, (_, i) => good(100 + i));
    const error = await rejection(bad);
    expect(error).to.be.instanceOf(KilledWorkerError);
    expect((error as KilledWorkerError).workers).to.have.lengthOf(4);
    expect(await client.gather([...before, ...after])).to.deep.equal(
      Array.from({ length: 499 }, (_, i) => i),
    );
    const starts = effects.startsByKey();
    expect(starts.get("bad")).to.be.at.least(4);
    starts.delete("bad");
    expect(starts.size).to.equal(499);
    expect([...starts].filter(([, times]) => times > 2)).to.deep.equal([]);
    await until("all deaths are in the log", () => cluster.lost.length >= 4);
  },
);

onEachBroker(
  "A task that eats its thread's memory fails by its own budget, and its neighbours do not notice",
  300_000,
  async ({ url }) => {
    const flags = ["--threads", "2", "--memory-limit", "600MB"];
    await using cluster = await BusCluster.start({ url, workers: { w1: undefined }, flags });
    await using client = await Client.connect(url);
    const effects = new EffectLog(join(cluster.folder, "effects"));
    const greedy = client.submit(hoard, effects.path, { key: "hoard" });
    const neighbours = Array.from({ length: 200 }, (_, i) =>
      client.submit(step, effects.path, 20, i, { key: `s${i}` }),
    );
    const error = (await rejection(greedy)) as TaskErredError;
    expect(error.message).to.match(/memory|heap/);
    expect(await client.gather(neighbours)).to.deep.equal(neighbours.map((_, i) => i));
    const starts = effects.startsByKey();
    expect(starts.get("hoard")).to.equal(4);
    starts.delete("hoard");
    expect([...starts.values()].filter((times) => times > 1)).to.deep.equal([]);
    expect(cluster.lost).to.deep.equal([]);
    expect(cluster.lives()).to.have.lengthOf(1);
  },
);

onEachBroker(
  "A task that eats memory outside of its thread's heap ends its worker before the machine does, and is found out",
  300_000,
  async ({ url }) => {
    const flags = ["--threads", "2", "--memory-limit", "600MB"];
    await using cluster = await BusCluster.start({ url, workers: { w1: undefined, w2: undefined }, flags });
    await using client = await Client.connect(url);
    const effects = new EffectLog(join(cluster.folder, "effects"));
    const greedy = client.submit(hoardOutside, effects.path, { key: "hoard" });
    const neighbours = Array.from({ length: 60 }, (_, i) =>
      client.submit(step, effects.path, 20, i, { key: `s${i}` }),
    );
    const error = await rejection(greedy);
    expect(error).to.be.instanceOf(KilledWorkerError);
    expect(await client.gather(neighbours)).to.deep.equal(neighbours.map((_, i) => i));
    expect(effects.startsByKey().get("hoard")).to.equal(4);
  },
);
