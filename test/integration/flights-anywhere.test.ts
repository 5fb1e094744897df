/** The main job, unchanged, wherever it is computed: the figures are the same to the byte. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { sharedNats } from "../support/brokers/nats-server.js";
import { sharedRabbit } from "../support/brokers/rabbitmq-server.js";
import { runCommand } from "../support/command.js";
import { SkeinProcess } from "../support/skein-process.js";

const root = resolve(import.meta.dirname, "../..");
const skein = join(root, "dist/cli/main.js");
const flights = join(root, "examples/flights.ts");
const cluster = `flights-${process.pid}`;

/** Computes the job on this process's threads and on what is on the bus; prints who took part. */
const hybrid = `
  import { LocalCluster, setScheduler } from "skein";
  await using cluster = await LocalCluster.start({ workers: 1, bus: process.env.SKEIN_BUS, cluster: "${cluster}-hybrid" });
  await using client = await cluster.connect();
  while ((await client.workers()).length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  const at = new Set();
  (async () => { for await (const { data } of client.events("task.assigned")) at.add(data.worker); })();
  setScheduler(client);
  await import(${JSON.stringify(pathToFileURL(flights).href)});
  console.log("at work: " + [...at].sort());
`;

describe("The main job, unchanged", function () {
  this.timeout(120_000);
  let folder = "";
  let expected: Buffer;
  const processes: SkeinProcess[] = [];

  /** Runs a script in a folder of its own. Gives what it printed, and the figures. */
  async function run(
    name: string,
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<readonly [stdout: string, figures: Buffer]> {
    const own = join(folder, name);
    mkdirSync(own);
    const { code, stdout, stderr } = await runCommand(process.execPath, [skein, "run", ...args], own, env);
    expect(code, stderr).to.equal(0);
    return [stdout, readFileSync(join(own, "out/flights.json"))];
  }

  async function start(role: string, isReady: (msgs: readonly string[]) => boolean, ...args: string[]) {
    const log = join(folder, `${processes.length}.log`);
    processes.push(
      await SkeinProcess.start([role, "--allow-inline", ...args], log, (lines) =>
        isReady(lines.map(({ msg }) => msg)),
      ),
    );
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "skein-flights-"));
    [, expected] = await run("sync", [flights, "--scheduler", "sync"]);
    expect(expected.length).to.be.above(1_000);
  });
  afterEach(async () => {
    for (const each of processes.splice(0)) await each.kill();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("gives on threads what it gives in one thread", async () => {
    const [, figures] = await run("threads", [flights, "--scheduler", "threads", "--workers", "2"]);
    expect(figures.equals(expected)).to.equal(true);
  });

  for (const [kind, shared] of [
    ["NATS", sharedNats],
    ["RabbitMQ", sharedRabbit],
  ] as const) {
    it(`gives the same on processes on ${kind}`, async () => {
      const place = ["--bus", (await shared()).url, "--cluster", cluster];
      const joined = (msgs: readonly string[]): boolean =>
        msgs.filter((msg) => msg === "worker.joined").length === 2;
      await start("cluster", joined, ...place, "--workers", "2");
      const [, figures] = await run(kind, [flights, ...place]);
      expect(figures.equals(expected)).to.equal(true);
    });

    it(`gives the same on threads here and a worker on ${kind} together`, async () => {
      const { url } = await shared();
      const runs = (msgs: readonly string[]): boolean => msgs.includes("runs");
      const place = ["--bus", url, "--cluster", `${cluster}-hybrid`];
      await start("worker", runs, ...place, "--name", "away", "--threads", "1");
      const script = join(folder, `hybrid-${kind}.ts`);
      writeFileSync(script, hybrid);
      const [stdout, figures] = await run(`hybrid-${kind}-out`, [script], { SKEIN_BUS: url });
      expect(figures.equals(expected)).to.equal(true);
      expect(stdout).to.match(/^at work: away,home1$/m);
    });
  }
});
