/** A job over TLS with the permissions that docs/security.md gives to each role, and what they do not give. */

import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { BusRefusedError } from "../../src/errors.js";
import type { Role } from "../../src/protocol/addresses.js";
import { AmqpTransport } from "../../src/transport/amqp/amqp-transport.js";
import { startRabbit, type RabbitServer } from "../support/brokers/rabbitmq-server.js";
import { GuardedCluster, jobPrints, secretOf } from "../support/guarded-cluster.js";
import { blocksOf } from "../docs/markdown.js";

const config = `
listeners.ssl.1 = 127.0.0.1:{tlsPort}
ssl_options.certfile = {directory}/cert.pem
ssl_options.keyfile = {directory}/key.pem
`;

/** How the broker logs them. */
const refusals = /access to .* refused|access_refused/i;

/** The words of the rabbitmqctl commands that the page shows, without the command's own name. */
function shownCommands(): string[][] {
  return blocksOf("docs/security.md")
    .flatMap(({ code }) => code.split("\n"))
    .filter((line) => line.startsWith("rabbitmqctl "))
    .map((line) =>
      [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].slice(1).map(([, a, b, c]) => a ?? b ?? c ?? ""),
    );
}

async function runCommands(rabbit: RabbitServer): Promise<void> {
  const commands = shownCommands();
  // It lets clients in a little before it can be administered.
  await rabbit.ctl("await_startup");
  for (const kind of ["add_vhost", "add_user", "set_permissions"]) {
    await Promise.all(commands.filter(([name]) => name === kind).map((words) => rabbit.ctl(...words)));
  }
}

describe("RabbitMQ with the least permissions, over TLS", function () {
  this.timeout(120_000);
  let cluster: GuardedCluster;
  let rabbit: RabbitServer;
  let url: string;

  before(async () => {
    cluster = await GuardedCluster.prepare();
    rabbit = await startRabbit({ config, files: cluster.certificate.files });
    await runCommands(rabbit);
    url = `amqps://127.0.0.1:${rabbit.tlsPort}/jobs`;
    await cluster.start(url);
  });

  after(async () => {
    await cluster.close();
    await rabbit.stop();
  });

  /** What was refused to somebody of that role; undefined when nothing was. */
  const refused = async (
    role: Role,
    attempt: (transport: AmqpTransport) => Promise<unknown>,
    at = url,
  ): Promise<string | undefined> => {
    const tls = { caFile: cluster.certificate.certFile };
    try {
      const transport = await AmqpTransport.connect({
        ...{ url: at, user: `skein-${role}`, password: secretOf(role), tls },
      });
      try {
        await attempt(transport);
      } finally {
        await transport.close();
      }
    } catch (error) {
      if (error instanceof BusRefusedError) return error.subject;
      throw error;
    }
    return undefined;
  };
  const reader = { onParcel: (): void => undefined };
  const read = (role: Role, address: string): Promise<string | undefined> =>
    refused(role, (transport) => transport.mailbox(address, reader));

  it("runs a job, with credentials and certificate from flags", async () => {
    const { code, stdout, stderr } = await cluster.skein(["run", "job.ts", ...cluster.flags("client")]);
    expect([code, stdout], stderr + cluster.story()).to.deep.equal([0, jobPrints]);
  });

  it("runs it with credentials and certificate from the environment", async () => {
    const env = {
      SKEIN_BUS: url,
      SKEIN_CLUSTER: "team-a",
      SKEIN_USER: "skein-client",
      SKEIN_PASSWORD: secretOf("client"),
      SKEIN_TLS_CA: cluster.certificate.certFile,
    };
    const { code, stdout, stderr } = await cluster.skein(["run", "job.ts"], env);
    expect([code, stdout], stderr).to.deep.equal([0, jobPrints]);
  });

  it("is reached with credentials and certificate from a configuration file", async () => {
    const settings = {
      bus: url,
      cluster: "team-a",
      user: "skein-client",
      tlsCa: cluster.certificate.certFile,
    };
    const file = cluster.scratch.path("skein.config.json");
    await writeFile(file, JSON.stringify({ ...settings, password: secretOf("client") }));
    const { code, stdout, stderr } = await cluster.skein(["status", "--worker", "w1", "--json"]);
    await writeFile(file, "{}");
    expect(code, stderr).to.equal(0);
    expect((JSON.parse(stdout) as { workers: { name: string }[] }).workers[0]?.name).to.equal("w1");
  });

  it("lets a second scheduler take over, and refuses nothing that any role asks for", async () => {
    await cluster.stopScheduler();
    await cluster.startScheduler();
    const { code, stderr } = await cluster.skein(["run", "job.ts", ...cluster.flags("client")]);
    expect(code, stderr + cluster.story()).to.equal(0);
    expect(rabbit.output).not.to.match(refusals);
  });

  for (const role of ["scheduler", "worker", "client"] as const) {
    it(`is enough for a ${role}, as skein doctor finds`, async () => {
      const args = ["doctor", ...cluster.flags(role), "--role", role, "--json"];
      const { code, stdout, stderr } = await cluster.skein(args);
      expect(code, stdout + stderr).to.equal(0);
    });
  }

  it("names to a worker what it lacks to be a scheduler", async () => {
    const { code, stdout } = await cluster.skein([
      "doctor",
      ...cluster.flags("worker"),
      "--role",
      "scheduler",
    ]);
    expect(code).to.equal(1);
    expect(stdout)
      .to.match(/no {2}the journal .*refused to .*skein\.team-a\.journal\.terms/)
      .and.to.include("not enough for a scheduler: a mailbox of a scheduler, the lease, the journal");
  });

  it("lets nobody open a mailbox of another role", async () => {
    for (const [role, box] of [
      ["client", "worker"],
      ["client", "scheduler"],
      ["worker", "scheduler"],
      ["scheduler", "worker"],
    ] as const) {
      const address = `skein.team-a.box.${box}.x.1`;
      expect(await read(role, address), role).to.include(address);
    }
    expect(await read("worker", "skein.team-a.box.worker.x.1")).to.equal(undefined);
  });

  it("lets nobody into other clusters, other queues, or other virtual hosts", async () => {
    for (const role of ["scheduler", "worker", "client"] as const) {
      expect(await read(role, `skein.team-b.box.${role}.x.1`), role).to.include("skein.team-b.bus");
      expect(await read(role, "orders.created.x"), role).to.include("orders.created.bus");
      expect(await refused(role, () => Promise.resolve(), url.replace("/jobs", "/")), role).to.equal("/");
    }
    // What an earlier test has found nothing of, the broker does say.
    expect(rabbit.output).to.match(refusals);
  });

  it("lets nobody but a scheduler near the journal and the lease", async () => {
    for (const role of ["worker", "client"] as const) {
      const journal = "skein.team-a.journal.terms";
      expect(await refused(role, (transport) => transport.journal(journal)), role).to.equal(journal);
      const lease = "skein.team-a.lease.scheduler";
      const holder = { holder: "nobody", ttlMs: 3_000, onLost: (): void => undefined };
      await cluster.stopScheduler();
      const outcome = await refused(role, (transport) => transport.lease(lease, holder).acquire());
      await cluster.startScheduler();
      expect(outcome, role).to.equal(lease);
    }
  });

  it("lets nobody but a scheduler lead, though presence alone would let them", async () => {
    const { code, stderr } = await cluster.skein(["scheduler", ...cluster.flags("worker")]);
    expect(code, stderr).to.equal(2);
    expect(stderr).to.match(/^skein: The bus at .* refuses .*journal\.terms.* [Gg]ive /m);
  });

  it("lets nobody in with a wrong password, nor talks to a broker it does not know", async () => {
    const wrong = cluster.flags("client").map((word) => (word === secretOf("client") ? "wrong" : word));
    const mistaken = await cluster.skein(["status", ...wrong]);
    expect(mistaken.code).to.equal(2);
    expect(mistaken.stderr).to.include('refuses user "skein-client"');
    const untrusting = await cluster.skein(["status", ...cluster.flags("client").slice(0, -2)]);
    expect(untrusting.code).to.equal(2);
    expect(untrusting.stderr).to.include("TLS could not be agreed on");
  });
});
