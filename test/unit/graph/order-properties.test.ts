import { expect } from "chai";
import fc from "fast-check";
import { diagnose } from "../../../src/graph/order/diagnostics.js";
import { orderOf } from "../../../src/graph/order/order.js";
import { flawOf, peakOf, plainDepthFirst, pressureOf } from "../../support/order-checks.js";
import { lowestPeak } from "../../support/optimum.js";
import { permuted, toIndex, type Topology } from "../../support/topology.js";

/** Any graph of up to `maxSize` tasks: each needs some of those before it, near ones or any. */
function topologies(maxSize: number, maxNeeds = 3): fc.Arbitrary<number[][]> {
  return fc
    .array(fc.array(fc.nat(), { maxLength: maxNeeds }), { minLength: 1, maxLength: maxSize })
    .chain((drawn) =>
      fc.constantFrom(3, 8, maxSize).map((reach) =>
        drawn.map((row, i) => {
          const near = Math.min(i, reach);
          return near === 0 ? [] : [...new Set(row.map((n) => i - 1 - (n % near)))];
        }),
      ),
    );
}

/** Trees, each result used once at most. */
const forests = (maxSize: number): fc.Arbitrary<number[][]> =>
  fc.array(fc.option(fc.nat(), { freq: 8 }), { minLength: 1, maxLength: maxSize }).map((drawn) => {
    const rows: number[][] = drawn.map(() => []);
    drawn.forEach((n, i) => {
      const later = rows.length - 1 - i;
      if (n !== null && later > 0) rows[i + 1 + (n % later)]!.push(i);
    });
    return rows;
  });

const shuffled = (size: number): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: size }, (_, i) => i),
    { minLength: size },
  );

/** What is held when each task starts, worked out from the definition, without counters. */
function heldByDefinition(rows: Topology, rank: Int32Array): number[] {
  const order = [...rank.keys()].sort((a, b) => rank[a]! - rank[b]!);
  return order.map((_, at) => {
    const started = new Set(order.slice(0, at));
    const pending = order.slice(at);
    return [...started].filter((v) => pending.some((w) => rows[w]!.includes(v))).length;
  });
}

describe("For any graph, the order", () => {
  it("gives each task one rank, after all it needs by data and by control", () => {
    fc.assert(
      fc.property(topologies(60), topologies(60, 1), (rows, controls) => {
        const index = toIndex(rows, { controls: rows.map((_, i) => controls[i] ?? []) });
        expect(flawOf(index, orderOf(index))).to.equal(undefined);
      }),
      { numRuns: 500 },
    );
  });

  it("is the same each time", () => {
    fc.assert(
      fc.property(topologies(40), (rows) => {
        expect(orderOf(toIndex(rows))).to.deep.equal(orderOf(toIndex(rows)));
      }),
    );
  });

  it("does not depend on names", () => {
    fc.assert(
      fc.property(topologies(40), fc.infiniteStream(fc.string()), (rows, names) => {
        const drawn = rows.map((_, i) => `${names.next().value as string}${i}`);
        expect(orderOf(toIndex(rows, { name: (i) => drawn[i] as string }))).to.deep.equal(
          orderOf(toIndex(rows)),
        );
      }),
    );
  });

  it("never holds more than going depth first in the order of writing", () => {
    fc.assert(
      fc.property(topologies(60), (rows) => {
        const index = toIndex(rows);
        expect(pressureOf(index).peak).to.be.at.most(pressureOf(index, plainDepthFirst(rows)).peak);
      }),
      { numRuns: 1000 },
    );
  });

  it("holds at least what its widest task needs, and never more than all results but one", () => {
    fc.assert(
      fc.property(topologies(30), (rows) => {
        const peak = peakOf(rows);
        expect(peak).to.be.at.least(Math.max(...rows.map((row) => row.length)));
        expect(peak).to.be.at.most(rows.length - 1);
      }),
    );
  });

  it("holds as little as can be where each result is used once, however it is written down", () => {
    fc.assert(
      fc.property(
        forests(13).chain((rows) => fc.tuple(fc.constant(rows), shuffled(rows.length))),
        ([rows, place]) => {
          const best = lowestPeak(rows);
          expect(peakOf(rows)).to.equal(best);
          expect(peakOf(permuted(rows, place))).to.equal(best);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("Of 1,500 random graphs of up to eleven tasks", () => {
  // How good a rule of thumb is can only be said of a given sample: hence the seed.
  const sample = fc.sample(
    topologies(11).chain((rows) => fc.tuple(fc.constant(rows), shuffled(rows.length))),
    { seed: 20_250, numRuns: 1500 },
  );
  const over = (peaks: readonly number[]): number[] =>
    peaks.map((peak, i) => peak - lowestPeak(sample[i]![0]));

  it("at least 98 in 100 are ordered as well as can be, and none holds more than one result too many", () => {
    const excess = over(sample.map(([rows]) => peakOf(rows)));
    expect(Math.max(...excess)).to.be.at.most(1);
    expect(excess.filter((n) => n > 0).length).to.be.at.most(0.02 * sample.length);
  });

  it("the same holds when they are written down in a random order", () => {
    const excess = over(sample.map(([rows, place]) => peakOf(permuted(rows, place))));
    expect(Math.max(...excess)).to.be.at.most(1);
    expect(excess.filter((n) => n > 0).length).to.be.at.most(0.02 * sample.length);
  });
});

describe("Diagnostics", () => {
  it("say what is held when each task starts, as the definition has it", () => {
    fc.assert(
      fc.property(topologies(25), (rows) => {
        const index = toIndex(rows);
        const rank = orderOf(index);
        const expected = heldByDefinition(rows, rank);
        expect(diagnose(index, rank)).to.deep.equal({ peak: Math.max(...expected), curve: expected });
      }),
    );
  });

  it("hold for any order, not only for the best", () => {
    fc.assert(
      fc.property(topologies(25), (rows) => {
        const rank = plainDepthFirst(rows);
        expect(diagnose(toIndex(rows), rank).curve).to.deep.equal(heldByDefinition(rows, rank));
      }),
    );
  });

  it("count no output, and drop a result once its last use by data has run", () => {
    // 0 → 1 → 2, 0 → 3; 4 waits for 0 by control only.
    const index = toIndex([[], [0], [1], [0], []], { controls: [[], [], [], [], [0]] });
    expect(diagnose(index, Int32Array.of(0, 2, 3, 1, 4))).to.deep.equal({ peak: 1, curve: [0, 1, 1, 1, 0] });
    expect(diagnose(index, Int32Array.of(0, 1, 4, 2, 3))).to.deep.equal({ peak: 2, curve: [0, 1, 2, 1, 1] });
  });
});
