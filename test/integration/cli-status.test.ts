import { join } from "node:path";
import { expect } from "chai";
import { Client, type Future } from "../../src/index.js";
import { until } from "../../src/testing/until.js";
import { freePort } from "../support/brokers/free-port.js";
import { sharedNats } from "../support/brokers/nats-server.js";
import { sharedRabbit } from "../support/brokers/rabbitmq-server.js";
import { Scratch, type Outcome } from "../support/cli.js";
import { SkeinProcess } from "../support/skein-process.js";

for (const [kind, shared] of [
  ["NATS", sharedNats],
  ["RabbitMQ", sharedRabbit],
] as const) {
  describe(`What is asked of a cluster on ${kind}`, function () {
    this.timeout(90_000);
    const cluster = `status-${process.pid}`;
    let url: string;
    let scratch: Scratch;
    let running: SkeinProcess;
    let client: Client;
    let done: Future<number>;
    let stuck: Future<number>;

    const ask = (...args: string[]): Promise<Outcome> =>
      scratch.run([...args, "--bus", url, "--cluster", cluster]);

    before(async () => {
      ({ url } = await shared());
      scratch = await Scratch.with({});
      const args = ["cluster", "--bus", url, "--cluster", cluster, "--workers", "2", "--allow-inline"];
      running = await SkeinProcess.start(args, join(scratch.folder, "cluster.log"), (log) => {
        return log.filter(({ msg }) => msg === "worker.joined").length === 2;
      });
      client = await Client.connect({ bus: url, cluster });
      done = client.submit((x: number) => x + 1, 1);
      expect(await done).to.equal(2);
      stuck = client.submit((x: number) => x + 1, 2, { resources: { unobtainium: 1 } });
      await until("it is known", async () => (await client.explain(stuck.key)).includes("unobtainium"));
      await until("workers have said what they use", async () => {
        return (await client.workers()).every(({ memoryBytes }) => memoryBytes > 0);
      });
    });

    after(async () => {
      await client.close();
      await running.kill();
      await scratch.remove();
    });

    it("is its workers and its scheduler, as a table", async () => {
      const { code, stdout, stderr } = await ask("status");
      expect([code, stderr]).to.deep.equal([0, ""]);
      expect(stdout)
        .to.include(`${cluster} on ${kind === "NATS" ? "nats" : "amqp"}://`)
        .and.to.match(
          /^term \d+: 2 tasks \(1 noWorker, 1 memory\), \d clients, \d+ slots, work for \d workers?, nothing published$/m,
        )
        .and.to.match(/^worker +state +threads +processing +memory +values +round trip +loop delay$/m)
        .and.to.match(/^w1 +running +\d+ +0 +[\d.]+ MB of [\d.]+ [GM]B +/m)
        .and.to.match(/^w2 /m);
      expect(stdout).not.to.include("guest:guest");
    });

    it("is the same for programs", async () => {
      const { stdout } = await ask("status", "--json");
      const status = JSON.parse(stdout) as {
        scheduler: { tasks: number };
        workers: { name: string; state: string }[];
      };
      expect(status.scheduler.tasks).to.equal(2);
      expect(status.workers.map(({ name, state }) => `${name} ${state}`)).to.have.members([
        ...["w1 running", "w2 running"],
      ]);
    });

    it("is whether a certain worker is there", async () => {
      expect((await ask("status", "--worker", "w2")).code).to.equal(0);
      const { code, stderr } = await ask("status", "--worker", "w3");
      expect([code, stderr]).to.deep.equal([1, 'The worker "w3" is not there.\n']);
    });

    it("is the story of a task", async () => {
      const { code, stdout } = await ask("story", done.key);
      expect(code).to.equal(0);
      expect(stdout.split("\n")[0]).to.equal("+0.000 s  released --WANTED--> waiting");
      expect(stdout).to.match(/^\+0\.\d+ s {2}queued --ASSIGNED--> processing {2}run \d+\.\d+ {2}on w[12]$/m);
      const forPrograms = JSON.parse((await ask("story", done.key, "--json")).stdout) as { event: string }[];
      expect(forPrograms.map(({ event }) => event)).to.include("FINISHED");
    });

    it("is why a task does not run", async () => {
      const { code, stdout } = await ask("explain", stuck.key);
      expect(code).to.equal(0);
      expect(stdout).to.match(/^Task ".*" is ready, but no worker may run it: .*unobtainium/);
    });

    it("is nothing, with 1 as exit code, of a task that nobody knows", async () => {
      const story = await ask("story", "nonsense");
      expect([story.code, story.stdout]).to.deep.equal([1, ""]);
      expect(story.stderr).to.include('Nothing is remembered of a task "nonsense"');
      const explained = await ask("explain", "nonsense");
      expect([explained.code, explained.stdout]).to.deep.equal([1, ""]);
      expect(explained.stderr).to.include('Task "nonsense" is not known here');
      const forPrograms = await ask("explain", "nonsense", "--json");
      expect([forPrograms.code, JSON.parse(forPrograms.stdout) as object]).to.deep.include.members([1]);
      expect(JSON.parse(forPrograms.stdout)).to.include({ key: "nonsense", known: false });
    });

    it("is refused with 2 where nobody leads, with what to start", async () => {
      const args = ["status", "--bus", url, "--cluster", "nobody-leads", "--connect-timeout", "700"];
      const { code, stdout, stderr } = await scratch.run(args);
      expect([code, stdout]).to.deep.equal([2, ""]);
      expect(stderr).to.match(
        /No scheduler of the cluster "nobody-leads" .* Start one with: skein scheduler/,
      );
    });

    it("is refused with 2 where there is no bus, with what was tried and what to try", async () => {
      const nowhere = `${new URL(url).protocol}//127.0.0.1:${await freePort()}`;
      for (const command of [["status"], ["story", "k"], ["explain", "k"], ["doctor"]]) {
        const args = [...command, "--bus", nowhere, "--connect-timeout", "700"];
        const { code, stdout, stderr } = await scratch.run(args);
        expect([code, stdout], command[0]).to.deep.equal([2, ""]);
        expect(stderr, command[0]).to.match(
          /^skein: The bus at .* cannot be reached: .*\b700 ms\b.*([Ss]tart|[Cc]heck)/,
        );
      }
    });

    it("needs a bus to be named", async () => {
      const { code, stderr } = await scratch.run(["status"]);
      expect(code).to.equal(2);
      expect(stderr).to.include("no bus was named");
    });
  });
}
