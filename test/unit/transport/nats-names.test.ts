import { expect } from "chai";
import fc from "fast-check";
import { storeName } from "../../../src/transport/nats/names.js";

const name = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/), { minLength: 1, maxLength: 5 })
  .map((tokens) => tokens.join("."));

describe("Names of JetStream's stores", () => {
  it("have only characters that streams and buckets may have", () => {
    fc.assert(fc.property(name, (each) => void expect(storeName(each)).to.match(/^[A-Za-z0-9_-]+$/)));
  });

  it("differ where the names differ, however dots and underscores follow one another", () => {
    const tricky = fc.stringMatching(/^[u._]{0,6}$/);
    fc.assert(
      fc.property(fc.oneof(name, tricky), fc.oneof(name, tricky), (one, two) => {
        expect(storeName(one) === storeName(two)).to.equal(one === two);
      }),
      { numRuns: 2_000 },
    );
  });
});
