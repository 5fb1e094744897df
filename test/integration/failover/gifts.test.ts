import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, wait } from "../../../src/index.js";
import { until } from "../../../src/testing/until.js";
import { Proxy } from "../../support/brokers/proxy.js";
import { BusCluster } from "../../support/bus-cluster.js";
import { EffectLog } from "../../support/effects.js";
import { onEachBroker } from "./each-broker.js";
import { block, untilFile } from "./tasks.js";

const blocks = 6;
const size = 200_000;

onEachBroker(
  "Workers that were given up bring back what they had finished, also what they finish unheard; one that was to leave leaves",
  300_000,
  async ({ url, port }) => {
    const line = await Proxy.start({ port });
    const behind = new URL(url);
    behind.port = String(line.port);
    try {
      await using cluster = await BusCluster.start({
        url,
        workers: { still: undefined, cut: behind.href, leaving: undefined, other: undefined },
      });
      await using client = await Client.connect(url);
      const effects = new EffectLog(join(cluster.folder, "effects"));
      const story = { story: () => cluster.story(), deadlineMs: 40_000 };
      // Nobody else may make them, so that they are still wanted, and nowhere, when their worker is back.
      const pure = Array.from({ length: blocks }, (_, i) =>
        client.submit(block, effects.path, 1, size, i, { key: `pure-${i}`, pure: true, workers: ["still"] }),
      );
      const impure = client.submit(block, effects.path, 1, size, 99, { key: "impure", workers: ["still"] });
      const scattered = await client.scatter(new Uint8Array(size).fill(7), { workers: ["still"] });
      await wait([...pure, impure]);
      const file = join(cluster.folder, "go on");
      const ending = client.submit(untilFile, effects.path, file, {
        ...{ key: "ends-unheard", pure: true, workers: ["cut"] },
      });
      const never = join(cluster.folder, "never");
      const endless = client.submit(untilFile, effects.path, never, { key: "endless", workers: ["leaving"] });
      const began = (): boolean =>
        ["ends-unheard", "endless"].every((key) => effects.starts(key).length === 1);
      await until("the tasks that take longer have begun", began, story);

      const { pid } = cluster.worker("leaving");
      process.kill(pid, "SIGTERM");
      const drains = (): boolean =>
        cluster.log.some((line) => line.pid === pid && line.msg.startsWith("drains"));
      await until("one is about to leave", drains, story);
      const leaving = cluster.stop("leaving");
      const stopped = cluster.stop("still");
      const cutOff = cluster.worker("cut");
      line.pause("toServer");
      line.pause("toClient");
      await until("all three are given up", () => cluster.lost.length === 3, story);
      writeFileSync(file, "");
      const ended = (): boolean =>
        effects.all.some(({ what, key }) => what === "end" && key === "ends-unheard");
      await until("the worker that is cut off has finished", ended, story);
      cluster.continue(stopped);
      cluster.continue(leaving);
      line.heal();
      await cluster.again(stopped);
      await cluster.again(cutOff);
      const hasLeft = (): boolean => cluster.lines("stops").some((each) => each.pid === pid);
      await until("the one that was about to leave has left", hasLeft, story);
      endless.release();

      const values = await client.gather(pure);
      expect(values.map((value) => [value.length, value[0], value[size - 1]])).to.deep.equal(
        pure.map((_, i) => [size, i, i]),
      );
      expect(await ending).to.equal(1);
      expect((await client.gather([scattered]))[0]).to.deep.equal(new Uint8Array(size).fill(7));
      expect((await impure)[0]).to.equal(99);
      const starts = effects.startsByKey();
      expect(
        [...starts].filter(([, times]) => times > 1),
        "of all that was done, only what may not be offered is done again",
      ).to.deep.equal([["impure", 2]]);
      expect(starts.size).to.equal(blocks + 3);
      const gifts = cluster
        .lines("worker.gifts")
        .map(({ worker, offered, taken }) => [worker, offered, taken]);
      expect(gifts).to.have.deep.members([
        ["still", blocks + 2, blocks + 1],
        ["cut", 1, 1],
      ]);
    } finally {
      await line.close();
    }
  },
);
