import { expect } from "chai";
import * as fc from "fast-check";
import { ReadySet } from "../../../src/executor/sync/ready-set.core.js";

describe("ReadySet", () => {
  it("gives nothing when it is empty, whatever its capacity", () => {
    for (const capacity of [0, 1, 31, 32, 33, 1024, 1025, 40_000]) {
      expect(new ReadySet(capacity).takeFirst()).to.equal(-1);
    }
  });

  it("gives its members in ascending order, each once", () => {
    const set = new ReadySet(100_000);
    for (const member of [99_999, 0, 31, 32, 1023, 1024, 32_768, 31]) set.add(member);
    const taken: number[] = [];
    for (let next = set.takeFirst(); next >= 0; next = set.takeFirst()) taken.push(next);
    expect(taken).to.deep.equal([0, 31, 32, 1023, 1024, 32_768, 99_999]);
  });

  it("behaves as a sorted list does, for any sequence of adding and taking", () => {
    const step = fc.option(fc.nat(4999), { freq: 3, nil: undefined });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const set = new ReadySet(5000);
        const model = new Set<number>();
        for (const member of steps) {
          if (member === undefined) {
            const least = model.size === 0 ? -1 : Math.min(...model);
            expect(set.takeFirst()).to.equal(least);
            model.delete(least);
          } else {
            set.add(member);
            model.add(member);
          }
        }
      }),
    );
  });
});
