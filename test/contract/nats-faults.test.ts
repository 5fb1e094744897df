/** What only a NATS server of one's own shows: restarts, small messages, slow readers, no JetStream, a late leader. */

import { connect as connectClient } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { expect } from "chai";
import {
  BusRefusedError,
  JournalFencedError,
  NotConnectedError,
  PayloadTooLargeError,
} from "../../src/errors.js";
import { isAscending, numberOf, numbersOf, parcelOf, readAt } from "../../src/testing/contract/stage.js";
import { until } from "../../src/testing/until.js";
import { EffectiveRecords } from "../../src/transport/journal.js";
import { storeName } from "../../src/transport/nats/names.js";
import type { NatsOptions } from "../../src/transport/nats/nats-options.js";
import { NatsTransport } from "../../src/transport/nats/nats-transport.js";
import type { Journal, JournalRecord } from "../../src/transport/transport.js";
import type { NatsServer, NatsServerOptions } from "../support/brokers/nats-server.js";
import { startNats } from "../support/brokers/nats-server.js";
import { Proxy } from "../support/brokers/proxy.js";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = ({ bytes }: JournalRecord): string => new TextDecoder().decode(bytes);

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

async function all(journal: Journal, from = 1): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const record of journal.read(from)) records.push(record);
  return records;
}

describe("NATS in trouble", function () {
  this.timeout(60_000);
  let endings: (() => Promise<unknown>)[];

  beforeEach(() => {
    endings = [];
  });

  afterEach(async () => {
    for (const end of endings.toReversed()) await end();
  });

  const start = async (options: NatsServerOptions = {}): Promise<NatsServer> => {
    const server = await startNats(options);
    endings.push(() => server.stop());
    return server;
  };

  const connect = async (options: NatsOptions): Promise<NatsTransport> => {
    const transport = await NatsTransport.connect(options);
    endings.push(() => transport.close());
    return transport;
  };

  const through = async (
    server: NatsServer,
    options: Partial<NatsOptions> = {},
  ): Promise<[NatsTransport, Proxy]> => {
    const proxy = await Proxy.start({ port: server.port });
    endings.push(() => proxy.close());
    return [await connect({ url: `nats://127.0.0.1:${proxy.port}`, ...options }), proxy];
  };

  for (const how of ["in good order", "by SIGKILL"]) {
    it(`comes back with everything after a server that ends ${how} under load`, async () => {
      const server = await start();
      const [one, two] = [await connect(server), await connect(server)];
      const from = await readAt(one, "skein.t.box.a");
      const to = await readAt(two, "skein.t.box.b");
      const journal = await one.journal("skein.t.journal.terms");
      const term = await journal.claim(bytesOf("claim"));
      const seen: JournalRecord[] = [];
      await (await two.journal("skein.t.journal.terms")).tail(1, (record) => seen.push(record));
      const statuses: string[] = [];
      one.watch((status) => statuses.push(status));

      let sent = 0;
      const load = new AbortController();
      const acknowledged: string[] = [];
      const refused: unknown[] = [];
      const loading = (async () => {
        while (!load.signal.aborted) {
          for (let i = 0; i < 20; i += 1) from.mailbox.send("skein.t.box.b", parcelOf((sent += 1)));
          const text = `record ${sent}`;
          await journal.append(term, [bytesOf(text)]).then(
            () => acknowledged.push(text),
            (error: unknown) => refused.push(error),
          );
          await new Promise(setImmediate);
        }
      })();
      await until("the load runs", () => acknowledged.length > 50);
      await (how === "by SIGKILL" ? server.kill() : server.shutDown());
      await until("the end is told", () => statuses.includes("disconnected"));
      await server.start();
      await until("it is back", () => one.status === "connected" && two.status === "connected");
      const before = acknowledged.length;
      await until("records are stored again", () => acknowledged.length > before + 20);
      load.abort();
      await loading;
      await until("parcels arrive again", () => numbersOf(to.parcels).at(-1) === sent);

      expect(isAscending(numbersOf(to.parcels))).to.equal(true);
      expect(statuses).to.deep.equal(["disconnected", "connected"]);
      for (const error of refused) expect(error).to.be.instanceOf(NotConnectedError);
      const records = await all(journal);
      expect(records.map(({ position }) => position)).to.deep.equal(records.map((_, i) => i + 1));
      const stored = new Set(records.map(textOf));
      expect(acknowledged.filter((text) => !stored.has(text))).to.deep.equal([]);
      await until("the tail has seen all", () => seen.length >= records.length);
      expect(seen.map(textOf)).to.deep.equal(records.map(textOf));
      expect(new Set(records.map((record) => record.term))).to.deep.equal(new Set([term]));
    });
  }

  it("goes on with a journal that the server forgot the last id of, and keeps an old leader out of it", async () => {
    const server = await start();
    const name = "skein.t.journal.old";
    const windowMs = 100;
    const client = await connectClient({ servers: server.url });
    const manager = await jetstreamManager(client);
    await manager.streams.add({
      name: storeName(name),
      subjects: [name],
      duplicate_window: windowMs * 1_000_000,
    });
    await client.close();
    const [one, two] = [await connect(server), await connect(server)];
    const [leader, old] = [await one.journal(name), await two.journal(name)];
    const oldTerm = await old.claim(bytesOf("old"));
    await old.append(oldTerm, [bytesOf("good")]);
    const term = await leader.claim(bytesOf("new"));
    const position = await leader.append(term, [bytesOf("1"), bytesOf("2")]);
    await server.shutDown();
    const downAtMs = performance.now();
    await until("the window is over", () => performance.now() > downAtMs + 2 * windowMs);
    await server.start();
    await until("both are back", () => one.status === "connected" && two.status === "connected");

    expect(await rejection(old.append(oldTerm, [bytesOf("late")]))).to.be.instanceOf(JournalFencedError);
    const more = Array.from({ length: 20 }, (_, i) => bytesOf(`more ${i}`));
    expect(await leader.append(term, more)).to.equal(position + 20);
    expect(await rejection(old.append(oldTerm, [bytesOf("late")]))).to.be.instanceOf(JournalFencedError);
    const texts = (await all(leader)).map(textOf);
    expect(texts).to.deep.equal(["old", "good", "new", "1", "2", ...more.map((_, i) => `more ${i}`)]);
  });

  it("stores nothing of what an old leader has under way when another one claims", async () => {
    const server = await start();
    const name = "skein.t.journal.race";
    const [slow, proxy] = await through(server);
    const old = await slow.journal(name);
    const next = await (await connect(server)).journal(name);
    const oldTerm = await old.claim(bytesOf("old"));
    const batch = Array.from({ length: 2_000 }, (_, i) => bytesOf(`old ${i}`));
    proxy.throttle(500_000, "toServer");
    const late = rejection(old.append(oldTerm, batch));
    await until("some of it is stored", async () => (await next.bounds()).next > 50);
    const term = await next.claim(bytesOf("new"));
    await next.append(term, [bytesOf("mine")]);
    expect(await late)
      .to.be.instanceOf(JournalFencedError)
      .with.property("newest", term);
    const records = await all(next);
    const claimAt = records.findIndex((record) => textOf(record) === "new");
    expect(records.slice(claimAt).map(textOf)).to.deep.equal(["new", "mine"]);
    const filter = new EffectiveRecords();
    expect(records.every((record) => filter.counts(record))).to.equal(true);
    expect(records.slice(1, claimAt).map(textOf)).to.deep.equal(
      batch.slice(0, claimAt - 1).map((_, i) => `old ${i}`),
    );
  });

  it("ends what was asked of it when the connection ends, reading included", async () => {
    const server = await start();
    const [transport, proxy] = await through(server);
    const journal = await transport.journal("skein.t.journal.cut");
    const term = await journal.claim(bytesOf("claim"));
    await journal.append(
      term,
      Array.from({ length: 600 }, (_, i) => bytesOf(String(i))),
    );
    const read: number[] = [];
    const reading = rejection(
      (async () => {
        for await (const { position } of journal.read(1)) {
          read.push(position);
          if (position === 10) {
            proxy.cut();
            await until("the cut is noticed", () => transport.status === "disconnected");
          }
        }
      })(),
    );
    expect(await reading).to.be.instanceOf(NotConnectedError);
    expect(await rejection(journal.bounds())).to.be.instanceOf(NotConnectedError);
    proxy.heal();
    await until("it is back", () => transport.status === "connected");
    expect(await all(journal)).to.have.length(601);
    // Left in the middle: closing the transport ends it, or it would keep this process from ending.
    expect((await journal.read(1)[Symbol.asyncIterator]().next()).done).to.equal(false);
  });

  it("cuts parcels to the messages of a server that takes small ones only, and refuses larger records and topics", async () => {
    const server = await start({ maxPayload: 4_096 });
    const [one, two] = [await connect(server), await connect(server)];
    expect(one.limits.payloadBytes).to.equal(4_096);
    const to = await readAt(two, "skein.t.box.small");
    const from = await readAt(one, "skein.t.box.from");
    const bytes = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251);
    for (let n = 0; n < 3; n += 1) from.mailbox.send("skein.t.box.small", parcelOf(n, 48, [bytes]));
    await until("all three are whole", () => to.parcels.length === 3);
    expect(to.parcels.map(numberOf)).to.deep.equal([0, 1, 2]);
    for (const { buffers } of to.parcels)
      expect(Buffer.compare(buffers[0] ?? new Uint8Array(0), bytes)).to.equal(0);
    expect(() => one.broadcast("skein.t.topic.x", bytes)).to.throw(PayloadTooLargeError);
    const journal = await one.journal("skein.t.journal.small");
    expect(await rejection(journal.claim(bytes))).to.be.instanceOf(PayloadTooLargeError);
    expect(await journal.claim(new Uint8Array(3_000))).to.equal(1);
  });

  it("says that it takes nothing while the server reads nothing, and loses nothing it took", async () => {
    const server = await start();
    const [transport, proxy] = await through(server, { limits: { pendingBytes: 8 * 1024 * 1024 } });
    const to = await readAt(await connect(server), "skein.t.box.to");
    const from = await readAt(transport, "skein.t.box.from");
    const statuses: string[] = [];
    transport.watch((status) => statuses.push(status));
    proxy.pause("toServer");
    const part = new Uint8Array(256 * 1024);
    let taken = 0;
    while (taken < 1_000 && from.mailbox.send("skein.t.box.to", parcelOf(taken, 48, [part]))) taken += 1;
    expect(taken).to.be.within(30, 40);
    await until("it says so", () => statuses.includes("blocked"));
    proxy.resume("toServer");
    await until("it is over", () => transport.status === "connected");
    expect(from.mailbox.send("skein.t.box.to", parcelOf(taken))).to.equal(true);
    await until("all has arrived", () => to.parcels.length === taken + 1);
    expect(to.parcels.map(numberOf)).to.deep.equal(Array.from({ length: taken + 1 }, (_, i) => i));
    expect(statuses).to.deep.equal(["blocked", "connected"]);
  });

  it("tells a reader that the server has given up for its slowness, and brings it back in order", async () => {
    const server = await start({ config: 'max_pending: 2097152\nwrite_deadline: "1s"' });
    const [slow, proxy] = await through(server);
    const statuses: string[] = [];
    slow.watch((status) => statuses.push(status));
    const to = await readAt(slow, "skein.t.box.slow");
    const fast = await connect(server);
    const other = await readAt(fast, "skein.t.box.other");
    proxy.pause("toClient");
    let sent = 0;
    const part = new Uint8Array(64 * 1024);
    const send = (): void => void other.mailbox.send("skein.t.box.slow", parcelOf((sent += 1), 48, [part]));
    await until(
      "the server has given it up",
      async () => {
        for (let i = 0; i < 10; i += 1) send();
        other.mailbox.send("skein.t.box.other", parcelOf(sent));
        return server.output.includes("Slow Consumer");
      },
      { deadlineMs: 20_000 },
    );
    proxy.heal();
    await until("it is back", () => statuses.at(-1) === "connected");
    const last = sent;
    await until("it reads what is new", () => {
      send();
      return numbersOf(to.parcels).some((number) => number > last);
    });
    expect(isAscending(numbersOf(to.parcels))).to.equal(true);
    expect(statuses).to.deep.equal(["disconnected", "connected"]);
    expect(fast.status).to.equal("connected");
    expect(other.parcels.length).to.be.greaterThan(0);
  });

  it("serves mailboxes, topics and presence without JetStream, and says what the rest needs", async () => {
    const server = await start({ jetstream: false });
    const [one, two] = [await connect(server), await connect(server)];
    expect(one.capabilities).to.include({ journal: false, maxPayload: 1024 * 1024 });
    expect(one.capabilities.version).to.match(/^\d+\.\d+\.\d+/);
    const to = await readAt(two, "skein.t.box.b");
    const from = await readAt(one, "skein.t.box.a");
    from.mailbox.send("skein.t.box.b", parcelOf(1));
    const present = new Set<string>();
    await one.presence("skein.t.presence.workers", {
      onJoined: (id) => present.add(id),
      onLeft: (id) => present.delete(id),
    });
    await two.announce("skein.t.presence.workers", "w1", new Uint8Array(0));
    await until("both work", () => to.parcels.length === 1 && present.has("w1"));
    const lease = one.lease("skein.t.lease.leader", { holder: "t", ttlMs: 1_000, onLost: () => undefined });
    for (const asked of [one.journal("skein.t.journal.x"), one.blobs("skein.t.blob.x"), lease.acquire()]) {
      expect(await rejection(asked))
        .to.be.instanceOf(BusRefusedError)
        .with.property("message")
        .that.includes("-js");
    }
    expect(one.status).to.equal("connected");
  });

  it("hands a reader's error to whoever watches for trouble, and reads on", async () => {
    const server = await start();
    const troubles: string[] = [];
    const transport = await connect({ url: server.url, onTrouble: ({ message }) => troubles.push(message) });
    const read: number[] = [];
    const mailbox = await transport.mailbox("skein.t.box.broken", {
      onParcel: (parcel) => {
        read.push(numberOf(parcel));
        if (numberOf(parcel) === 1) throw new Error("a defect of the reader");
      },
    });
    for (const n of [0, 1, 2]) mailbox.send("skein.t.box.broken", parcelOf(n));
    await until("all are read", () => read.length === 3);
    expect(troubles).to.deep.equal(["a defect of the reader"]);
  });

  it("calls nobody gone whom it could not hear, because its own connection was down", async () => {
    const server = await start();
    const beat = { presenceBeatMs: 100 };
    const [watcher, proxy] = await through(server, beat);
    const other = await connect({ url: server.url, ...beat });
    const events: string[] = [];
    await watcher.presence("skein.t.presence.all", {
      onJoined: (id) => events.push(`${id} joined`),
      onLeft: (id) => events.push(`${id} left`),
    });
    const here = await other.announce("skein.t.presence.all", "w1", bytesOf("x"));
    await until("it is seen", () => events.length === 1);
    proxy.cut();
    await until("the cut is noticed", () => watcher.status === "disconnected");
    const downAtMs = performance.now();
    await until("it could have been missed", () => performance.now() > downAtMs + 600);
    proxy.heal();
    await until("it is back", () => watcher.status === "connected");
    await here.close();
    await until("its goodbye is heard", () => events.length > 1);
    expect(events).to.deep.equal(["w1 joined", "w1 left"]);
  });

  it("lets a lease outlast a short break of its holder's connection, and never two hold it", async () => {
    const server = await start();
    const [transport, proxy] = await through(server);
    const lost: string[] = [];
    const options = { holder: "t", ttlMs: 3_000, onLost: (why: string) => void lost.push(why) };
    const lease = transport.lease("skein.t.lease.leader", options);
    const rival = (await connect(server)).lease("skein.t.lease.leader", options);
    expect(await lease.acquire()).to.equal(true);
    proxy.reset();
    await until("the break is noticed", () => transport.status === "disconnected");
    expect(await rejection(lease.renew())).to.be.instanceOf(NotConnectedError);
    await until("it is back", () => transport.status === "connected");
    expect(await lease.renew()).to.equal(true);
    expect(await rival.acquire()).to.equal(false);
    expect([lease.held, rival.held, lost.length]).to.deep.equal([true, false, 0]);
  });
});
