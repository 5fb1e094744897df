import { expect } from "chai";
import { join } from "node:path";
import { setTimeout as lasting } from "node:timers/promises";
import { Client } from "../../../src/index.js";
import { until } from "../../../src/testing/until.js";
import { BusCluster } from "../../support/bus-cluster.js";
import { EffectLog } from "../../support/effects.js";
import { onEachBroker } from "./each-broker.js";
import { step } from "./tasks.js";

const count = 500;

onEachBroker(
  "A worker that stood still for 20 seconds starts none of the tasks that were given away, and works again",
  300_000,
  async ({ url }) => {
    await using cluster = await BusCluster.start({ url, workers: { w1: undefined, w2: undefined } });
    await using client = await Client.connect(url);
    const effects = new EffectLog(join(cluster.folder, "effects"));
    const futures = Array.from({ length: count }, (_, i) =>
      client.submit(step, effects.path, 50, i, { key: `s${i}` }),
    );
    const story = { story: () => cluster.story(), deadlineMs: 30_000 };
    const { pid } = cluster.worker("w1");
    const isBusy = async (): Promise<boolean> => {
      const w1 = (await client.workers()).find(({ name }) => name === "w1");
      return effects.running(pid).length > 0 && (w1?.processing ?? 0) > 1;
    };
    await until("w1 runs a task and has others queued", isBusy, story);
    const stopped = cluster.stop("w1");
    const running = effects.running(pid).map(({ fence }) => fence);
    const startedBefore = effects.starts().filter((each) => each.pid === pid).length;
    await lasting(20_000);
    expect(cluster.lost).to.deep.equal([{ worker: "w1", why: "silent" }]);
    cluster.continue(stopped);

    expect(await client.gather(futures)).to.deep.equal(futures.map((_, i) => i));
    const next = await cluster.again(stopped);
    expect(next.pid, "it begins anew in the same process").to.equal(pid);
    const ended = await client.submit(step, effects.path, 1, 7, { key: "after", workers: ["w1"] });
    expect(ended).to.equal(7);
    expect(cluster.lost).to.have.lengthOf(1);

    const starts = effects.starts();
    expect(starts.filter((each) => each.pid === pid).length, "it has worked again").to.be.above(
      startedBefore,
    );
    expect(new Set(starts.map(({ fence }) => fence)).size, "no run begins twice").to.equal(starts.length);
    // Of what was given away, only what it was running already has begun twice.
    const again = [...effects.startsByKey()].filter(([, times]) => times > 1).map(([key]) => key);
    const wasRunning = starts.filter(({ fence }) => running.includes(fence)).map(({ key }) => key);
    expect(wasRunning).to.include.members(again);
    expect(
      effects
        .taken()
        .map(({ key }) => key)
        .toSorted(),
    ).to.deep.equal(["after", ...futures.map((_, i) => `s${i}`)].toSorted());
  },
);
