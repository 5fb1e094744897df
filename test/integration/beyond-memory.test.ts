import { expect } from "chai";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, wait } from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { startNats } from "../support/brokers/nats-server.js";
import { BusCluster } from "../support/bus-cluster.js";
import { runCommand } from "../support/command.js";
import { EffectLog } from "../support/effects.js";
import { MiB, resident } from "../support/resident.js";
import { skeinCommand } from "../support/skein-process.js";
import { block, first } from "./failover/tasks.js";

const count = 150;
const nbytes = 10_000_000;
const job = fileURLToPath(new URL("./beyond-memory.fixture.ts", import.meta.url));

/** One that has just ended takes nothing. */
function residentIfAlive(pid: number): number {
  try {
    return resident(pid);
  } catch {
    return 0;
  }
}

describe("A job whose 1.5 GB of values are wanted at once", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "skein-beyond-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const valuesIn = (where: string): readonly string[] =>
    readdirSync(where, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".value"));

  it("on two workers of 400 MB in this process ends with the right result, within its memory, and leaves no file", async () => {
    const [node, ...args] = await skeinCommand();
    const { code, stdout, stderr } = await runCommand(node!, [...args, "run", job, folder], folder);
    expect(code, stderr).to.equal(0);
    const came = JSON.parse(stdout) as Readonly<Record<"spilled" | "grewBytes", number>> & { sums: number[] };
    expect(came.sums).to.deep.equal(Array.from({ length: count }, (_, i) => (i * nbytes) / 1_000));
    expect(came.spilled).to.be.at.least(count - 80);
    // What both may have, and as much again as one of them may for what is not a value, or not any more.
    expect(came.grewBytes).to.be.below(1_150 * MiB);
    expect(readdirSync(folder)).to.deep.equal([]);
  }).timeout(300_000);

  it("on two workers of 1 GB on a bus, with half a gigabyte more, ends with the right result, with both workers alive, and leaves no file", async () => {
    const broker = await startNats();
    after(() => broker.stop());
    const spill = join(folder, "spill");
    mkdirSync(spill);
    const many = count + 50;
    const flags = ["--memory-limit", "1GB", "--spill-directory", spill];
    {
      await using cluster = await BusCluster.start({
        ...{ url: broker.url, flags },
        workers: { w1: undefined, w2: undefined },
      });
      await using client = await Client.connect(broker.url);
      const effects = new EffectLog(join(cluster.folder, "effects"));
      const peak = { w1: 0, w2: 0 };
      const watch = setInterval(() => {
        for (const name of ["w1", "w2"] as const)
          peak[name] = Math.max(peak[name], residentIfAlive(cluster.worker(name).pid));
      }, 50);
      try {
        const made = Array.from({ length: many }, (_, i) =>
          client.submit(block, effects.path, 0, nbytes, i, { key: `b${i}` }),
        );
        await wait(made);
        expect(valuesIn(spill).length).to.be.at.least(many - 130);
        const firsts = made.map((each) => client.submit(first, effects.path, 0, each));
        expect(await client.gather(firsts)).to.deep.equal(made.map((_, i) => i));
        for (const each of made) each.release();
        await until("nothing is on disk", () => valuesIn(spill).length === 0, { deadlineMs: 30_000 });
      } finally {
        clearInterval(watch);
      }
      const story = `${JSON.stringify(peak)}\n${cluster.story()}`;
      expect(Math.max(peak.w1, peak.w2), story).to.be.below(1e9);
      expect(cluster.lost, story).to.deep.equal([]);
      expect(new Set(effects.startsByKey().values()), "nothing was computed twice").to.deep.equal(
        new Set([1]),
      );
    }
    expect(valuesIn(spill)).to.deep.equal([]);
  }).timeout(300_000);
});
