import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CancelledError, Client, wait } from "../../../src/index.js";
import { until } from "../../../src/testing/until.js";
import { BusCluster } from "../../support/bus-cluster.js";
import { EffectLog } from "../../support/effects.js";
import { rejection } from "../../support/local.js";
import { MiB, resident } from "../../support/resident.js";
import { onEachBroker } from "./each-broker.js";
import { block, step, untilFile } from "./tasks.js";

const job = fileURLToPath(new URL("./leaving-client.fixture.ts", import.meta.url));

/** What each worker takes of the machine's memory. */
function residentOf(cluster: BusCluster): Readonly<Record<"w1" | "w2", number>> {
  const of = (name: string): number => resident(cluster.worker(name).pid);
  return { w1: of("w1"), w2: of("w2") };
}

/** What the scheduler counts, and the values that workers hold. */
async function countsOf(client: Client): Promise<{ readonly tasks: number; readonly valueBytes: number }> {
  const { tasks } = (await client.query({ type: "stats" })) as { tasks: number };
  const workers = await client.workers();
  return { tasks, valueBytes: workers.reduce((sum, each) => sum + Number(each["valueBytes"]), 0) };
}

onEachBroker(
  "What a client wanted that was killed with 1,000 unfinished tasks is released within 35 seconds, and its memory with it",
  300_000,
  async ({ url }) => {
    await using cluster = await BusCluster.start({ url, workers: { w1: undefined, w2: undefined } });
    await using client = await Client.connect(url);
    const effects = new EffectLog(join(cluster.folder, "effects"));
    // Both workers have loaded what they run.
    const loading = ["w1", "w2"].flatMap((name) => [
      client.submit(step, effects.path, 1, 1, { workers: [name] }),
      client.submit(block, effects.path, 1, 1_000_000, 1, { workers: [name] }),
    ]);
    await wait(loading);
    for (const each of loading) each.release();
    await until("nothing is left of that", async () => (await countsOf(client)).tasks === 0);
    const before = residentOf(cluster);

    const never = join(cluster.folder, "never");
    const leaving = await cluster.run(
      ["run", job, url, effects.path, never],
      ({ msg }) => msg === "it wants a lot",
    );
    const story = { story: () => cluster.story() };
    const { tasks, valueBytes } = await countsOf(client);
    expect(tasks).to.equal(1_300);
    expect(valueBytes).to.be.at.least(300 * 1_000_000);
    const peak = residentOf(cluster);
    for (const name of ["w1", "w2"] as const)
      expect(peak[name] - before[name], `what ${name} has taken`).to.be.above(100 * MiB);
    await leaving.kill();
    const nothing = async (): Promise<boolean> => {
      const counts = await countsOf(client);
      return counts.tasks === 0 && counts.valueBytes === 0;
    };
    await until("all is released", nothing, { ...story, deadlineMs: 35_000 });
    const isBack = (name: string): boolean => {
      return resident(cluster.worker(name).pid) <= 1.25 * before[name as "w1"] + 16 * MiB;
    };
    await until("the workers' memory is back to where it was", () => ["w1", "w2"].every(isBack), {
      story: () => `${JSON.stringify({ before, peak, now: residentOf(cluster) })}\n${cluster.story()}`,
      deadlineMs: 30_000,
    });
    expect(effects.starts().filter(({ key }) => key.startsWith("open")).length, "begun of them").to.be.below(
      1_000,
    );
    // What ran for it alone was stopped: both workers have room.
    const after = ["w1", "w2"].map((name) => client.submit(step, effects.path, 1, 2, { workers: [name] }));
    expect(await client.gather(after)).to.deep.equal([2, 2]);
    expect(cluster.lost).to.deep.equal([]);
  },
);

onEachBroker(
  "Of two clients that want the same, one may leave: what the other wants is computed once, the rest is let go of",
  300_000,
  async ({ url }) => {
    await using cluster = await BusCluster.start({ url, workers: { w1: undefined, w2: undefined } });
    await using staying = await Client.connect(url);
    await using leaving = await Client.connect(url);
    const effects = new EffectLog(join(cluster.folder, "effects"));
    const go = join(cluster.folder, "go");
    const submitTo = (client: Client) => {
      const held = client.submit(block, effects.path, 1, 100_000, 3, { key: "held" });
      const gates = ["w1", "w2"].map((name) =>
        client.submit(untilFile, effects.path, go, { key: `gate-${name}`, workers: [name] }),
      );
      const rest = Array.from({ length: 100 }, (_, i) =>
        client.submit(step, effects.path, 1, i, ...gates, { key: `s${i}` }),
      );
      return { held, gates, rest };
    };
    const theirs = submitTo(leaving);
    const alone = Array.from({ length: 100 }, (_, i) =>
      leaving.submit(step, effects.path, 1, i, ...theirs.gates, { key: `alone${i}` }),
    );
    await theirs.held;
    const ours = submitTo(staying);
    expect((await ours.held)[99_999]).to.equal(3);
    await until("both gates are waited at", () => effects.starts().length === 3);
    const both = await countsOf(staying);
    expect(both.tasks).to.equal(203);
    expect(both.valueBytes, "one value").to.be.within(100_000, 110_000);
    await leaving.close();
    await until("what only it wanted is gone", async () => (await countsOf(staying)).tasks === 103);
    for (const each of alone) expect(await rejection(each)).to.be.instanceOf(CancelledError);
    writeFileSync(go, "");
    expect(await staying.gather(ours.rest)).to.deep.equal(ours.rest.map((_, i) => i));
    expect((await ours.held)[0]).to.equal(3);
    const starts = effects.startsByKey();
    expect(starts.size).to.equal(103);
    expect(new Set(starts.values())).to.deep.equal(new Set([1]));
    expect([...starts.keys()].filter((key) => key.startsWith("alone"))).to.deep.equal([]);

    for (const each of [ours.held, ...ours.gates, ...ours.rest]) each.release();
    await until("nothing is left", async () => {
      const { tasks, valueBytes } = await countsOf(staying);
      return tasks === 0 && valueBytes === 0;
    });
  },
);
