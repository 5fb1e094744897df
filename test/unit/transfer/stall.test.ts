/** When a value that does not come is given up on. */

import { expect } from "chai";
import { Fetches } from "../../../src/actors/transfer/fetches.js";
import type { SendToPeer, StoreChunk } from "../../../src/actors/transfer/transfer.js";
import { defaultTransferConfig } from "../../../src/actors/transfer/transfer.js";

const holder = "worker:holds:1";
const { fetchStallMs } = defaultTransferConfig;

/** Two values, asked for one after the other; gives the number of the first question. */
function asked(): { fetches: Fetches; first: number } {
  const out: (SendToPeer | StoreChunk)[] = [];
  const fetches = new Fetches(defaultTransferConfig, out);
  for (const run of [1, 2]) {
    fetches.want(run, `k${run}`, 1_000, [holder]);
    fetches.pump(0);
  }
  const ids = out.flatMap((each) =>
    each.type === "send" && each.message.kind === "get" ? [each.message.id] : [],
  );
  expect(ids).to.have.length(2);
  return { fetches, first: ids[0] ?? 0 };
}

const givenUp = (fetches: Fetches, at: number): number[] => {
  fetches.tick(at);
  return fetches.pump(at).flatMap((each) => ("asked" in each ? [each.run] : []));
};

describe("A fetch", () => {
  it("is given up on when its holder hands out nothing for the time of a stall", () => {
    const { fetches } = asked();
    expect(givenUp(fetches, fetchStallMs - 1)).to.deep.equal([]);
    expect(givenUp(fetches, fetchStallMs + 1)).to.have.members([1, 2]);
  });

  it("waits its turn for as long as its holder hands out others", () => {
    const { fetches, first } = asked();
    const chunk = { id: first, run: 1, offset: 0, total: 1_000, bytes: new Uint8Array(10) };
    fetches.chunk(holder, chunk, fetchStallMs - 1);
    expect(givenUp(fetches, fetchStallMs + 1)).to.deep.equal([]);
    expect(givenUp(fetches, 2 * fetchStallMs)).to.have.members([1, 2]);
  });
});
