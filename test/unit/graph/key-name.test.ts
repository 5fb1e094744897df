import { expect } from "chai";
import fc from "fast-check";
import { keyLabel, keyPrefix } from "../../../src/graph/key-name.js";

describe("the name of a key", () => {
  const names: readonly (readonly [key: string, prefix: string, label: string])[] = [
    ["total", "total", "total"],
    ["add-1f3a9c", "add", "add"],
    ["add-1f3a9c0b4d5e6f708192a3b4c5d6e7f8", "add", "add"],
    ["sum-part-1f3a9c0b-3", "sum-part", "sum-part-3"],
    ["join-found-1f3a9c0b-1-2", "join-found", "join-found-1-2"],
    ["inc-0a1b2c3d4e5fz9-7", "inc", "inc-7"],
    ["job-123e4567-e89b-12d3-a456-426614174000", "job", "job"],
    ["part-7", "part", "part-7"],
    ["cell-1-2", "cell", "cell-1-2"],
    ["x_12", "x", "x_12"],
    ["block[3, 4]", "block", "block[3, 4]"],
    ["block(3)", "block", "block(3)"],
    ["clean-data", "clean-data", "clean-data"],
    ["feed-facade", "feed-facade", "feed-facade"],
    ["x1", "x1", "x1"],
    ["read:part:1f3a9c0b", "read:part", "read:part"],
    ["logs/day.csv-3", "logs/day.csv", "logs/day.csv-3"],
    ["1f3a9c0b4d5e", "1f3a9c0b4d5e", "1f3a9c0b4d5e"],
    ["-1f3a9c0b", "-1f3a9c0b", "-1f3a9c0b"],
    ["2024-01-05", "2024", "2024-01-05"],
    ["-5", "-5", "-5"],
    ["", "", ""],
  ];
  for (const [key, prefix, label] of names) {
    it(`takes ${JSON.stringify(key)} for one of ${JSON.stringify(prefix)}, shown as ${JSON.stringify(label)}`, () => {
      expect([keyPrefix(key), keyLabel(key)]).to.deep.equal([prefix, label]);
    });
  }

  it("is never empty, and gives the same for every token and number behind it", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (key) => keyPrefix(key) !== "" && keyLabel(key) !== ""),
    );
    const token = fc.stringMatching(/^[0-9a-f]{6,32}$/).filter((text) => /\d/.test(text));
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,5}(-[g-z]{1,5})?$/), token, fc.nat(), (name, hash, n) => {
        expect(keyPrefix(`${name}-${hash}`)).to.equal(name);
        expect(keyPrefix(`${name}-${hash}-${n}`)).to.equal(name);
        expect(keyPrefix(`${name}-${n}`)).to.equal(name);
      }),
    );
  });
});
