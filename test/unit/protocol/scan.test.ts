import { expect } from "chai";
import fc from "fast-check";
import { Packr } from "msgpackr";
import { scanMeta } from "../../../src/protocol/codec/scan.js";

const limits = { depth: 32, values: 10_000 };
const packr = new Packr({ useRecords: false, moreTypes: true });

function scan(bytes: Uint8Array): string | undefined {
  return scanMeta(bytes, 0, bytes.length, limits);
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** Bytes that look like MessagePack more often than random ones do. */
const tokens = fc.array(
  fc.oneof(
    fc.constantFrom(
      0x80,
      0x81,
      0x82,
      0x90,
      0x91,
      0x93,
      0xa0,
      0xa1,
      0xa9,
      0xc0,
      0xc3,
      0xc4,
      0xc7,
      0xca,
      0xcb,
      0xcf,
    ),
    fc.constantFrom(0xd1, 0xd4, 0xd6, 0xd7, 0xd9, 0xdc, 0xde, 0x00, 0x01, 0x61, 0x74, 0x42, 0xff, 0x10, 0x02),
    fc.nat({ max: 255 }),
  ),
  { maxLength: 60 },
);

describe("The walk over the meta part", () => {
  it("accepts what is packed of plain data", () => {
    const data = fc.anything({
      maxDepth: 5,
      withBigInt: true,
      withDate: true,
      withTypedArray: true,
      key: fc.string({ maxLength: 8 }),
    });
    fc.assert(
      fc.property(data, (value) => {
        expect(scan(packr.pack(value))).to.equal(undefined);
      }),
      { numRuns: 500 },
    );
  });

  it("lets nothing pass that unpacking would stumble over, or that is nested too deep", () => {
    let passed = 0;
    fc.assert(
      fc.property(tokens, (list) => {
        const bytes = Uint8Array.from(list);
        if (scan(bytes) !== undefined) return;
        passed += 1;
        const value: unknown = packr.unpack(bytes);
        expect(depthOf(value)).to.be.at.most(limits.depth);
      }),
      { numRuns: 30_000 },
    );
    expect(passed).to.be.greaterThan(500);
  });

  it("allows the depth of its limit and not one more", () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(scan(packr.pack(nested(32)))).to.equal(undefined);
    expect(scan(packr.pack(nested(33)))).to.match(/deeper/);
    expect(scan(new Uint8Array(1_000_000).fill(0x91))).to.match(/deeper/);
  });

  it("refuses lengths that the bytes cannot hold, before anybody allocates them", () => {
    expect(scan(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff))).to.match(/longer/);
    expect(scan(Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff, 0x01))).to.match(/longer/);
    expect(scan(Uint8Array.of(0xdb, 0xff, 0xff, 0xff, 0xff))).to.match(/ends within/);
    expect(scan(Uint8Array.of(0xc6, 0xff, 0xff, 0xff, 0xff))).to.match(/ends within/);
    expect(scan(Uint8Array.of(0xc9, 0xff, 0xff, 0xff, 0xff, 0x74))).to.match(/ends within/);
  });

  it("counts values, so that many empty containers are too many", () => {
    const bytes = new Uint8Array(20_005).fill(0x90);
    bytes.set([0xdd, 0, 0, 0x4e, 0x20]);
    expect(scan(bytes)).to.match(/more than 10000 values/);
  });

  for (const key of ["__proto__", "constructor", "prototype"]) {
    it(`refuses the map key ${key}, at any depth, and lets it stand as text`, () => {
      const map = JSON.parse(`{"a": [{"${key}": 1}]}`) as unknown;
      expect(scan(packr.pack(map))).to.match(/prototype/);
      expect(scan(packr.pack({ a: key }))).to.equal(undefined);
    });
  }

  it("refuses keys that are no strings", () => {
    const mapped = new Packr({ useRecords: false, mapsAsObjects: false });
    for (const key of [1, null, true, -5, 1.5])
      expect(scan(mapped.pack(new Map([[key, 1]])))).to.match(/key/);
    expect(scan(mapped.pack(new Map([[["__proto__"], 1]])))).to.match(/key/);
  });

  it("refuses records, references, errors, sets and expressions: nothing is revived", () => {
    const rich = new Packr({ structuredClone: true, moreTypes: true });
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [{ a: 1 }, cycle, new Error("e"), new Set([1]), /x/]) {
      expect(scan(rich.pack(value))).to.match(/extension|record|follows/);
    }
  });
});
