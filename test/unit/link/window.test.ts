/** How much a link has under way, by how fast the line is. */

import { expect } from "chai";
import { Outbound } from "../../../src/actors/link/outbound.js";
import { defaultLimits } from "../../../src/protocol/limits.js";
import { defaultTiming } from "../../../src/protocol/timing.js";

const piece = 64 * 1024;
const mebi = 1024 * 1024;

/** A line that takes `tookMs` for whatever is under way; gives the bytes under way in each round. */
function rounds(
  count: number,
  tookMs: number,
  out = new Outbound<number>(defaultLimits, defaultTiming),
  at = 0,
) {
  const underWay: number[] = [];
  let now = at;
  for (let round = 0; round < count; round++) {
    while (out.offer(0, piece)) if (out.isFull) break;
    let bytes = 0;
    for (let next = out.take(now); next !== undefined; next = out.take(now)) bytes += next.nbytes;
    underWay.push(bytes);
    now += tookMs;
    out.acknowledge(out.newest, now);
    out.validate(false);
  }
  return { underWay, out, now };
}

describe("The window of a link", () => {
  it("opens to its limit within a few round trips of a fast line", () => {
    const { underWay } = rounds(8, 5);
    expect(underWay[0]).to.be.at.most(mebi / 4);
    expect(underWay.at(-1)).to.equal(defaultLimits.windowBytes);
  });

  it("closes on a slow line, so that beats are not kept waiting, but never quite", () => {
    const { underWay } = rounds(12, 3_000);
    expect(underWay.at(-1)).to.be.at.most(128 * 1024);
    expect(underWay.at(-1)).to.be.at.least(piece);
  });

  it("stays as it is on a line that is neither", () => {
    const { underWay } = rounds(6, 500);
    expect(new Set(underWay).size).to.equal(1);
  });

  it("opens again when the line has recovered", () => {
    const slow = rounds(12, 3_000);
    const { underWay } = rounds(12, 5, slow.out, slow.now);
    expect(underWay.at(-1)).to.equal(defaultLimits.windowBytes);
  });
});
