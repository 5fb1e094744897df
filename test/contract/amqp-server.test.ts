/** What only a RabbitMQ of one's own shows: restarts, alarms, users and virtual hosts, TLS. */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
  BusRefusedError,
  BusUnreachableError,
  JournalFencedError,
  NotConnectedError,
} from "../../src/errors.js";
import { until } from "../../src/testing/until.js";
import { numbersOf, parcelOf, readAt } from "../../src/testing/contract/stage.js";
import { AmqpTransport } from "../../src/transport/amqp/amqp-transport.js";
import type { ConnectOptions } from "../../src/transport/connect-options.js";
import type { JournalRecord, Transport } from "../../src/transport/transport.js";
import type { Certificates } from "../support/brokers/certificates.js";
import { makeCertificates } from "../support/brokers/certificates.js";
import { freePort } from "../support/brokers/free-port.js";
import { Proxy } from "../support/brokers/proxy.js";
import type { RabbitServer } from "../support/brokers/rabbitmq-server.js";
import { startRabbit } from "../support/brokers/rabbitmq-server.js";
import type { TemporaryDirectory } from "../support/temporary-directory.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = ({ bytes }: JournalRecord): string => new TextDecoder().decode(bytes);

async function refusal(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was refused");
}

describe("A RabbitMQ of one's own", function () {
  this.timeout(120_000);
  let server: RabbitServer;
  let files: TemporaryDirectory;
  let certificates: Certificates;
  let transports: Transport[] = [];

  const connect = async (options: Partial<ConnectOptions> = {}): Promise<AmqpTransport> => {
    const transport = await AmqpTransport.connect({ url: server.url, ...options });
    transports.push(transport);
    return transport;
  };

  before(async () => {
    files = temporaryDirectory();
    certificates = makeCertificates(files.path);
    const { caFile, certFile, keyFile } = certificates;
    server = await startRabbit({
      files: {
        "ca.pem": readFileSync(caFile),
        "cert.pem": readFileSync(certFile),
        "key.pem": readFileSync(keyFile),
      },
      config: [
        "listeners.ssl.1 = 127.0.0.1:{tlsPort}",
        "ssl_options.cacertfile = {directory}/ca.pem",
        "ssl_options.certfile = {directory}/cert.pem",
        "ssl_options.keyfile = {directory}/key.pem",
        "ssl_options.verify = verify_none",
        "ssl_options.fail_if_no_peer_cert = false",
      ].join("\n"),
    });
  });
  afterEach(async () => {
    for (const transport of transports) await transport.close();
    transports = [];
  });
  after(async () => {
    await server.stop();
    files.remove();
  });

  it("tells its version and what it can do", async () => {
    const { capabilities } = await connect();
    expect(capabilities).to.include({ server: "RabbitMQ", journal: true, writeFence: false });
    expect(capabilities?.version).to.match(/^\d+\.\d+\.\d+/);
  });

  describe("who connects", () => {
    it("is refused with a wrong password, at once and by name", async () => {
      const error = await refusal(connect({ user: "guest", password: "wrong" }));
      expect(error).to.be.instanceOf(BusRefusedError);
      expect(error.message).to.contain('"guest"').and.not.contain("wrong");
    });

    it("is refused on a virtual host that is not there, by its name", async () => {
      const error = await refusal(connect({ url: `${server.url}/nowhere` }));
      expect(error).to.be.instanceOf(BusRefusedError);
      expect((error as BusRefusedError).subject).to.equal("nowhere");
    });

    it("is told what was tried where nobody listens, within its time", async () => {
      const url = `amqp://guest:secret@127.0.0.1:${await freePort()}`;
      const error = await refusal(connect({ url, connectTimeoutMs: 600 }));
      expect(error).to.be.instanceOf(BusUnreachableError);
      expect(error.message).to.contain("600 ms").and.contain("ECONNREFUSED").and.not.contain("secret");
    });

    it("meets nobody of another virtual host", async () => {
      await server.ctl("add_vhost", "team/b");
      await server.ctl("set_permissions", "-p", "team/b", "guest", ".*", ".*", ".*");
      const [here, there] = [await connect(), await connect({ url: `${server.url}/team%2Fb` })];
      const [a, b] = [await readAt(here, "skein.v.box.a"), await readAt(there, "skein.v.box.b")];
      a.mailbox.send("skein.v.box.b", parcelOf(1));
      await until("nobody is there", () => a.nobody.length > 0);
      expect(b.parcels).to.deep.equal([]);
    });
  });

  describe("a user with permissions for one cluster", () => {
    const login = { user: "team-c", password: "of team c" };
    before(async () => {
      await server.ctl("add_user", login.user, login.password);
      const own = "^skein\\.team-c\\.";
      await server.ctl("set_permissions", login.user, own, own, own);
    });

    it("can do all that a transport does there", async () => {
      const [one, two] = [await connect(login), await connect(login)];
      const [a, b] = [await readAt(one, "skein.team-c.box.a"), await readAt(two, "skein.team-c.box.b")];
      a.mailbox.send("skein.team-c.box.b", parcelOf(1));
      a.mailbox.send("skein.team-c.box.nobody", parcelOf(2));
      await until("both have heard", () => b.parcels.length === 1 && a.nobody.length === 1);
      const journal = await one.journal("skein.team-c.journal.j");
      const term = await journal.claim(bytesOf("claim"));
      expect(await journal.append(term, [bytesOf("x")])).to.equal(2);
      const blobs = await two.blobs("skein.team-c.blob.b");
      await blobs.put("k", bytesOf("v"));
      expect(await blobs.get("k")).to.deep.equal(bytesOf("v"));
      await blobs.delete("k");
      const lease = one.lease("skein.team-c.lease.l", { holder: "a", ttlMs: 2_000, onLost: () => undefined });
      expect([await lease.acquire(), await lease.renew()]).to.deep.equal([true, true]);
      await lease.release();
      const joined: string[] = [];
      const watcher = { onJoined: (id: string) => void joined.push(id), onLeft: () => undefined };
      await two.presence("skein.team-c.presence.p", watcher);
      await one.announce("skein.team-c.presence.p", "w", bytesOf("i"));
      await until("it is seen", () => joined.length > 0);
    });

    it("is refused elsewhere by the name and the permission that is missing, and goes on at home", async () => {
      const transport = await connect(login);
      const box = await refusal(readAt(transport, "skein.team-d.box.a"));
      expect(box).to.be.instanceOf(BusRefusedError);
      expect(box.message).to.contain("skein.team-d.bus").and.contain("configure");
      const journal = await refusal(transport.journal("skein.team-d.journal.j"));
      expect(journal).to.be.instanceOf(BusRefusedError);
      expect((journal as BusRefusedError).subject).to.equal("skein.team-d.journal.j");
      const options = { holder: "c", ttlMs: 2_000, onLost: () => undefined };
      const lease = await refusal(transport.lease("skein.team-d.lease.l", options).acquire());
      expect(lease).to.be.instanceOf(BusRefusedError);
      const home = await readAt(transport, "skein.team-c.box.home");
      home.mailbox.send("skein.team-c.box.home", parcelOf(1));
      await until("it works at home", () => home.parcels.length > 0);
      expect(transport.status).to.equal("connected");
    });
  });

  it("keeps nothing of a transport that has closed but exchanges and streams, all below its prefix", async () => {
    const transport = await connect();
    await readAt(transport, "skein.tidy.box.a");
    await transport.subscribe("skein.tidy.topic.t", () => undefined);
    await transport.announce("skein.tidy.presence.p", "w", bytesOf("i"));
    const lease = transport.lease("skein.tidy.lease.l", {
      holder: "t",
      ttlMs: 9_000,
      onLost: () => undefined,
    });
    await lease.acquire();
    await transport.journal("skein.tidy.journal.j");
    expect(await server.ctl("list_queues", "name")).to.match(/skein\.tidy\.box/);
    await transport.close();
    const queues = await server.ctl("list_queues", "name");
    expect(queues.split("\n").filter((name) => name.startsWith("skein.tidy"))).to.deep.equal([
      "skein.tidy.journal.j",
    ]);
    const exchanges = (await server.ctl("list_exchanges", "name")).split("\n");
    expect(
      exchanges.filter((name) => name !== "" && !/^(amq\.|name$|skein\.[^.]+\.bus$)/.test(name)),
    ).to.deep.equal([]);
  });

  describe("TLS", () => {
    const url = (): string => `amqps://guest:guest@127.0.0.1:${server.tlsPort}`;

    it("is trusted by its certificate's signer", async () => {
      const transport = await connect({ url: url(), tls: { caFile: certificates.caFile } });
      const reading = await readAt(transport, "skein.tls.box.a");
      reading.mailbox.send("skein.tls.box.a", parcelOf(1));
      await until("a parcel comes back", () => reading.parcels.length > 0);
    });

    it("is not trusted otherwise, which is said at once, unless that is wanted", async () => {
      const error = await refusal(connect({ url: url() }));
      expect(error).to.be.instanceOf(BusUnreachableError);
      expect(error.message).to.contain("caFile");
      expect((await connect({ url: url(), tls: { insecure: true } })).status).to.equal("connected");
    });
  });

  it("lets a lease go to another when its holder cannot reach it, who knows by its own clock", async () => {
    const proxy = await Proxy.start({ port: server.port });
    const lost: string[] = [];
    const options = { holder: "x", ttlMs: 1_500, onLost: (why: string) => void lost.push(why) };
    const cutOff = await connect({ url: `amqp://127.0.0.1:${proxy.port}` });
    const held = cutOff.lease("skein.l.lease.l", options);
    expect(await held.acquire()).to.equal(true);
    // The connection stays, and nothing comes through: the broker would believe in it for another 20 s.
    proxy.pause();
    const rival = (await connect()).lease("skein.l.lease.l", { ...options, onLost: () => undefined });
    expect(await rival.acquire()).to.equal(false);
    await until("the holder gives it up", () => lost.length > 0);
    expect(held.held).to.equal(false);
    await until("the rival has it", () => rival.acquire());
    proxy.heal();
    await cutOff.close();
    await proxy.close();
  });

  it("refuses, on reading back, what a leader wrote after its rival's claim", async () => {
    const name = "skein.f.journal.j";
    const [old, next] = [await (await connect()).journal(name), await (await connect()).journal(name)];
    const oldTerm = await old.claim(bytesOf("old"));
    const newTerm = await next.claim(bytesOf("new"));
    const error = await refusal(old.append(oldTerm, [bytesOf("late")]));
    expect(error).to.be.instanceOf(JournalFencedError).and.include({ term: oldTerm, newest: newTerm });
    // Whoever has not claimed through this connection is judged by what it reads, too.
    const other = await (await connect()).journal(name);
    expect(await refusal(other.append(oldTerm, [bytesOf("later")]))).to.be.instanceOf(JournalFencedError);
    expect(await other.append(newTerm, [bytesOf("in time")])).to.be.greaterThan(newTerm);
  });

  it("passes no verdict on anybody during a memory alarm, and stores afterwards what was appended in it", async () => {
    const [one, two] = [await connect(), await connect()];
    const left: string[] = [];
    const joined: string[] = [];
    await two.presence("skein.m.presence.p", {
      onJoined: (id) => void joined.push(id),
      onLeft: (id) => void left.push(id),
    });
    await one.announce("skein.m.presence.p", "w1", bytesOf("i"));
    await until("it is seen", () => joined.length === 1);
    const journal = await one.journal("skein.m.journal.j");
    const term = await journal.claim(bytesOf("claim"));
    await server.setMemoryAlarm();
    const append = journal.append(term, [bytesOf("in the alarm")]);
    await until("both know", () => one.status === "blocked" && two.status === "blocked");
    // Twice the time after which silence would count.
    const alarmedAt = performance.now();
    await until("the alarm has lasted", () => performance.now() - alarmedAt > 6_000);
    await server.clearMemoryAlarm();
    await until("both go on", () => one.status === "connected" && two.status === "connected");
    expect(await append).to.equal(term + 1);
    expect({ left, joined }).to.deep.equal({ left: [], joined: ["w1"] });
  });

  const ways = {
    "a restart": () => server.restart(),
    "a crash": () => server.kill().then(() => server.start()),
  };
  for (const [how, away] of Object.entries(ways)) {
    it(`comes back from ${how} under load: order holds, what was stored is there, nobody is taken for dead`, async () => {
      const stem = `skein.${randomUUID().slice(0, 8)}`;
      const [one, two] = [await connect(), await connect()];
      const [from, to] = [await readAt(one, `${stem}.box.a`), await readAt(two, `${stem}.box.b`)];
      const left: string[] = [];
      const joined: string[] = [];
      await two.presence(`${stem}.presence.p`, {
        onJoined: (id) => void joined.push(id),
        onLeft: (id) => void left.push(id),
      });
      await one.announce(`${stem}.presence.p`, "w1", bytesOf("i"));
      const journal = await one.journal(`${stem}.journal.j`);
      const term = await journal.claim(bytesOf("claim"));
      await journal.append(term, [bytesOf("before")]);
      const seen: JournalRecord[] = [];
      await (await two.journal(`${stem}.journal.j`)).tail(1, (record) => seen.push(record));
      const statuses: string[] = [];
      one.watch((status) => statuses.push(status));

      let number = 0;
      const load = setInterval(() => {
        for (let i = 0; i < 20; i += 1) from.mailbox.send(`${stem}.box.b`, parcelOf((number += 1)));
      }, 1);
      await until("the load flows", () => to.parcels.length > 100);
      await away();
      await until("both are back", () => statuses.at(-1) === "connected" && two.status === "connected", {
        deadlineMs: 30_000,
      });
      expect(statuses).to.deep.equal(["disconnected", "connected"]);
      const backAt = (number += 1);
      from.mailbox.send(`${stem}.box.b`, parcelOf(backAt));
      await until("the load flows again", () => numbersOf(to.parcels.slice(-1)).some((n) => n > backAt));
      clearInterval(load);
      const numbers = to.parcels.length === 0 ? [] : numbersOf(to.parcels.slice(-50));
      expect(numbers).to.deep.equal(numbers.toSorted((a, b) => a - b));

      // Connections are taken before streams are found again: what is given back for want of one is to be asked again.
      let position: number | undefined;
      await until("the journal takes records again", async () => {
        position = await journal.append(term, [bytesOf("after")]).catch((error: unknown) => {
          if (error instanceof NotConnectedError) return undefined;
          throw error;
        });
        return position !== undefined;
      });
      expect(position).to.equal(3);
      await until("the tail has all", () => seen.length >= 3);
      expect(seen.map(textOf)).to.deep.equal(["claim", "before", "after"]);
      expect({ left, joined }).to.deep.equal({ left: [], joined: ["w1"] });
    });
  }

  it("opens again a channel that the broker closed, and says that something may be lost", async () => {
    const transport = await connect();
    const reading = await readAt(transport, "skein.q.box.a");
    const statuses: string[] = [];
    transport.watch((status) => statuses.push(status));
    const queues = await server.ctl("list_queues", "name");
    const queue = queues.split("\n").find((name) => name.startsWith("skein.q.box.a."));
    await server.ctl("delete_queue", queue ?? "");
    await until("it is back", () => statuses.at(-1) === "connected");
    expect(statuses).to.deep.equal(["disconnected", "connected"]);
    reading.mailbox.send("skein.q.box.a", parcelOf(1));
    await until("it reads again", () => reading.parcels.length > 0);
  });

  it("takes nothing while too much waits to be sent, says so, and loses nothing of what it took", async () => {
    const proxy = await Proxy.start({ port: server.port });
    const url = `amqp://127.0.0.1:${proxy.port}`;
    const one = await connect({ url, limits: { pendingBytes: 2 * 1024 * 1024 } });
    const to = await readAt(await connect(), "skein.w.box.b");
    const from = await readAt(one, "skein.w.box.a");
    from.mailbox.send("skein.w.box.b", parcelOf(0));
    await until("the way is open", () => to.parcels.length === 1);
    proxy.pause("toServer");
    let taken = 0;
    await until("it takes no more", () => {
      for (let i = 0; i < 100; i += 1) {
        if (!from.mailbox.send("skein.w.box.b", parcelOf(taken + 1, 10_000))) return true;
        taken += 1;
      }
      return taken > 10_000;
    });
    expect(one.status).to.equal("blocked");
    expect(taken).to.be.greaterThan(100).and.lessThan(10_000);
    proxy.resume("toServer");
    await until("it takes again", () => one.status === "connected");
    await until("all that was taken has arrived", () => to.parcels.length === taken + 1);
    expect(numbersOf(to.parcels)).to.deep.equal(Array.from({ length: taken + 1 }, (_, i) => i));
    await one.close();
    await proxy.close();
  });
});
