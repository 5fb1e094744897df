import { expect } from "chai";
import fc from "fast-check";
import { Fetches } from "../../../src/actors/transfer/fetches.js";
import { Servings } from "../../../src/actors/transfer/servings.js";
import type { SendChunk, SendToPeer, StoreChunk } from "../../../src/actors/transfer/transfer.js";
import { defaultTransferConfig } from "../../../src/actors/transfer/transfer.js";

const [asker, holder] = ["worker:asks:1", "worker:holds:1"];

/** One who asks and one who has, and what is on its way between them. */
function pair(sizes: readonly number[], chunkBytes: number, creditBytes: number) {
  const config = { ...defaultTransferConfig, chunkBytes, creditBytes };
  const asks: (SendToPeer | StoreChunk)[] = [];
  const serves: (SendToPeer | SendChunk)[] = [];
  const fetches = new Fetches(config, asks);
  const values = { sizeOf: (run: number) => sizes[run], keyOf: (run: number) => `key ${run}` };
  const servings = new Servings(config, values, serves);
  const got = sizes.map(() => 0);
  const whole: string[] = [];
  let [underWay, most, credits] = [0, 0, 0];

  const toHolder = (at: number): void => {
    for (const each of asks.splice(0)) {
      if (each.type === "storeChunk") got[each.run] = (got[each.run] ?? 0) + each.bytes.length;
      else if (each.message.kind === "get")
        servings.get(asker, each.message.id, each.message.runs, each.message.credit, at);
      else if (each.message.kind === "credit") {
        credits += 1;
        servings.credit(asker, each.message.id, each.message.bytes, at);
      }
    }
  };
  /** The next chunk arrives. */
  const step = (at: number): boolean => {
    toHolder(at);
    underWay = serves.reduce((sum, each) => sum + (each.type === "sendChunk" ? each.length : 0), 0);
    most = Math.max(most, underWay);
    const next = serves.shift();
    if (next?.type === "sendChunk") {
      const fetched = fetches.chunk(holder, { ...next, bytes: new Uint8Array(next.length) }, at);
      if (fetched !== undefined && "key" in fetched) whole.push(fetched.key);
    }
    return next !== undefined;
  };
  return { fetches, servings, got, whole, step, toHolder, most: () => most, credits: () => credits };
}

describe("Credit", () => {
  it("never runs dry, nor lets more come than was given, whatever the sizes of values, chunks and credit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 2_000 }),
        fc.nat({ max: 5 }),
        (sizes, chunkBytes, creditBytes, unwanted) => {
          const { fetches, servings, got, step, most } = pair(sizes, chunkBytes, creditBytes);
          for (const [run, size] of sizes.entries()) fetches.want(run, `k${run}`, size, [holder]);
          fetches.pump(0);
          step(0);
          // What is not wanted any more is still served, and must not hold up the rest.
          if (unwanted > 0) fetches.unwant(unwanted);
          while (step(0)) continue;
          for (const [run, size] of sizes.entries())
            if (run !== unwanted || unwanted === 0) expect(got[run]).to.equal(size);
          expect([fetches.size, servings.size]).to.deep.equal([0, 0]);
          expect(most()).to.be.lessThan(creditBytes + chunkBytes);
        },
      ),
    );
  });

  it("is for values that bring their keys, so that whoever has a copy can say what it is of", () => {
    const { fetches, got, whole, step } = pair([10, 25, 0], 10, 1_000);
    for (const [run, size] of [10, 25, 0].entries()) fetches.want(run, "", size, [holder]);
    fetches.pump(0);
    while (step(0)) continue;
    expect(got).to.deep.equal([10, 25, 0]);
    expect(whole).to.deep.equal(["key 0", "key 1", "key 2"]);
  });

  it("is for whole values where memory is shared, as long as it is", () => {
    const config = { ...defaultTransferConfig, chunkBytes: 10, sharedChunkBytes: 1_000, creditBytes: 5_000 };
    const serves: (SendToPeer | SendChunk)[] = [];
    const sizes = [900, 2_500];
    const servings = new Servings(config, { sizeOf: (run) => sizes[run], keyOf: () => "k" }, serves);
    const lengths = (to: string, runs: readonly number[]): number[] => {
      servings.get(to, 1, Float64Array.from(runs), 5_000, 0);
      return serves.splice(0).map((each) => (each.type === "sendChunk" ? each.length : -1));
    };
    servings.peerIsNear(asker);
    expect(lengths(asker, [0, 1])).to.deep.equal([900, 1_000, 1_000, 500]);
    expect(lengths(holder, [0])).to.have.length(90);
    servings.linkReset(asker);
    expect(lengths(asker, [0])).to.deep.equal([900]);
    servings.peerLost(asker);
    expect(lengths(asker, [0])).to.have.length(90);
  });

  it("is for larger parts over a connection of their own, as long as it is fast", () => {
    const config = { ...defaultTransferConfig, chunkBytes: 100, streamedChunkBytes: 400, creditBytes: 1_000 };
    const serves: (SendToPeer | SendChunk)[] = [];
    const servings = new Servings(config, { sizeOf: () => 1e6, keyOf: () => "k" }, serves);
    const lengths = (): readonly number[] =>
      serves.splice(0).map((each) => (each.type === "sendChunk" ? each.length : -1));
    servings.get(asker, 1, Float64Array.of(0), 200, 0);
    expect(lengths()).to.deep.equal([100, 100]);
    servings.credit(asker, 1, 800, 0, true);
    expect(lengths(), "fast").to.deep.equal([400, 400]);
    servings.credit(asker, 1, 300, 5_000, true);
    expect(lengths(), "slow").to.deep.equal([100, 100, 100]);
    servings.credit(asker, 1, 300, 5_000);
    expect(lengths(), "by the bus").to.deep.equal([100, 100, 100]);
  });

  it("is given in parts, not for each chunk", () => {
    const { fetches, got, step, credits } = pair([1_000_000], 1_000, 160_000);
    fetches.want(0, "k", 1_000_000, [holder]);
    fetches.pump(0);
    while (step(0)) continue;
    expect(got).to.deep.equal([1_000_000]);
    expect(credits()).to.equal(25);
  });

  it("is given at the next tick when chunks come slowly, so that who serves does not take it for the end", () => {
    const { fetches, servings, got, step, toHolder } = pair([1_000], 10, 1_000);
    fetches.want(0, "k", 1_000, [holder]);
    fetches.pump(0);
    const { fetchStallMs } = defaultTransferConfig;
    for (let at = 0; step(at); at += fetchStallMs - 1) {
      fetches.tick(at);
      toHolder(at);
      servings.tick(at);
    }
    expect(got).to.deep.equal([1_000]);
  });
});
