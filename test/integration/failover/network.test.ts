import { expect } from "chai";
import { join } from "node:path";
import { setTimeout as lasting } from "node:timers/promises";
import { Client } from "../../../src/index.js";
import { until } from "../../../src/testing/until.js";
import { Proxy } from "../../support/brokers/proxy.js";
import { BusCluster } from "../../support/bus-cluster.js";
import { EffectLog } from "../../support/effects.js";
import { onEachBroker } from "./each-broker.js";
import { block, step } from "./tasks.js";

function through({ port }: Proxy, url: string): string {
  const seen = new URL(url);
  seen.port = String(port);
  return seen.href;
}

onEachBroker(
  "Workers that the bus does not hear, or that do not hear it, for 12 seconds find back, and begin nothing that was given away",
  300_000,
  async ({ url, port }) => {
    const mute = await Proxy.start({ port });
    const deaf = await Proxy.start({ port });
    try {
      await using cluster = await BusCluster.start({
        url,
        workers: { w1: undefined, mute: through(mute, url), deaf: through(deaf, url) },
      });
      await using client = await Client.connect(url);
      const effects = new EffectLog(join(cluster.folder, "effects"));
      const count = 900;
      const futures = Array.from({ length: count }, (_, i) =>
        client.submit(step, effects.path, 30, i, { key: `s${i}` }),
      );
      const story = { story: () => cluster.story(), deadlineMs: 30_000 };
      const areAllAtWork = (): boolean =>
        ["w1", "mute", "deaf"].every((name) => effects.running(cluster.worker(name).pid).length > 0);
      await until("all are at work", areAllAtWork, story);
      mute.pause("toServer");
      deaf.pause("toClient");
      await lasting(12_000);
      mute.heal();
      deaf.heal();
      expect(await client.gather(futures)).to.deep.equal(futures.map((_, i) => i));
      const names = ["mute", "deaf"];
      const after = names.map((name) =>
        client.submit(step, effects.path, 1, 1, { key: `after-${name}`, workers: [name] }),
      );
      expect(await client.gather(after)).to.deep.equal([1, 1]);

      const starts = effects.starts();
      expect(new Set(starts.map(({ fence }) => fence)).size, "no run begins twice").to.equal(starts.length);
      expect(effects.startsByKey().size).to.equal(count + names.length);
      // Only what one of the two had begun is done again, and never the older run after the newer one.
      const cutOff = names.flatMap((name) => cluster.lives(name).map(({ pid }) => pid));
      const newest = new Map<string, number>();
      for (const { key, fence } of starts) {
        expect(fence, `the run of ${key} that begins`).to.be.above(newest.get(key) ?? 0);
        newest.set(key, fence);
      }
      for (const [key, times] of effects.startsByKey())
        if (times > 1) expect(cutOff, key).to.include(effects.starts(key)[0]?.pid);
      expect(cluster.lost.map(({ worker }) => worker)).to.not.include("w1");
    } finally {
      await mute.close();
      await deaf.close();
    }
  },
);

onEachBroker(
  "A worker behind a line of 1 MB/s whose delay changes between 0 and 200 ms is slow and never taken for dead",
  300_000,
  async ({ url, port }) => {
    const line = await Proxy.start({ port });
    const changing = setInterval(() => line.delay(Math.random() * 200), 50);
    try {
      line.throttle(1_000_000);
      await using cluster = await BusCluster.start({
        url,
        workers: { far: through(line, url), near: undefined },
      });
      await using client = await Client.connect(url);
      const effects = new EffectLog(join(cluster.folder, "effects"));
      const blocks = Array.from({ length: 40 }, (_, i) =>
        client.submit(block, effects.path, 5, 200_000, i, { key: `a${i}`, workers: ["far"] }),
      );
      const small = Array.from({ length: 200 }, (_, i) =>
        client.submit(step, effects.path, 5, i, { key: `s${i}` }),
      );
      const values = await client.gather(blocks);
      expect(values.map(({ length }) => length)).to.deep.equal(blocks.map(() => 200_000));
      expect(values.map((value) => value[199_999])).to.deep.equal(blocks.map((_, i) => i));
      expect(await client.gather(small)).to.deep.equal(small.map((_, i) => i));
      expect(effects.starts().length).to.equal(240);
      expect(cluster.lost).to.deep.equal([]);
      expect(cluster.lives()).to.have.lengthOf(2);
    } finally {
      clearInterval(changing);
      await line.close();
    }
  },
);
