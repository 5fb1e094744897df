import { expect } from "chai";
import fc from "fast-check";
import type { Parcel } from "../../../src/protocol/parcel.js";
import { ReceivePool } from "../../../src/transport/direct/receive-pool.js";
import { FrameReader, signOfLife, writeFrame } from "../../../src/transport/direct/frames.js";
import { OutgoingMemories } from "../../../src/transport/direct/memories.js";

const limits = { headBytes: 100_000, parcelBytes: 300_000, buffers: 8 };

interface Got {
  readonly to: string;
  readonly head: Buffer;
  readonly buffers: readonly Buffer[];
}

function reading(greetingBytes = 0) {
  const [frames, tooLarge, greetings]: [Got[], string[], string[]] = [[], [], []];
  const reader = new FrameReader(greetingBytes, limits, new ReceivePool(1e6), {
    onGreeting: (bytes) => greetings.push(Buffer.from(bytes).toString()) > 0,
    onFrame: (to, { head, buffers }) => {
      // Columns are views on these bytes, so they must begin aligned.
      expect([head, ...buffers].map(({ byteOffset }) => byteOffset % 8)).to.satisfy((all: number[]) =>
        all.every((offset) => offset === 0),
      );
      return (
        frames.push({ to, head: Buffer.from(head), buffers: buffers.map((each) => Buffer.from(each)) }) > 0
      );
    },
    onTooLarge: (what) => tooLarge.push(what),
  });
  return { reader, frames, tooLarge, greetings };
}

/** As a socket does that reads to a given place: as much as fits, at most `most`. */
function readTo(reader: FrameReader, bytes: Uint8Array, sizes: Iterator<number, unknown>): void {
  for (let at = 0; at < bytes.length;) {
    const target = reader.target();
    expect(target.length).to.be.greaterThan(0);
    const count = Math.min(target.length, bytes.length - at, 1 + (sizes.next().value as number));
    target.set(bytes.subarray(at, at + count));
    reader.filled(count);
    at += count;
  }
}

const parcels = fc.array(
  fc.record({
    to: fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }),
    head: fc.integer({ min: 0, max: 40_000 }),
    buffers: fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 6 },
);

function filled(size: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) & 0xff);
}

describe("Frames on a stream", () => {
  it("come out as they went in, however the stream is cut, by either way of reading", () => {
    fc.assert(
      fc.property(
        parcels,
        fc.infiniteStream(fc.integer({ min: 0, max: 30_000 })),
        fc.boolean(),
        (list, sizes, isFed) => {
          const sent = list.map(({ to, head, buffers }, i) => ({
            to,
            head: Buffer.from(filled(head, i)),
            buffers: buffers.map((size, j) => Buffer.from(filled(size, i + j))),
          }));
          const { reader, frames, greetings } = reading(5);
          const pieces = sent.flatMap((each) => [
            ...writeFrame(each.to, each, new OutgoingMemories()),
            signOfLife,
          ]);
          const stream = Buffer.concat([Buffer.from("HELLO"), ...pieces]);
          if (!isFed) readTo(reader, stream, sizes);
          else
            for (let at = 0; at < stream.length;) {
              const count = 1 + (sizes.next().value as number);
              reader.feed(stream.subarray(at, at + count));
              at += count;
            }
          expect(greetings).to.deep.equal(["HELLO"]);
          expect(frames).to.deep.equal(sent);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("refuses a head, a number of buffers or a parcel past the limits before making room for them", () => {
    const prefix = (head: number, address: number, buffers: number, sizes: number[] = []): Buffer => {
      const bytes = Buffer.alloc(8 + address + 24 * sizes.length);
      bytes.writeUInt32LE(head, 0);
      bytes.writeUInt16LE(address, 4);
      bytes.writeUInt16LE(buffers, 6);
      for (const [i, size] of sizes.entries()) bytes.writeUInt32LE(size, 8 + address + 24 * i);
      return bytes;
    };
    for (const bytes of [
      prefix(0xffff_ffff, 1, 0),
      prefix(100_001, 1, 0),
      prefix(1, 1, 9),
      prefix(1, 1, 2, [0xffff_ffff, 1]),
      prefix(1, 1, 2, [150_000, 150_000]),
    ]) {
      const { reader, frames, tooLarge } = reading();
      reader.feed(
        Buffer.concat([
          bytes,
          ...writeFrame("box", { head: filled(3, 1), buffers: [] }, new OutgoingMemories()),
        ]),
      );
      expect(tooLarge).to.have.length(1);
      expect(frames).to.deep.equal([]);
    }
  });

  it("never throws, and never holds more than its limits, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
        const { reader } = reading();
        for (const chunk of chunks) reader.feed(chunk);
        expect(reader.target().length).to.be.at.most(limits.parcelBytes);
      }),
      { numRuns: 500 },
    );
  });

  it("reads nothing more once its owner says so", () => {
    const taken: string[] = [];
    const reader = new FrameReader(0, limits, new ReceivePool(1e6), {
      onGreeting: () => true,
      onFrame: (to) => {
        taken.push(to);
        return false;
      },
      onTooLarge: () => undefined,
    });
    const parcel: Parcel = { head: filled(10, 1), buffers: [] };
    reader.feed(
      Buffer.concat([
        ...writeFrame("one", parcel, new OutgoingMemories()),
        ...writeFrame("two", parcel, new OutgoingMemories()),
      ]),
    );
    reader.feed(Buffer.concat(writeFrame("three", parcel, new OutgoingMemories())));
    expect(taken).to.deep.equal(["one"]);
  });

  it("are not harmed by what a link writes into a head later, and do not copy the buffers", () => {
    const parcel = { head: filled(100, 1), buffers: [filled(70_000, 2)] };
    const pieces = writeFrame("box", parcel, new OutgoingMemories());
    const before = Buffer.from(parcel.head);
    parcel.head.fill(0, 8, 36);
    const { reader, frames } = reading();
    reader.feed(Buffer.concat(pieces));
    expect(frames[0]?.head).to.deep.equal(before);
    expect(pieces.at(-1)).to.equal(parcel.buffers[0]);
  });
});

describe("Parts of one memory", () => {
  const size = 200_000;
  const part = 70_000;
  const memory = (seed: number): Uint8Array => {
    const bytes = new Uint8Array(new SharedArrayBuffer(size));
    bytes.set(filled(size, seed));
    return bytes;
  };

  /** What a reader makes of parts, each sent to a mailbox; by either way of reading. */
  const received = (
    sent: readonly (readonly [to: string, buffer: Uint8Array])[],
    isFed: boolean,
  ): readonly Uint8Array[] => {
    const got: Uint8Array[] = [];
    const reader = new FrameReader(0, limits, new ReceivePool(1e6), {
      onGreeting: () => true,
      onFrame: (_, { buffers }) => got.push(...buffers) > 0,
      onTooLarge: () => undefined,
    });
    const memories = new OutgoingMemories();
    const stream = Buffer.concat(
      sent.flatMap(([to, buffer]) => writeFrame(to, { head: filled(3, 1), buffers: [buffer] }, memories)),
    );
    if (isFed) reader.feed(stream);
    else
      readTo(
        reader,
        stream,
        fc.sample(fc.infiniteStream(fc.nat({ max: 30_000 })), { numRuns: 1, seed: 7 })[0]!,
      );
    for (const [i, [, buffer]] of sent.entries()) expect(Buffer.compare(got[i]!, buffer)).to.equal(0);
    return got;
  };
  const ways = (check: (isFed: boolean) => void): void => [true, false].forEach(check);
  const places = (got: readonly Uint8Array[]): readonly (readonly [number, number, number])[] => {
    const all = [...new Set(got.map(({ buffer }) => buffer))];
    return got.map(({ buffer, byteOffset }) => [all.indexOf(buffer), byteOffset, buffer.byteLength]);
  };

  it("lie in one memory where they come in, too, one memory for each mailbox", () =>
    ways((isFed) => {
      const [one, two] = [memory(1), memory(2)];
      const of = (bytes: Uint8Array): readonly Uint8Array[] =>
        [0, 1, 2].map((i) => bytes.subarray(i * part, (i + 1) * part));
      const [a, b] = [of(one), of(two)];
      const got = received(
        [0, 1, 2].flatMap((i) => [
          ["x", a[i]!],
          ["y", a[i]!],
          ["x", b[i]!],
        ]),
        isFed,
      );
      expect(places(got)).to.deep.equal(
        [0, 1, 2].flatMap((i) => [0, 1, 2].map((which) => [which, i * part, size])),
      );
      expect(got.every(({ buffer }) => buffer instanceof SharedArrayBuffer)).to.equal(true);
    }));

  it("are never written over: what comes late, or again, has memory of its own", () =>
    ways((isFed) => {
      const bytes = memory(3);
      const at = (i: number): readonly [string, Uint8Array] => [
        "x",
        bytes.subarray(i * part, (i + 1) * part),
      ];
      const got = received([at(1), at(0), at(2), at(1), at(2), at(0), at(1)], isFed);
      expect(places(got)).to.deep.equal([
        [0, 0, part],
        [1, 0, size],
        [1, 2 * part, size],
        [2, 0, part],
        [3, 0, size - 2 * part],
        [4, 0, size],
        [4, part, size],
      ]);
    }));

  it("have memories of their own where they do not fit, or where there is no such memory", () => {
    const entry = (at: number, offset: number, whole: number): Buffer => {
      const bytes = Buffer.alloc(8 + 1 + 24 + 3 + 10);
      bytes.writeUInt32LE(3, 0);
      bytes.writeUInt16LE(1, 4);
      bytes.writeUInt16LE(1, 6);
      bytes.writeUInt32LE(10, 9);
      bytes.writeUInt32LE(at, 13);
      bytes.writeDoubleLE(offset, 17);
      bytes.writeDoubleLE(whole, 25);
      return bytes;
    };
    const lengths: number[] = [];
    const reader = new FrameReader(0, limits, new ReceivePool(1e6), {
      onGreeting: () => true,
      onFrame: (_, { buffers }) => lengths.push(...buffers.map(({ buffer }) => buffer.byteLength)) > 0,
      onTooLarge: () => undefined,
    });
    const odd = [-1, 0.5, 5, NaN, Infinity, 2 ** 50, 2 ** 60];
    reader.feed(entry(1, 0, 40));
    for (const whole of [...odd, 40]) for (const offset of odd) reader.feed(entry(1, offset, whole));
    for (const whole of odd) reader.feed(entry(2, 0, whole));
    expect(lengths.shift()).to.equal(40);
    expect(new Set(lengths)).to.deep.equal(new Set([10]));
    expect(lengths).to.have.length((odd.length + 2) * odd.length);
  });
});

describe("Memory for what comes in", () => {
  const size = 512 * 1024;

  it("is used again when it was given back, whatever view of it, and by one only", () => {
    const pool = new ReceivePool(4 * size);
    const first = pool.take(size);
    const second = pool.take(size);
    expect(second.buffer).to.not.equal(first.buffer);
    pool.giveBack(first.subarray(10, 20));
    pool.giveBack(first);
    expect(pool.take(size).buffer).to.equal(first.buffer);
    expect(pool.take(size).buffer).to.not.equal(first.buffer);
  });

  it("is not taken from others, nor shared, nor of another size than asked for", () => {
    const pool = new ReceivePool(4 * size);
    const foreign = [new Uint8Array(size), new Uint8Array(new SharedArrayBuffer(size)), pool.take(100)];
    for (const each of foreign) pool.giveBack(each);
    const large = pool.take(2 * size);
    pool.giveBack(large);
    const taken = pool.take(size);
    expect([...foreign, large].map(({ buffer }) => buffer)).to.not.include(taken.buffer);
    expect([taken.length, taken.byteOffset, taken.buffer.byteLength]).to.deep.equal([size, 0, size]);
  });

  it("is kept within its limit", () => {
    const pool = new ReceivePool(2 * size);
    const lent = [pool.take(size), pool.take(size), pool.take(size)];
    for (const each of lent) pool.giveBack(each);
    const again = [pool.take(size), pool.take(size), pool.take(size)].map(({ buffer }) => buffer);
    expect(again.filter((buffer) => lent.some((each) => each.buffer === buffer))).to.have.length(2);
  });
});
