import { readFileSync } from "node:fs";
import { expect } from "chai";
import { peakOf } from "../../support/order-checks.js";
import { mediumFamilies, smallFamilies } from "../../support/order-families.js";
import { lowestPeak } from "../../support/optimum.js";
import { mediumTable, smallTable } from "../../support/order-table.js";
import { permuted } from "../../support/topology.js";

const page = readFileSync(new URL("../../../docs/ordering.md", import.meta.url), "utf8");

/** The table between `<!-- name -->` and `<!-- end -->`. */
function tableOn(text: string, name: string): string {
  const start = text.indexOf(`<!-- ${name} -->`);
  return text.slice(text.indexOf("\n", start), text.indexOf("<!-- end -->", start)).trim();
}

/** All orders in which the tests write a graph down: as it is, backwards, and two fixed shuffles. */
function placements(size: number): number[][] {
  const ahead = Array.from({ length: size }, (_, i) => i);
  const shuffle = (step: number): number[] => {
    const key = (i: number): number => (i * step) % 7919;
    const places: number[] = [];
    [...ahead].sort((a, b) => key(a) - key(b) || a - b).forEach((i, place) => (places[i] = place));
    return places;
  };
  return [ahead, ahead.toReversed(), shuffle(3571), shuffle(5003)];
}

describe("The tables of docs/ordering.md", () => {
  it("say what small graphs hold", () => {
    expect(tableOn(page, "small")).to.equal(smallTable());
  });

  it("say what larger graphs hold", () => {
    expect(tableOn(page, "medium")).to.equal(mediumTable());
  });
});

describe("The graph families", () => {
  it("are ordered as well as can be when small, in whatever order they are written", () => {
    for (const { name, rows } of smallFamilies) {
      const best = lowestPeak(rows);
      for (const place of placements(rows.length)) expect(peakOf(permuted(rows, place)), name).to.equal(best);
    }
  });

  it("never hold more than Dask's order holds", () => {
    for (const { name, rows, dask } of [...smallFamilies, ...mediumFamilies]) {
      expect(peakOf(rows), name).to.be.at.most(dask.peak);
    }
  });

  it("hold at most a tenth more when they are written backwards or at random", () => {
    for (const { name, rows, dask } of mediumFamilies) {
      for (const place of placements(rows.length)) {
        expect(peakOf(permuted(rows, place)), name).to.be.at.most(1.1 * dask.peak);
      }
    }
  });
});
