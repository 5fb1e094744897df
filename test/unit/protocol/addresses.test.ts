import { expect } from "chai";
import fc from "fast-check";
import { InvalidArgumentError } from "../../../src/errors.js";
import { asToken, mailboxName, parsePeerId, peerId, sharedName } from "../../../src/protocol/addresses.js";
import { defaultTiming, timingAt } from "../../../src/protocol/timing.js";

const space = { prefix: "skein", cluster: "team-a" };

describe("Addresses", () => {
  it("name an incarnation, and come apart again", () => {
    expect(peerId("worker", "w1", "8f3a")).to.equal("worker:w1:8f3a");
    expect(parsePeerId("worker:w1:8f3a")).to.deep.equal({ role: "worker", name: "w1", inc: "8f3a" });
  });

  it("refuse names that would reach into other subjects or match many", () => {
    for (const name of ["", "a.b", "a*", ">", "a b", "a:b", "#", "ä", "x".repeat(81)]) {
      expect(() => peerId("worker", name, "1"), name).to.throw(InvalidArgumentError, /letters, digits/);
    }
    expect(() => mailboxName({ prefix: "a.>", cluster: "c" }, "worker:w:1")).to.throw(InvalidArgumentError);
    expect(() => mailboxName(space, "worker:w.>:1")).to.throw(InvalidArgumentError, /peerId/);
  });

  it("are no peer ids with a part missing, added or empty", () => {
    for (const text of ["", "worker", "worker:w", "worker::1", "worker:w:1:2", "boss:w:1"]) {
      expect(parsePeerId(text), text).to.equal(undefined);
    }
  });

  it("become names on the bus under the prefix and the cluster", () => {
    expect(mailboxName(space, "client:c:1")).to.equal("skein.team-a.box.client.c.1");
    expect(sharedName(space, "lease", "leader")).to.equal("skein.team-a.lease.leader");
  });

  it("can be made of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
        expect(parsePeerId(peerId("client", asToken(text), "1"))).to.not.equal(undefined);
      }),
    );
  });
});

describe("Timing", () => {
  it("is scaled as a whole, so that no two times change places", () => {
    const fast = timingAt(0.1);
    expect(fast.deadAfterMs).to.equal(1_000);
    expect(Object.keys(fast)).to.deep.equal(Object.keys(defaultTiming));
    for (const [name, ms] of Object.entries(defaultTiming)) {
      expect(fast[name as keyof typeof fast]).to.be.closeTo((ms as number) / 10, 1e-9);
    }
  });

  it("lets a worker stop starting tasks before it is given up", () => {
    expect(defaultTiming.startLeaseMs).to.be.lessThan(defaultTiming.deadAfterMs);
    expect(defaultTiming.leaseAbandonMs).to.be.lessThan(defaultTiming.leaseTtlMs);
  });
});
