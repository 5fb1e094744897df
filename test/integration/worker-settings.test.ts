/** Workers that are told what they are by a configuration file and by variables, as by flags. */

import { expect } from "chai";
import { Client } from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { sharedNats } from "../support/brokers/nats-server.js";
import { Scratch, type Running } from "../support/cli.js";
import { rejection } from "../support/local.js";
import { parseLogLine, SkeinProcess, type LogLine } from "../support/skein-process.js";

const cluster = `settings-${process.pid}`;
const tasks = `import { defineTask } from "skein"; export const t = defineTask(import.meta.url, "t", (x) => x);`;

describe("A worker's settings", function () {
  this.timeout(90_000);
  let scratch: Scratch;
  let scheduler: SkeinProcess;
  let url: string;

  before(async () => {
    ({ url } = await sharedNats());
    scratch = await Scratch.with({
      "tasks.mjs": tasks,
      "skein.config.json": JSON.stringify({
        ...{ bus: url, cluster, tasks: "tasks.mjs", threads: 1, concurrency: 3, memoryLimit: "300MB" },
        ...{ resources: "gpu=2", name: "from-file", allowInline: true, dataPort: 0, cancelGraceMs: 50 },
      }),
    });
    scheduler = await SkeinProcess.start(
      ["scheduler", "--bus", url, "--cluster", cluster],
      scratch.path("scheduler.log"),
      (log) => log.some(({ msg }) => msg.startsWith("leads")),
    );
  });
  after(async () => {
    await scheduler.kill();
    await scratch.remove();
  });

  /** Its log up to when it runs. */
  async function running({ child }: Running): Promise<LogLine[]> {
    const log: LogLine[] = [];
    child.stderr.on("data", (chunk: Buffer) =>
      log.push(...chunk.toString().trim().split("\n").map(parseLogLine)),
    );
    await until("it runs", () => log.some(({ msg }) => msg === "runs"), {
      ...{ deadlineMs: 30_000, story: () => JSON.stringify(log) },
    });
    return log;
  }

  it("come from the nearest configuration file, and what its variables say wins: no is no", async () => {
    const worker = scratch.start(["worker"], {
      ...{ SKEIN_NAME: "from-variable", SKEIN_ALLOW_INLINE: "false", SKEIN_TLS_INSECURE: "0" },
    });
    try {
      const log = await running(worker);
      const runs = log.find(({ msg }) => msg === "runs");
      expect(runs?.name).to.equal("worker from-variable");
      expect(runs?.["threads"]).to.equal(1);
      expect(String(runs?.["tasks"])).to.match(/^file:.*tasks\.mjs$/);
      expect(log.some(({ msg }) => msg === "hands out values by TCP, too")).to.equal(true);
      await using client = await Client.connect({ bus: url, cluster });
      await until("it has registered", async () => (await client.workers()).length === 1);
      const [info] = await client.workers();
      expect(info?.["memoryLimitBytes"]).to.equal(300e6);
      const refused = await rejection(client.submit((x: number) => x, 1, { resources: { gpu: 2 } }).result());
      expect((refused.cause as { code?: string }).code).to.equal("ERR_INLINE_REFUSED");
    } finally {
      worker.child.kill("SIGTERM");
      await worker.ended;
    }
  });

  it("are refused by name when they make no sense", async () => {
    const outcome = await scratch.run(["worker"], { env: { SKEIN_THREADS: "many" } });
    expect([outcome.code, outcome.stderr]).to.deep.equal([
      2,
      'skein: threads (SKEIN_THREADS): got "many". Give a whole number from 0 to 1024.\n',
    ]);
  });
});
