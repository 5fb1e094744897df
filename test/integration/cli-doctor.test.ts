import { expect } from "chai";
import type { Examination } from "../../src/cli/inspect/doctor/examination.js";
import { NatsTransport } from "../../src/transport/nats/nats-transport.js";
import { sharedNats, startNats } from "../support/brokers/nats-server.js";
import { sharedRabbit } from "../support/brokers/rabbitmq-server.js";
import { Scratch } from "../support/cli.js";

describe("skein doctor", function () {
  this.timeout(60_000);
  let scratch: Scratch;

  before(async () => {
    scratch = await Scratch.with({});
  });

  after(() => scratch.remove());

  const examine = async (...args: string[]): Promise<{ code: number | null; found: Examination }> => {
    const { code, stdout, stderr } = await scratch.run(["doctor", "--json", ...args]);
    expect(stderr).to.equal("");
    return { code, found: JSON.parse(stdout) as Examination };
  };

  for (const [kind, name, shared] of [
    ["nats", "nats-server", sharedNats],
    ["rabbitmq", "RabbitMQ", sharedRabbit],
  ] as const) {
    describe(`on ${name}`, () => {
      const cluster = `doctor-${process.pid}`;

      it("finds what it is, and that everything is permitted", async () => {
        const { url } = await shared();
        const { code, found } = await examine("--bus", url, "--cluster", cluster);
        expect(code).to.equal(0);
        expect(found.broker).to.include({ kind, journal: true });
        expect(found.broker.version).to.match(/^\d+\.\d+\.\d+/);
        expect(found.limits.payloadBytes).to.be.at.least(1_000_000);
        expect(found.roundTripMs).to.be.above(0);
        expect(found.trials.map(({ what, outcome }) => `${what}: ${outcome}`)).to.include.members([
          ...["a mailbox of a worker: held", "sending to schedulers: held", "seeing who leads: held"],
          ...["saying that one leads: held", "the lease: held", "the journal: held"],
          ...["topics: held", "blobs: held"],
        ]);
        expect(found.roles).to.deep.equal({ scheduler: [], worker: [], client: [] });
        expect(found.durability.sentence).to.include("A record that was taken");
      });

      it("tells it to people", async () => {
        const { url } = await shared();
        const { code, stdout } = await scratch.run([
          "doctor",
          "--bus",
          url,
          "--cluster",
          cluster,
          "--role",
          "worker",
        ]);
        expect(code).to.equal(0);
        expect(stdout)
          .to.match(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ at .*, [\\d.]+ m?s away$`, "m"))
          .and.to.match(/The table is of 20\d\d-\d\d-\d\d: what became known later is not in it\./)
          .and.to.match(/^ {2}yes the journal +skein\./m)
          .and.to.include("enough for a worker")
          .and.to.match(/^durability$/m);
        expect(stdout).not.to.include("guest:guest");
      });
    });
  }

  it("does without what a server without JetStream does not have, and says what that means", async () => {
    const nats = await startNats({ jetstream: false });
    try {
      const { code, found } = await examine("--bus", nats.url, "--role", "scheduler");
      expect(code).to.equal(0);
      expect(found.broker.journal).to.equal(false);
      expect(
        found.trials.filter(({ outcome }) => outcome === "missing").map(({ what }) => what),
      ).to.deep.equal([...["the lease", "the journal", "blobs"]]);
      expect(found.durability.sentence).to.match(/^Nothing is kept/);
    } finally {
      await nats.stop();
    }
  });

  it("leaves alone what a scheduler has: its lease, its records, and what it says", async () => {
    const nats = await startNats();
    const transport = await NatsTransport.connect({ url: nats.url });
    try {
      const journal = await transport.journal("skein.default.journal.terms");
      const term = await journal.claim(new Uint8Array(1));
      await journal.append(term, [new Uint8Array(1), new Uint8Array(2)]);
      let lost = "";
      const holder = { holder: "a scheduler", ttlMs: 3_000, onLost: (why: string) => (lost = why) };
      const lease = transport.lease("skein.default.lease.scheduler", holder);
      expect(await lease.acquire()).to.equal(true);
      const renewing = setInterval(() => void lease.renew(), 500);
      const { code, found } = await examine("--bus", nats.url);
      clearInterval(renewing);
      expect(code).to.equal(0);
      expect(found.trials.every(({ outcome }) => outcome === "held")).to.equal(true);
      expect([lost, lease.held]).to.deep.equal(["", true]);
      expect(await journal.bounds()).to.deep.equal({ first: term, next: term + 3 });
      const { streams } = await transport.examine(
        ["skein.default.journal.terms"],
        ["skein.default.lease.scheduler"],
      );
      expect(streams.map(({ replicas, storage }) => `${replicas} ${storage}`)).to.deep.equal([
        "1 file",
        "1 file",
      ]);
    } finally {
      await transport.close();
      await nats.stop();
    }
  });

  it("names what a user may not do, and ends with 1 where that is not enough", async () => {
    const config = `authorization { users: [ { user: "u", password: "p", permissions: {
      publish: ["skein.default.box.>", "skein.default.presence.schedulers.who"]
      subscribe: ["skein.default.box.client.>", "skein.default.presence.schedulers"]
    } } ] }`;
    const nats = await startNats({ config });
    try {
      const who = ["--bus", nats.url, "--user", "u", "--password", "p"];
      expect((await examine(...who)).code).to.equal(0);
      const { code, found } = await examine(...who, "--role", "worker");
      expect(code).to.equal(1);
      expect(found.roles.client).to.deep.equal([]);
      expect(found.roles.worker).to.deep.equal(["a mailbox of a worker"]);
      const refused = found.trials.find(({ what }) => what === "a mailbox of a worker");
      expect(refused?.why).to.match(/^refused to subscribe to skein\.default\.box\.worker\.doctor\./);
    } finally {
      await nats.stop();
    }
  });

  it("takes only roles that there are", async () => {
    const { code, stderr } = await scratch.run(["doctor", "--bus", "nats://127.0.0.1:1", "--role", "boss"]);
    expect(code).to.equal(2);
    expect(stderr).to.include("Allowed choices are scheduler, worker, client");
  });
});
