import { expect } from "chai";
import fc from "fast-check";
import { decodeBeacon, encodeBeacon } from "../../../src/transport/nats/beacon.js";

const beacon = fc.record({
  kind: fc.constantFrom("here" as const, "bye" as const),
  id: fc.string({ unit: "grapheme", maxLength: 100 }),
  mark: fc.stringMatching(/^[0-9a-f]{8}$/),
  info: fc.uint8Array({ maxLength: 300 }),
});

describe("Beacons", () => {
  it("say what they were made of", () => {
    fc.assert(
      fc.property(beacon, (each) => void expect(decodeBeacon(encodeBeacon(each))).to.deep.equal(each)),
    );
  });

  it("are nothing when they are cut short before what they say of themselves", () => {
    fc.assert(
      fc.property(beacon, fc.nat(), (each, at) => {
        const bytes = encodeBeacon(each);
        const cut = bytes.subarray(0, at % (bytes.length - each.info.length));
        expect(decodeBeacon(cut)).to.equal(undefined);
      }),
    );
  });

  it("are never an error, whatever the bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => void decodeBeacon(bytes)));
  });
});
