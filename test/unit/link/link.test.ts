import { expect } from "chai";
import fc from "fast-check";
import { LinkCore } from "../../../src/actors/link/link.core.js";
import type { LinkInstruction } from "../../../src/actors/link/link.js";
import { ackEveryMessages, defaultLimits } from "../../../src/protocol/limits.js";
import { defaultTiming } from "../../../src/protocol/timing.js";
import type { Faults, Side } from "./virtual-network.js";
import { deliveredArePrefixes, helloOf, noFaults, VirtualNetwork } from "./virtual-network.js";

const sides = ["a", "b"] as const;

function settled(network: VirtualNetwork): void {
  const { a, b } = network.ends;
  expect([a.mirror, b.mirror], "what each believes of the other").to.deep.equal([b.value, a.value]);
  expect([a.link.stateName, b.link.stateName]).to.deep.equal(["open", "open"]);
  expect(deliveredArePrefixes(network), "delivered are prefixes of sent").to.equal(true);
}

/** What the owners and the bus do, and when. */
type Act =
  | { readonly at: number; readonly do: "increment"; readonly side: Side; readonly times: number }
  | { readonly at: number; readonly do: "cut"; readonly side: Side; readonly forMs: number };

const side = fc.constantFrom(...sides);
const at = fc.integer({ min: 0, max: 8_000 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      at,
      do: fc.constant("increment" as const),
      side,
      times: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at,
      do: fc.constant("cut" as const),
      side,
      forMs: fc.integer({ min: 1, max: 1_500 }),
    }),
  },
);
const faults: fc.Arbitrary<Faults> = fc.record({
  lossRate: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.3, noNaN: true })),
  duplicateRate: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.5, noNaN: true })),
  maxDelayMs: fc.double({ min: 0.1, max: 100, noNaN: true }),
  ghostRate: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.6, noNaN: true })),
});

function play(network: VirtualNetwork, acts: readonly Act[]): void {
  for (const each of acts) {
    network.at(each.at, () => {
      if (each.do === "cut") {
        network.disconnect(each.side);
        network.at(network.now + each.forMs, () => network.reconnect(each.side));
      } else for (let i = 0; i < each.times; i += 1) network.increment(each.side);
    });
  }
  network.run(10_000);
  for (const side of sides) network.reconnect(side);
  network.faults = noFaults;
  // One word from each end after the faults: a link that nobody uses has no need to notice that it was cut.
  for (const side of sides) network.increment(side);
  network.run(70_000);
}

describe("A link", () => {
  for (const resend of [true, false]) {
    const how = resend ? "" : ", with resending switched off";

    it(`delivers in order, each message once, nothing across generations, and ends in agreement${how}`, () => {
      fc.assert(
        fc.property(fc.nat(), faults, fc.array(act, { maxLength: 25 }), (seed, faults, acts) => {
          const network = new VirtualNetwork(seed, faults, { resend });
          play(network, acts);
          settled(network);
          expect(network.isIdle, "nothing stirs when nothing is due").to.equal(true);
        }),
        { numRuns: 250 },
      );
    });

    it(`keeps its bounds and recovers when owners ignore back-pressure on tiny windows${how}`, () => {
      const tiny = { windowMessages: 4, windowBytes: 60, queuedMessages: 9, queuedBytes: 300 };
      fc.assert(
        fc.property(fc.nat(), faults, fc.array(act, { maxLength: 25 }), (seed, faults, acts) => {
          const network = new VirtualNetwork(seed, faults, { resend }, tiny);
          play(network, acts);
          settled(network);
        }),
        { numRuns: 250 },
      );
    });
  }

  it("is up on both ends after one round trip, and has then carried what was said before", () => {
    const network = new VirtualNetwork(1, noFaults);
    network.increment("a");
    network.run(10);
    settled(network);
    expect(network.ends.a.log[0]).to.equal("up");
  });

  it("comes up once when both ends open at the same moment", () => {
    const network = new VirtualNetwork(1, noFaults);
    for (const side of sides) network.increment(side);
    network.run(1_000);
    settled(network);
    expect(sides.map((side) => network.ends[side].ups)).to.deep.equal([1, 1]);
  });

  it("is silent when there is nothing to say: one acknowledgement, then no timer", () => {
    const network = new VirtualNetwork(1, noFaults);
    network.increment("a");
    network.run(Infinity);
    const before = network.ends.a.transmitted + network.ends.b.transmitted;
    expect(before).to.be.at.most(8);
    expect(network.isIdle).to.equal(true);
  });

  it("acknowledges with what goes the other way, and on its own only once in a while", () => {
    const network = new VirtualNetwork(1, noFaults);
    network.increment("a");
    network.run(Infinity);
    const { a, b } = network.ends;
    const [fromA, fromB] = [a.transmitted, b.transmitted];
    for (let i = 0; i < 10 * ackEveryMessages; i += 1) network.increment("a");
    network.run(Infinity);
    expect(a.transmitted - fromA).to.equal(10 * ackEveryMessages);
    expect(b.transmitted - fromB).to.equal(10);
  });

  it("fills a gap by asking, without starting afresh", () => {
    const network = new VirtualNetwork(1, noFaults);
    network.increment("a");
    network.run(1_000);
    network.faults = { ...noFaults, lossRate: 1 };
    network.increment("a");
    network.faults = noFaults;
    const begin = network.now;
    network.increment("a");
    network.run(begin + defaultTiming.askAfterMs + 10);
    settled(network);
    expect(network.ends.a.ups).to.equal(1);
  });

  it("sends a lost last message again, and starts afresh when that does not help", () => {
    const network = new VirtualNetwork(1, noFaults);
    network.increment("a");
    network.run(1_000);
    network.faults = { ...noFaults, lossRate: 1 };
    network.increment("a");
    network.run(1_100);
    network.faults = noFaults;
    network.run(1_300);
    settled(network);
    expect(network.ends.b.ups).to.equal(1);

    network.faults = { ...noFaults, lossRate: 1 };
    network.increment("a");
    network.run(10_000);
    network.faults = noFaults;
    network.run(20_000);
    settled(network);
    expect(sides.map((side) => network.ends[side].ups)).to.deep.equal([2, 2]);
  });

  it("does not start afresh because of single losses, of messages or acknowledgements, however many there were", () => {
    const network = new VirtualNetwork(1, noFaults);
    network.increment("a");
    network.run(1_000);
    for (let i = 0; i < 20; i += 1) {
      if (i % 2 === 0) network.faults = { ...noFaults, lossRate: 1 };
      network.increment("a");
      if (i % 2 === 1) network.run(network.now + 2);
      network.faults = { ...noFaults, lossRate: 1 };
      network.run(network.now + 100);
      network.faults = noFaults;
      network.run(network.now + 5_000);
    }
    settled(network);
    expect(network.ends.a.ups).to.equal(1);
  });

  it("starts afresh after a reconnect, even one that was over before it was noticed", () => {
    const network = new VirtualNetwork(1, noFaults);
    network.increment("a");
    network.run(1_000);
    network.tell("b", { type: "reconnected" });
    network.run(2_000);
    settled(network);
    expect(sides.map((side) => network.ends[side].ups)).to.deep.equal([2, 2]);
  });

  it("asks for the whole state when more was said before it came up than may wait", () => {
    const network = new VirtualNetwork(1, noFaults, {}, { queuedMessages: 5 });
    for (let i = 0; i < 50; i += 1) network.increment("a");
    expect(network.ends.a.link.dropped).to.equal(45);
    network.run(Infinity);
    settled(network);
    expect(network.ends.b.mirror).to.equal(50);
    expect(network.ends.a.ups).to.equal(2);
  });

  it("tells its owner of a full window, and again when it is half empty", () => {
    const network = new VirtualNetwork(1, { ...noFaults, maxDelayMs: 5 }, {}, { windowMessages: 100 });
    network.increment("a");
    network.run(1_000);
    for (let i = 0; i < 150; i += 1) network.increment("a");
    expect(network.ends.a.link.stateName).to.equal("full");
    expect(network.ends.a.link.writable).to.equal(false);
    network.run(Infinity);
    expect(network.ends.a.lost).to.deep.equal(["full", "drained"]);
    settled(network);
  });

  it("counts bytes as well as messages, but lets one large message pass alone", () => {
    const network = new VirtualNetwork(1, noFaults, {}, { windowBytes: 1_000 });
    network.increment("a");
    network.run(1_000);
    network.say("a", { id: 1e9, add: 0 }, 50_000);
    network.say("a", { id: 1e9 + 1, add: 0 }, 50_000);
    const { a, b } = network.ends;
    expect([...(a.sent.get(1) ?? [])].length, "one under way, one waiting").to.equal(3);
    network.run(Infinity);
    expect(b.lastDelivered).to.equal(1e9 + 1);
  });

  it("drops and counts what is said while it starts afresh: the exchange that follows covers it", () => {
    const network = new VirtualNetwork(1, noFaults);
    network.increment("a");
    network.run(1_000);
    network.disconnect("a");
    for (let i = 0; i < 100; i += 1) network.increment("a");
    expect(network.ends.a.link.dropped).to.equal(100);
    network.run(2_000);
    network.reconnect("a");
    network.run(Infinity);
    settled(network);
    expect(network.ends.b.mirror).to.equal(101);
  });

  it("waits through a blocked bus without losing anything or starting afresh", () => {
    const network = new VirtualNetwork(1, noFaults, { deadAfterMs: defaultTiming.deadAfterMs });
    network.increment("a");
    network.run(1_000);
    network.tell("a", { type: "blocked" });
    for (let i = 0; i < 10; i += 1) network.increment("a");
    network.run(60_000);
    network.tell("a", { type: "unblocked" });
    network.run(Infinity);
    settled(network);
    expect(network.ends.a.ups).to.equal(1);
    expect(network.ends.a.lost).to.deep.equal([]);
  });

  it("starts afresh when this end begins to lead, and the other end follows the newer term", () => {
    const network = new VirtualNetwork(1, noFaults);
    network.increment("a");
    network.run(1_000);
    network.tell("a", { type: "lead", epoch: 5 });
    network.run(2_000);
    settled(network);
    expect(sides.map((side) => network.ends[side].ups)).to.deep.equal([2, 2]);
  });

  describe("calls its peer silent", () => {
    const options = { deadAfterMs: defaultTiming.deadAfterMs };
    const deaf = { ...noFaults, lossRate: 1 };

    it("when something is due and nothing was heard for as long as that takes", () => {
      const network = new VirtualNetwork(1, deaf, options);
      network.increment("a");
      network.run(defaultTiming.deadAfterMs - 1);
      expect(network.ends.a.lost).to.deep.equal([]);
      network.run(defaultTiming.deadAfterMs + 1);
      expect(network.ends.a.lost).to.deep.equal(["lost"]);
      expect(network.isIdle).to.equal(true);
    });

    it("but not when nothing is due", () => {
      const network = new VirtualNetwork(1, noFaults, options);
      network.increment("a");
      network.run(1_000);
      network.faults = deaf;
      network.run(1_000_000);
      expect(network.ends.a.lost).to.deep.equal([]);
    });

    it("but not while this end's own bus is down, nor for a grace after", () => {
      const network = new VirtualNetwork(1, noFaults, options);
      network.increment("a");
      network.run(1_000);
      network.increment("a");
      network.disconnect("a");
      network.run(100_000);
      network.faults = deaf;
      network.reconnect("a");
      network.run(100_000 + defaultTiming.deadAfterMs + defaultTiming.graceMs - 1);
      expect(network.ends.a.lost).to.deep.equal([]);
      network.run(100_000 + defaultTiming.deadAfterMs + defaultTiming.graceMs + 1);
      expect(network.ends.a.lost).to.deep.equal(["lost"]);
    });

    it("and later by as long as this end itself stood still", () => {
      const network = new VirtualNetwork(1, deaf, options);
      network.increment("a");
      network.run(defaultTiming.deadAfterMs - 1);
      network.tell("a", { type: "stalled", ms: 4_000 });
      network.run(defaultTiming.deadAfterMs + 3_999);
      expect(network.ends.a.lost).to.deep.equal([]);
      network.run(defaultTiming.deadAfterMs + 4_001);
      expect(network.ends.a.lost).to.deep.equal(["lost"]);
    });
  });

  describe("on its own", () => {
    const make = (versions: readonly [number, number] = [1, 1]): LinkCore<string> =>
      new LinkCore<string>({
        hello: helloOf("me", versions),
        timing: defaultTiming,
        limits: defaultLimits,
        deadAfterMs: Infinity,
        resend: true,
        epoch: 0,
      });
    const synced = (): LinkCore<string> => {
      const link = make();
      const frame = { epoch: 3, gen: 1, seq: 0, ack: 0 };
      link.handle({ type: "received", frame: { ...frame, control: sync("you") } }, 0);
      link.drain();
      return link;
    };
    const sync = (name: string, versions: readonly [number, number] = [1, 1]) =>
      ({ kind: "sync", reply: false, hello: helloOf(name, versions) }) as const;
    const types = (instructions: readonly LinkInstruction<string>[]): string[] =>
      instructions.map((each) =>
        each.type === "transmit" ? (each.frame.control?.kind ?? "data") : each.type,
      );

    it("ignores what was said in an older term, and says so", () => {
      const link = synced();
      link.handle({ type: "received", frame: { epoch: 2, gen: 1, seq: 1, ack: 0, payload: "old" } }, 1);
      expect(types(link.drain())).to.deep.equal(["stale"]);
      link.handle({ type: "received", frame: { epoch: 3, gen: 1, seq: 1, ack: 0, payload: "new" } }, 2);
      expect(types(link.drain())).to.deep.equal(["deliver"]);
    });

    it("answers a stranger's message by proposing to start afresh, and delivers nothing of it", () => {
      const link = make();
      link.handle({ type: "received", frame: { epoch: 0, gen: 7, seq: 4, ack: 0, payload: "what?" } }, 0);
      const [proposal, ...rest] = link.drain();
      expect(rest).to.deep.equal([]);
      expect(proposal).to.have.nested.property("frame.gen", 8);
      expect(proposal).to.have.nested.property("frame.control.kind", "sync");
    });

    it("tells a peer that proposes again, or an older generation, where it is", () => {
      const link = synced();
      for (const gen of [1, 0]) {
        link.handle({ type: "received", frame: { epoch: 3, gen, seq: 0, ack: 0, control: sync("you") } }, 1);
        const [answer, ...rest] = link.drain();
        expect(rest).to.deep.equal([]);
        expect(answer).to.have.nested.property("frame.gen", 1);
        expect(answer).to.have.nested.property("frame.control.reply", true);
      }
      const control = { ...sync("you"), reply: true };
      link.handle({ type: "received", frame: { epoch: 3, gen: 1, seq: 0, ack: 0, control } }, 2);
      expect(link.drain(), "an answer is not answered").to.deep.equal([]);
    });

    it("does not come up by an old proposal while it waits for an answer to its own", () => {
      const link = synced();
      link.handle({ type: "reconnected" }, 1);
      link.drain();
      link.handle({ type: "received", frame: { epoch: 3, gen: 1, seq: 0, ack: 0, control: sync("you") } }, 2);
      expect(types(link.drain())).to.deep.equal(["sync"]);
      expect(link.stateName).to.equal("syncing");
    });

    it("starts afresh when a message lies past the window", () => {
      const link = synced();
      const seq = defaultLimits.windowMessages + 1;
      link.handle({ type: "received", frame: { epoch: 3, gen: 1, seq, ack: 0, payload: "far" } }, 1);
      expect(types(link.drain())).to.deep.equal(["sync"]);
      expect(link.stateName).to.equal("syncing");
    });

    it("goes on past a message whose body was refused", () => {
      const link = synced();
      link.handle({ type: "received", frame: { epoch: 3, gen: 1, seq: 1, ack: 0 } }, 1);
      link.handle({ type: "received", frame: { epoch: 3, gen: 1, seq: 2, ack: 0, payload: "next" } }, 1);
      expect(link.drain()).to.deep.equal([{ type: "deliver", payload: "next" }]);
    });

    it("ignores acknowledgements of what was never sent", () => {
      const link = synced();
      link.handle({ type: "send", payload: "one", nbytes: 1 }, 1);
      link.handle(
        { type: "received", frame: { epoch: 3, gen: 1, seq: 0, ack: 99, control: { kind: "ack" } } },
        2,
      );
      link.validate();
      expect(link.nextTimer()).to.equal(1 + defaultTiming.resendAfterMs);
    });

    it("speaks the lower of two versions, and refuses a peer with which it has none in common", () => {
      const link = make([1, 4]);
      link.handle(
        { type: "received", frame: { epoch: 0, gen: 1, seq: 0, ack: 0, control: sync("x", [2, 3]) } },
        0,
      );
      expect(link.version).to.equal(3);
      const strange = make([1, 2]);
      strange.handle(
        { type: "received", frame: { epoch: 0, gen: 1, seq: 0, ack: 0, control: sync("x", [3, 4]) } },
        0,
      );
      expect(types(strange.drain())).to.deep.equal(["sync", "incompatible"]);
      expect(strange.stateName).to.equal("closed");
    });

    it("gives a peer up when the bus says for the time of a grace that nobody is there", () => {
      const link = make();
      const at = defaultTiming.graceMs;
      link.handle({ type: "open" }, 0);
      for (const ms of [10, 1_000]) link.handle({ type: "nobody" }, ms);
      expect(types(link.drain())).to.deep.equal(["sync"]);
      const frame = { epoch: 0, gen: 0, seq: 0, ack: 0, control: { kind: "ack" } } as const;
      link.handle({ type: "received", frame }, 1_500);
      for (const ms of [2_000, 1_900 + at]) link.handle({ type: "nobody" }, ms);
      expect(types(link.drain()), "it was heard in between").to.deep.equal([]);
      link.handle({ type: "nobody" }, 2_000 + at);
      expect(link.drain()).to.deep.equal([{ type: "lost", why: "nobody" }]);
      link.handle({ type: "nobody" }, 3_000 + at);
      expect(link.drain()).to.deep.equal([]);
    });

    it("says nothing and wants nothing once it is closed", () => {
      const link = synced();
      link.handle({ type: "send", payload: "one", nbytes: 1 }, 1);
      link.handle({ type: "close" }, 2);
      link.drain();
      expect(link.nextTimer()).to.equal(undefined);
    });
  });
});
