import { expect } from "chai";
import * as fc from "fast-check";
import { advisories, advisoriesFor, advisoriesAsOf } from "../../../src/cli/inspect/doctor/advisories.js";
import type { Broker } from "../../../src/cli/inspect/doctor/broker.js";
import { durabilityOf } from "../../../src/cli/inspect/doctor/durability.js";

const ids = (kind: "nats" | "rabbitmq", version: string): string[] =>
  advisoriesFor(kind, version).map(({ id }) => id);

describe("Advisories on a broker", () => {
  it("bear on versions before the fix of their own line", () => {
    expect(ids("nats", "2.9.22")).to.include("CVE-2023-47090");
    expect(ids("nats", "2.9.23")).to.not.include("CVE-2023-47090");
    expect(ids("nats", "2.10.1")).to.include("CVE-2023-47090");
    expect(ids("nats", "2.10.2")).to.not.include("CVE-2023-47090");
  });

  it("bear on lines that were never mended, up to the newest fix", () => {
    expect(ids("nats", "2.9.99")).to.include("CVE-2025-30215");
    expect(ids("nats", "2.13.5")).to.include("GHSA-q59r-vq66-pxc2");
    expect(ids("nats", "2.15.0")).to.deep.equal([]);
    expect(ids("rabbitmq", "3.13.7")).to.include.members(["CVE-2025-30219", "CVE-2025-50200"]);
    expect(ids("rabbitmq", "3.13.8")).to.include("CVE-2025-50200").and.not.include("CVE-2025-30219");
  });

  it("do not bear on versions before what they are about was there", () => {
    expect(ids("nats", "2.9.10")).to.not.include("CVE-2023-46129");
    expect(ids("nats", "2.10.3")).to.include("CVE-2023-46129");
    expect(ids("rabbitmq", "4.1.0")).to.not.include("CVE-2026-44838");
  });

  it("all bear on a version that says nothing", () => {
    expect(ids("nats", "unknown")).to.have.lengthOf(advisories.nats.length);
    expect(ids("nats", "2.10.2-RC.1")).to.deep.equal(ids("nats", "2.10.2"));
  });

  it("become fewer, never more, with each patch of a line", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("nats" as const, "rabbitmq" as const),
        fc.nat(5),
        fc.nat(15),
        fc.nat(30),
        (kind, major, minor, patch) => {
          const after = ids(kind, `${major}.${minor}.${patch + 1}`);
          const before = ids(kind, `${major}.${minor}.${patch}`);
          const begun = advisories[kind].filter(({ since }) => since === `${major}.${minor}.${patch + 1}`);
          for (const id of after) expect([...before, ...begun.map((each) => each.id)]).to.include(id);
        },
      ),
    );
  });

  it("have names, fixes that are versions, and a day", () => {
    for (const kind of ["nats", "rabbitmq"] as const) {
      expect(advisoriesAsOf[kind]).to.match(/^20\d\d-\d\d-\d\d$/);
      for (const { id, fixedIn, since = "0.0.0" } of advisories[kind]) {
        expect(id).to.match(/^(CVE-20\d\d-\d{4,5}|GHSA(-[a-z0-9]{4}){3})$/);
        for (const version of [...fixedIn, since]) expect(version).to.match(/^\d+\.\d+\.\d+$/);
      }
      expect(new Set(advisories[kind].map(({ id }) => id)).size).to.equal(advisories[kind].length);
    }
  });
});

describe("What a broker keeps", () => {
  const nats = {
    kind: "nats",
    name: "n1",
    version: "2.9.10",
    clusterName: "",
    journal: true,
    streams: [],
  } as const;
  const stream = { name: "skein__a__journal__terms", storage: "file", replicas: 1, current: 1 } as const;
  const said = (broker: Broker): string => {
    const { sentence, notes } = durabilityOf(broker);
    expect(sentence).to.match(/^[A-Z].*\.$/);
    return [sentence, ...notes].join("\n");
  };

  it("is nothing without JetStream or streams, and says how to get them", () => {
    expect(said({ ...nats, journal: false }))
      .to.match(/^Nothing is kept/)
      .and.to.include("-js");
    expect(said({ ...nats, kind: "rabbitmq", version: "3.9.1", journal: false })).to.include("3.10");
  });

  it("is lost in a power cut for as long as the version of NATS flushes nothing", () => {
    expect(said({ ...nats, streams: [stream] }))
      .to.include("can cost the last 60 s")
      .and.to.include("cannot be changed before 2.10");
    expect(said({ ...nats, version: "2.12.1", streams: [stream] }))
      .to.include("can cost the last 2 minutes")
      .and.to.include("sync_interval: always");
  });

  it("survives as many servers as the least replicated stream does", () => {
    const three = { ...stream, replicas: 3, current: 2 };
    expect(said({ ...nats, clusterName: "c", streams: [three] }))
      .to.include("the loss of 1 of the 3 servers")
      .and.to.include("2 of 3")
      .and.to.include('"c"');
    expect(said({ ...nats, clusterName: "c", streams: [three, stream] })).to.include(
      "a crash of nats-server, but not",
    );
  });

  it("is in memory only where a stream is", () => {
    expect(said({ ...nats, streams: [{ ...stream, storage: "memory" }] })).to.include("memory only");
  });

  it("is replicated and not flushed on RabbitMQ", () => {
    expect(said({ ...nats, kind: "rabbitmq", version: "3.10.8", clusterName: "rabbit@a" }))
      .to.include("flushed by none")
      .and.to.include("rabbit@a");
  });
});
