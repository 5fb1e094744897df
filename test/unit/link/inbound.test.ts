import { expect } from "chai";
import fc from "fast-check";
import { Inbound } from "../../../src/actors/link/inbound.js";
import { Outbound } from "../../../src/actors/link/outbound.js";
import { defaultLimits } from "../../../src/protocol/limits.js";
import { defaultTiming } from "../../../src/protocol/timing.js";

describe("The receiving half of a link", () => {
  it("holds whatever its peer may have under way, in any order, until what is missing comes", () => {
    const limits = { ...defaultLimits, windowBytes: 1_000, windowMessages: 50 };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1_500 }), { minLength: 2, maxLength: 60 }),
        fc.infiniteStream(fc.nat()),
        (sizes, luck) => {
          const [outbound, inbound] = [
            new Outbound<number>(limits, defaultTiming),
            new Inbound<number>(limits, defaultTiming),
          ];
          for (const [i, nbytes] of sizes.entries()) outbound.offer(i, nbytes);
          const got: number[] = [];
          while (got.length < sizes.length) {
            const window = [];
            for (let next = outbound.take(0); next !== undefined; next = outbound.take(0)) window.push(next);
            const [first, ...rest] = window;
            const shuffled = rest
              .map((each) => [luck.next().value as number, each] as const)
              .toSorted(([a], [b]) => a - b)
              .map(([, each]) => each);
            for (const each of [...shuffled, ...(first === undefined ? [] : [first])]) {
              const arrival = inbound.arrive(each.seq, each.payload, each.nbytes, 0, (payload) =>
                got.push(payload),
              );
              expect(arrival).to.be.oneOf(["held", "taken"]);
              inbound.validate();
            }
            outbound.acknowledge(inbound.received, 0);
          }
          expect(got).to.deep.equal(sizes.map((_, i) => i));
        },
      ),
    );
  });

  it("holds no more than that: a peer past its window is told to start afresh", () => {
    const limits = { ...defaultLimits, windowBytes: 1_000 };
    const inbound = new Inbound<number>(limits, defaultTiming);
    const arrive = (seq: number, nbytes: number) => inbound.arrive(seq, seq, nbytes, 0, () => undefined);
    expect([arrive(2, 999), arrive(3, 5_000), arrive(4, 1)]).to.deep.equal(["held", "held", "overrun"]);
    expect(arrive(2 + limits.windowMessages, 1)).to.equal("overrun");
  });
});
