import { expect } from "chai";
import fc from "fast-check";
import { UnserializableError } from "../../../../src/errors.js";
import { decodeRow, decodeValue, encodeValue } from "../../../../src/executor/values/codec.js";
import { quote, ref } from "../../../../src/graph/ref.js";

const roundTrip = (value: unknown): unknown =>
  decodeValue(encodeValue(value, { what: "the value", shared: true }).slice());

describe("The codec of values", () => {
  it("gives back any plain data", () => {
    const values = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(values, (value) => {
        expect(roundTrip({ value })).to.deep.equal({ value });
      }),
      { numRuns: 300 },
    );
  });

  it("keeps -0, NaN, holes' neighbours and undefined apart", () => {
    const [a, b, c, d] = roundTrip([-0, 0, Number.NaN, undefined]) as number[];
    expect([Object.is(a, -0), Object.is(b, 0), Number.isNaN(c), d]).to.deep.equal([
      true,
      true,
      true,
      undefined,
    ]);
    expect(Object.is(roundTrip(-0), -0)).to.equal(true);
  });

  it("keeps what is shared shared, and circles closed", () => {
    const shared = { x: 1 };
    const circle: { self?: unknown; twice: unknown[] } = { twice: [shared, shared] };
    circle.self = circle;
    const back = roundTrip(circle) as typeof circle;
    expect(back.self).to.equal(back);
    expect(back.twice[0]).to.equal(back.twice[1]);
  });

  it("lays large binary data out so that decoding gives views of the very bytes", () => {
    const bytes = encodeValue(
      { a: new Float64Array(500).fill(2), b: new Uint8Array(3_001) },
      { what: "x", shared: true },
    );
    expect(bytes.buffer).to.be.instanceOf(SharedArrayBuffer);
    const { a, b } = decodeValue(bytes) as { a: Float64Array; b: Uint8Array };
    expect(a.buffer).to.equal(bytes.buffer);
    expect(b.length).to.equal(3_001);
    expect(a.byteOffset % 8).to.equal(0);
  });

  it("fills references in from the inputs, and keeps those that are not listed", () => {
    const bytes = encodeValue([ref("a"), { deep: [ref("b")] }, ref("c")], {
      what: "x",
      refs: new Map([
        ["a", 0],
        ["b", 1],
      ]),
    }).slice();
    expect(decodeValue(bytes, ["first", "second"])).to.deep.equal(["first", { deep: ["second"] }, ref("c")]);
  });

  it("finds a value among others that lie in the same bytes", () => {
    const values = [undefined, 7, "text", [1, [2]], { big: new Uint8Array(2_000).fill(3) }, -0];
    const rows = values.map((value) => encodeValue(value, { what: "x" }).slice());
    const all = Uint8Array.from(rows.flatMap((row) => [...row]));
    let start = 0;
    for (const [i, row] of rows.entries()) {
      expect(decodeRow(all, start, start + row.length)).to.deep.equal(values[i]);
      start += row.length;
    }
    expect(() => decodeRow(all, 0, 0)).to.throw("no bytes");
  });

  it("takes quotes away", () => {
    expect(roundTrip([quote({ x: quote(1) })])).to.deep.equal([{ x: 1 }]);
  });

  it("names the place of what cannot travel", () => {
    for (const [value, place] of [
      [{ a: [0, { b: new WeakMap() }] }, "the value.a[1].b"],
      [[Promise.resolve()], "the value[0]"],
      [new Map([["k", { s: Symbol("x") }]]), 'the value.get("k").s'],
      [new Set([[new WeakSet()]]), "the value(element 0)[0]"],
      [Symbol("top"), "the value"],
    ] as const) {
      expect(() => roundTrip(value))
        .to.throw(UnserializableError)
        .with.property("path", place);
    }
  });

  it("refuses what is nested beyond reason instead of overflowing", () => {
    let deep: unknown = 0;
    for (let i = 0; i < 200_000; i++) deep = [deep];
    expect(() => roundTrip(deep)).to.throw(UnserializableError, "nested");
  });
});
