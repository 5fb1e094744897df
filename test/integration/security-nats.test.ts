/** A job over TLS with the permissions that docs/security.md gives to each role, and what they do not give. */

import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { BusRefusedError } from "../../src/errors.js";
import type { Role } from "../../src/protocol/addresses.js";
import { NatsTransport } from "../../src/transport/nats/nats-transport.js";
import { startNats, type NatsServer } from "../support/brokers/nats-server.js";
import { GuardedCluster, jobPrints, secretOf } from "../support/guarded-cluster.js";
import { onlyBlock } from "../support/page-blocks.js";

const tls = 'tls { cert_file: "{directory}/cert.pem", key_file: "{directory}/key.pem" }';

describe("NATS with the least permissions, over TLS", function () {
  this.timeout(60_000);
  let cluster: GuardedCluster;
  let nats: NatsServer;
  let url: string;

  before(async () => {
    cluster = await GuardedCluster.prepare();
    const config = `${onlyBlock("docs/security.md", "nats")}\n${tls}`;
    nats = await startNats({ config, files: cluster.certificate.files });
    url = nats.url.replace("nats:", "tls:");
    await cluster.start(url);
  });

  after(async () => {
    await cluster.close();
    await nats.stop();
  });

  /** The names of what was refused to somebody of that role. */
  const refused = async (
    role: Role,
    attempt: (transport: NatsTransport) => Promise<unknown> | boolean,
  ): Promise<(string | undefined)[]> => {
    const troubles: Error[] = [];
    const transport = await NatsTransport.connect({
      ...{ url, user: `skein-${role}`, password: secretOf(role) },
      tls: { caFile: cluster.certificate.certFile },
      inboxPrefix: `skein.team-a.inbox.${role}`,
      onTrouble: (error) => troubles.push(error),
    });
    try {
      await attempt(transport);
      // The server answers in order: what it refused of the first round is told by the end of the second.
      await transport.drain();
      await transport.drain();
    } catch (error) {
      troubles.push(error as Error);
    } finally {
      await transport.close();
    }
    return troubles.filter((error) => error instanceof BusRefusedError).map(({ subject }) => subject);
  };
  const nothing = (): void => undefined;
  const publish = (role: Role, subject: string) =>
    refused(role, (transport) => transport.broadcast(subject, new Uint8Array(1)));
  const subscribe = (role: Role, subject: string) =>
    refused(role, (transport) => transport.subscribe(subject, nothing));

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
    expect(nats.output).not.to.match(/violation/i);
  });

  for (const role of ["scheduler", "worker", "client"] as const) {
    it(`is enough for a ${role}, as skein doctor finds`, async () => {
      const args = ["doctor", ...cluster.flags(role), "--role", role, "--json"];
      const { code, stdout, stderr } = await cluster.skein(args);
      expect(code, stdout + stderr).to.equal(0);
    });
  }

  it("names to a client what it lacks to be a scheduler", async () => {
    const { code, stdout } = await cluster.skein([
      "doctor",
      ...cluster.flags("client"),
      "--role",
      "scheduler",
    ]);
    expect(code).to.equal(1);
    expect(stdout)
      .to.match(/no {2}the journal .*refused to/)
      .and.to.match(
        /no {2}saying that one leads .*refused to subscribe to skein\.team-a\.presence\.schedulers\.who/,
      )
      .and.to.include("not enough for a scheduler: a mailbox of a scheduler, ");
  });

  it("lets nobody but a scheduler say that it leads", async () => {
    for (const role of ["worker", "client"] as const) {
      expect(await publish(role, "skein.team-a.presence.schedulers"), role).to.deep.equal([
        "skein.team-a.presence.schedulers",
      ]);
    }
    expect(await publish("scheduler", "skein.team-a.presence.schedulers")).to.deep.equal([]);
  });

  it("lets nobody read the mailboxes of another role", async () => {
    for (const [role, box] of [
      ["client", "worker"],
      ["client", "scheduler"],
      ["worker", "scheduler"],
      ["scheduler", "worker"],
    ] as const) {
      const subject = `skein.team-a.box.${box}.>`;
      expect(await subscribe(role, subject), role).to.deep.equal([subject]);
    }
    expect(await subscribe("worker", "skein.team-a.box.worker.>")).to.deep.equal([]);
  });

  it("lets nobody into other clusters, or what others do on the bus", async () => {
    for (const role of ["scheduler", "worker", "client"] as const) {
      for (const subject of ["skein.team-b.box.client.a.1", "orders.created", "_INBOX.a"]) {
        expect(await publish(role, subject), role).to.deep.equal([subject]);
        expect(await subscribe(role, subject), role).to.deep.equal([subject]);
      }
      expect(await subscribe(role, ">"), role).to.deep.equal([">"]);
    }
    // What an earlier test has found nothing of, the server does say.
    expect(nats.output).to.match(/violation/i);
  });

  it("lets nobody but a scheduler near the journal, and no scheduler near other streams", async () => {
    for (const role of ["worker", "client"] as const) {
      expect(await publish(role, "skein.team-a.journal.terms"), role).to.have.lengthOf(1);
      expect(await publish(role, "$JS.API.STREAM.INFO.skein__team-a__journal__terms"), role).to.have.lengthOf(
        1,
      );
    }
    for (const api of ["STREAM.DELETE.skein__team-a__journal__terms", "STREAM.PURGE.orders", "STREAM.LIST"])
      expect(await publish("scheduler", `$JS.API.${api}`)).to.deep.equal([`$JS.API.${api}`]);
  });

  it("lets nobody but a scheduler lead, though presence alone would let them", async () => {
    const { code, stderr } = await cluster.skein(["scheduler", ...cluster.flags("worker")]);
    expect(code, stderr).to.equal(2);
    expect(stderr).to.match(/^skein: The bus at .* refuses .*(JS\.API|inbox).* [Gg]ive /m);
  });

  it("lets nobody in with a wrong password, nor talks to a server it does not know", async () => {
    const wrong = cluster.flags("client").map((word) => (word === secretOf("client") ? "wrong" : word));
    const { code, stderr } = await cluster.skein(["status", ...wrong]);
    expect(code).to.equal(2);
    expect(stderr).to.include("refuses who connects");
    const untrusting = await cluster.skein(["status", ...cluster.flags("client").slice(0, -2)]);
    expect(untrusting.code).to.equal(2);
    expect(untrusting.stderr).to.match(/self-signed|certificate/);
  });
});

describe("NATS with the permissions for values by TCP", function () {
  this.timeout(60_000);

  it("are those of the roles and the two subjects that the page adds: a job fetches directly, and nothing is refused", async () => {
    const subjects = onlyBlock("docs/security.md", "nats-direct").trim().split("\n");
    const [before = "", ...users] = onlyBlock("docs/security.md", "nats").split("user: skein-");
    const more = subjects.map((subject) => `"${subject}"\n`).join("");
    const withMore = (user: string): string =>
      user.startsWith("scheduler") ? user : user.replaceAll(/(publish|subscribe): \[/g, `$1: [ ${more}`);
    const config = [before, ...users.map(withMore)].join("user: skein-");
    const cluster = await GuardedCluster.prepare();
    const nats = await startNats({ config: `${config}\n${tls}`, files: cluster.certificate.files });
    try {
      await cluster.start(nats.url.replace("nats:", "tls:"), ["--data-port", "0"]);
      const { code, stdout, stderr } = await cluster.skein(["run", "job.ts", ...cluster.flags("client")], {
        SKEIN_DIRECT: "true",
      });
      expect([code, stdout], stderr + cluster.story()).to.deep.equal([0, jobPrints]);
      expect(nats.output).not.to.match(/violation/i);
      expect(cluster.troubles).to.deep.equal([]);
    } finally {
      await cluster.close();
      await nats.stop();
    }
  });
});
