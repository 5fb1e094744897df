import { expect } from "chai";
import fc from "fast-check";
import { BusRefusedError, BusUnreachableError, NotConnectedError } from "../../../src/errors.js";
import { dialOf } from "../../../src/transport/amqp/dial.js";
import { exchangeOf, freshQueue, keyOf, queueBelow } from "../../../src/transport/amqp/names.js";
import { decodeRecord, encodeRecord, journalRecord } from "../../../src/transport/amqp/record.js";
import { asUserError, finalRefusal } from "../../../src/transport/amqp/refusals.js";
import { isAtLeast } from "../../../src/transport/amqp/server-info.js";
import { StatusBoard } from "../../../src/transport/amqp/status-board.js";
import { checkStreams } from "../../../src/transport/amqp/streams.js";

describe("Names on RabbitMQ", () => {
  it("stay below prefix and cluster, and within what AMQP allows, however long they are", () => {
    const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(token, fc.constant("x".repeat(80))), { minLength: 3, maxLength: 6 }),
        fc.string(),
        (tokens, key) => {
          const name = tokens.join(".");
          const own = `${tokens[0]}.${tokens[1]}.`;
          for (const made of [exchangeOf(name), freshQueue(name), queueBelow(name, key)]) {
            expect(Buffer.byteLength(made)).to.be.at.most(255);
            expect(made.startsWith(own), made).to.equal(true);
          }
        },
      ),
    );
  });

  it("that are long and differ in their end only stay different", () => {
    const long = `skein.team.box.${"x".repeat(230)}`;
    expect(keyOf(`${long}1`)).to.not.equal(keyOf(`${long}2`));
    expect(freshQueue("skein.t.box.a")).to.not.equal(freshQueue("skein.t.box.a"));
  });
});

describe("Records in a stream", () => {
  it("come back as they were written; a claim's term is where it stands", () => {
    const record = { writer: 2n ** 63n, number: 7, term: 12, keptFrom: 3, bytes: Uint8Array.of(1, 2) };
    expect(decodeRecord(encodeRecord(record))).to.deep.equal(record);
    const claim = decodeRecord(encodeRecord({ ...record, term: undefined }));
    expect(journalRecord(40, claim)).to.deep.equal({ position: 40, term: 40, bytes: record.bytes });
  });

  it("of others keep their place and never count", () => {
    for (const bytes of [Buffer.from("hello"), Buffer.alloc(100)]) {
      expect(journalRecord(5, decodeRecord(bytes)).term).to.equal(-1);
    }
  });
});

describe("What RabbitMQ answers", () => {
  const asked = { what: "to read skein.a.box.b", subject: "skein.a.bus", permission: "read" };

  it("names what is refused and the permission that is missing", () => {
    const error = asUserError(Object.assign(new Error("ACCESS_REFUSED"), { code: 403 }), "amqp://x", asked);
    expect(error).to.be.instanceOf(BusRefusedError);
    expect(error.message)
      .to.contain("to read skein.a.box.b")
      .and.contain("permission read")
      .and.contain("skein.a.bus");
  });

  it("is no refusal where nothing was answered", () => {
    expect(asUserError(new Error("channel closed"), "amqp://x", asked)).to.be.instanceOf(NotConnectedError);
  });

  it("ends a first connect only where another try would not help", () => {
    const judge = (error: Error): unknown => finalRefusal(error, "amqp://x", "u", "v");
    expect(
      judge(new Error('Handshake terminated by server: 403 (ACCESS-REFUSED) with message "x"')),
    ).to.be.instanceOf(BusRefusedError);
    expect(judge(Object.assign(new Error("x"), { code: "SELF_SIGNED_CERT_IN_CHAIN" }))).to.be.instanceOf(
      BusUnreachableError,
    );
    expect(judge(Object.assign(new Error("x"), { code: "ECONNREFUSED" }))).to.equal(undefined);
  });

  it("about its version decides on streams", () => {
    expect(["3.10.0", "3.13.7", "4.0.0-rc.1"].map((version) => isAtLeast(version, 3, 10))).to.deep.equal([
      true,
      true,
      true,
    ]);
    expect(["3.9.29", "2.99", "?"].map((version) => isAtLeast(version, 3, 10))).to.deep.equal([
      false,
      false,
      false,
    ]);
    const old = {
      server: "RabbitMQ",
      version: "3.8.9",
      clusterName: "",
      journal: false,
      writeFence: false,
      durability: "",
    } as const;
    expect(() => checkStreams(old, "amqp://x", "skein.a.journal.j")).to.throw(
      BusRefusedError,
      /3\.8\.9.*3\.10/s,
    );
  });
});

describe("The address of a RabbitMQ", () => {
  it("brings user, password and virtual host, which options override", async () => {
    const dial = await dialOf({ url: "amqp://anna:p%40ss@mq.example:5673/team%2Fa" });
    expect(dial).to.include({ user: "anna", vhost: "team/a", url: "amqp://anna@mq.example:5673/team%2Fa" });
    expect(dial.options).to.include({ hostname: "mq.example", port: 5673, password: "p@ss", heartbeat: 10 });
    const other = await dialOf({ url: "amqps://mq.example", user: "bob", password: "x" });
    expect(other.options).to.include({ protocol: "amqps", username: "bob", password: "x" });
    expect(other.vhost).to.equal("/");
  });
});

describe("A transport's status on RabbitMQ", () => {
  it("is disconnected before it is blocked, and told only when it changes", async () => {
    const board = new StatusBoard();
    const told: string[] = [];
    board.watch((status) => told.push(status));
    const channel = {};
    board.note({ alarmed: true });
    board.note({ congested: true });
    board.noteBroken(channel, true);
    board.note({ alarmed: false });
    board.noteBroken(channel, false);
    board.note({ congested: false });
    board.note({ closed: true });
    board.note({ up: false });
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).to.deep.equal(["blocked", "disconnected", "blocked", "connected", "closed"]);
  });
});
