import { expect } from "chai";
import fc from "fast-check";
import { createCodec, stampParcel } from "../../../src/protocol/codec/codec.js";
import type { Decoded } from "../../../src/protocol/codec/codec.js";
import { joinParcel, splitFrame } from "../../../src/protocol/codec/framing.js";
import { stamp } from "../../../src/protocol/codec/header.js";
import { defaultLimits, outOfBandBytes } from "../../../src/protocol/limits.js";
import type { Answer, Chunk, Done, Failed, Message, WireError } from "../../../src/protocol/messages.js";
import type { Parcel } from "../../../src/protocol/parcel.js";
import type { AnyMessage } from "../../support/arbitrary-messages.js";
import { anyMessage, messages } from "../../support/arbitrary-messages.js";

const codec = createCodec();
const from = "worker:w1:a1";
const to = "scheduler:s:b2";
const numbers = { v: 1, epoch: 7, gen: 3, seq: 2 ** 40, ack: 12 };

function encoded(message: AnyMessage): Parcel {
  const parcel = codec.encode(message, from, to);
  stampParcel(parcel, numbers);
  return parcel;
}

function body(decoded: Decoded): AnyMessage {
  if (!decoded.ok) throw new Error(`refused: ${decoded.why}: ${decoded.detail}`);
  return decoded.envelope.body;
}

/** The same bytes, but starting where no number is aligned. */
function misaligned(bytes: Uint8Array): Uint8Array {
  const room = new Uint8Array(bytes.length + 3);
  room.set(bytes, 3);
  return room.subarray(3);
}

function doneOf(n: number): Done {
  return {
    kind: "done",
    run: Float64Array.from({ length: n }, (_, i) => 2 ** 40 + i),
    nbytes: new Float64Array(n),
    tookMs: new Float32Array(n).fill(1.5),
    inlineStart: new Uint32Array(n + 1),
    inline: new Uint8Array(0),
  };
}

function errorOf(details: Record<string, unknown>): WireError {
  return { kind: "user", name: "Error", message: "m", details };
}

describe("The codec", () => {
  for (const [kind, arbitrary] of Object.entries(messages)) {
    it(`brings "${kind}" back as it was`, () => {
      fc.assert(
        fc.property(arbitrary, (message) => {
          expect(body(codec.decode(encoded(message)))).to.deep.equal(message);
        }),
        { numRuns: 40 },
      );
    });
  }

  it("brings the envelope back, whatever the alignment the bytes arrive in", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const { head, buffers } = encoded(message);
        const decoded = codec.decode({ head: misaligned(head), buffers });
        expect(body(decoded)).to.deep.equal(message);
        if (decoded.ok) {
          const { v, epoch, gen, seq, ack, from: sender, to: addressee } = decoded.envelope;
          expect({ v, epoch, gen, seq, ack }).to.deep.equal(numbers);
          expect([sender, addressee]).to.deep.equal([from, to]);
        }
      }),
    );
  });

  it("carries a correlation when there is one", () => {
    const parcel = codec.encode({ kind: "bye", reason: "r" }, from, to, "c-1");
    stampParcel(parcel, numbers);
    const decoded = codec.decode(parcel);
    expect(decoded.ok && decoded.envelope.corr).to.equal("c-1");
    const without = codec.decode(encoded({ kind: "bye", reason: "r" }));
    expect(without.ok && "corr" in without.envelope).to.equal(false);
  });

  it("reads columns as views on the message, not as copies", () => {
    const parcel = encoded(doneOf(100));
    const done = body(codec.decode(parcel)) as Done;
    expect(done.run.buffer).to.equal(parcel.head.buffer);
    expect(done.tookMs.buffer).to.equal(parcel.head.buffer);
  });

  it("keeps large binary parts out of the bytes and hands on the very same memory", () => {
    const shared = new SharedArrayBuffer(outOfBandBytes + 64);
    const bytes = new Uint8Array(shared, 64);
    bytes[0] = 42;
    const chunk: Chunk = { kind: "chunk", id: 1, run: 2, offset: 0, total: bytes.length, bytes };
    const parcel = encoded(chunk);
    expect(parcel.head.length).to.be.lessThan(500);
    expect(parcel.buffers).to.have.length(1);
    const back = body(codec.decode(parcel)) as Chunk;
    expect(back.bytes.buffer).to.equal(shared);
    expect(back.bytes.byteOffset).to.equal(64);
    expect(back.bytes[0]).to.equal(42);
  });

  it("does not write to the message it encodes, and a later stamp changes nothing but the numbers", () => {
    const message = doneOf(20);
    const copy = structuredClone(message);
    const parcel = encoded(message);
    const early = codec.decode(parcel);
    stampParcel(parcel, { ...numbers, ack: 99 });
    const late = codec.decode(parcel);
    expect(message).to.deep.equal(copy);
    expect(body(early)).to.deep.equal(body(late));
    expect(late.ok && late.envelope.ack).to.equal(99);
  });

  it("takes keys of any text, lone surrogates at worst becoming replacement characters", () => {
    const keys = ["", "ä", "日本", "\u{1F600}", "a\u0000b", ...Array.from({ length: 20 }, (_, i) => `k${i}`)];
    expect(body(codec.decode(encoded({ kind: "want", keys })))).to.deep.equal({ kind: "want", keys });
    const halves = [...keys, "\ud83d", "\ude00x"];
    const back = body(codec.decode(encoded({ kind: "want", keys: halves })));
    expect(back).to.deep.equal({ kind: "want", keys: halves });
  });

  it("leaves out fields that are undefined", () => {
    const message = { kind: "answer", id: 1, ok: true, value: undefined } as Answer;
    expect(body(codec.decode(encoded(message)))).to.deep.equal({ kind: "answer", id: 1, ok: true });
  });

  describe("makes the free parts of messages readable for everybody", () => {
    const failed = (details: Record<string, unknown>): Failed => ({
      kind: "failed",
      runs: [{ run: 1, error: errorOf(details) }],
    });
    const detailsBack = (details: Record<string, unknown>): unknown =>
      (body(codec.decode(encoded(failed(details)))) as Failed).runs[0]?.error.details;

    it("functions, symbols, sets, maps, errors and class instances become plain", () => {
      class Point {
        x = 1;
      }
      const details = {
        f: function named() {},
        s: Symbol("sym"),
        set: new Set([1]),
        map: new Map([["a", 1]]),
        point: new Point(),
        date: new Date(5),
        big: 2n ** 70n,
        bytes: new Float32Array([1, 2]),
      };
      expect(detailsBack(details)).to.deep.equal({
        f: "[function named]",
        s: "[Symbol(sym)]",
        set: [1],
        map: { a: 1 },
        point: { x: 1 },
        date: new Date(5),
        big: 2n ** 70n,
        bytes: new Float32Array([1, 2]),
      });
    });

    it("cycles and bottomless values are cut, prototype keys dropped, throwing getters noted", () => {
      const cycle: Record<string, unknown> = { a: 1 };
      cycle.self = cycle;
      expect(detailsBack({ cycle })).to.deep.equal({ cycle: { a: 1, self: "…" } });
      let deep: unknown = 1;
      for (let i = 0; i < 500; i += 1) deep = { deep };
      expect(JSON.stringify(detailsBack({ deep }))).to.include("…");
      expect(
        detailsBack(
          JSON.parse('{"__proto__": {"x": 1}, "constructor": 1, "y": 2}') as Record<string, unknown>,
        ),
      ).to.deep.equal({
        y: 2,
      });
      const hostile = {
        get boom(): never {
          throw new Error("no");
        },
      };
      expect(detailsBack({ hostile })).to.deep.equal({ hostile: "[unreadable: Error: no]" });
    });

    it("the deepest error that can be sent can be read, however long its chain of causes", () => {
      let deep: unknown = 1;
      for (let i = 0; i < 100; i += 1) deep = [deep];
      let error = errorOf({ deep });
      for (let i = 0; i < 100; i += 1) error = { ...errorOf({ deep }), cause: error };
      const status: Message = {
        kind: "status",
        turns: 0,
        keys: ["k"],
        state: new Uint8Array([1]),
        run: new Float64Array(1),
        nbytes: new Float64Array(1),
        inlineStart: new Uint32Array(2),
        inline: new Uint8Array(0),
        holders: [],
        errors: [[0, { error, origin: "k", attempts: 1 }]],
      };
      expect(body(codec.decode(encoded(status)))).to.have.property("kind", "status");
    });
  });
});

describe("A parcel in one piece", () => {
  it("comes apart as it was put together", () => {
    const sizes = fc.array(fc.nat({ max: 40 }), { maxLength: 4 });
    fc.assert(
      fc.property(anyMessage, sizes, fc.boolean(), (message, extra, shift) => {
        const large = extra.map((n) => new Uint8Array(outOfBandBytes + n).fill(n));
        const carrier = { ...message, ...Object.fromEntries(large.map((each, i) => [`extra${i}`, each])) };
        const parcel = encoded(carrier);
        const frame = joinParcel(parcel);
        const back = splitFrame(shift ? misaligned(frame) : frame);
        expect(back?.buffers.length).to.equal(large.length);
        expect(back && body(codec.decode(back))).to.deep.equal(carrier);
      }),
      { numRuns: 50 },
    );
  });

  it("is refused, not misread, when cut or lengthened anywhere", () => {
    const chunk: Chunk = {
      kind: "chunk",
      id: 1,
      run: 2,
      offset: 0,
      total: outOfBandBytes,
      bytes: new Uint8Array(outOfBandBytes),
    };
    const frame = joinParcel(encoded(chunk));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: frame.length + 64 }), (length) => {
        fc.pre(length !== frame.length);
        const cut = new Uint8Array(length);
        cut.set(frame.subarray(0, length));
        const back = splitFrame(cut);
        expect(back === undefined || !codec.decode(back).ok).to.equal(true);
      }),
    );
  });
});

describe("Decoding what nobody sent in good faith", () => {
  const refusal = (parcel: Parcel): string => {
    const decoded = codec.decode(parcel);
    return decoded.ok ? "accepted" : decoded.why;
  };

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (head) => {
        expect(refusal({ head, buffers: [] })).to.not.equal("accepted");
      }),
      { numRuns: 2_000 },
    );
  });

  it("never throws on a valid message of which any bytes were changed", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(anyMessage, changes, (message, edits) => {
        const { head, buffers } = encoded(message);
        const bytes = head.slice();
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        expect(() => codec.decode({ head: bytes, buffers })).to.not.throw();
      }),
      { numRuns: 4_000 },
    );
  });

  it("refuses every true prefix of a message", () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (message, cut) => {
        const { head, buffers } = encoded(message);
        expect(refusal({ head: head.slice(0, cut % head.length), buffers })).to.not.equal("accepted");
      }),
      { numRuns: 1_000 },
    );
  });

  it("looks at sizes before anything else", () => {
    const small = createCodec({ ...defaultLimits, headBytes: 200, parcelBytes: 70_000, buffers: 1 });
    const why = (parcel: Parcel): string => {
      const decoded = small.decode(parcel);
      return decoded.ok ? "accepted" : decoded.why;
    };
    expect(why({ head: new Uint8Array(201), buffers: [] })).to.equal("size");
    expect(why({ head: new Uint8Array(10), buffers: [new Uint8Array(70_000)] })).to.equal("size");
    expect(why({ head: new Uint8Array(10), buffers: [new Uint8Array(1), new Uint8Array(1)] })).to.equal(
      "size",
    );
    expect(why({ head: new Uint8Array(10), buffers: [] })).to.equal("header");
  });

  it("refuses a version it does not speak, by that name", () => {
    const parcel = encoded({ kind: "bye", reason: "r" });
    stamp(parcel.head, { ...numbers, v: 2 });
    expect(refusal(parcel)).to.equal("version");
    stamp(parcel.head, { ...numbers, v: 0 });
    expect(refusal(parcel)).to.equal("version");
  });

  it("reads what a peer says of itself whatever its version, so that both can find out", () => {
    const hello = { kind: "hello", role: "worker", name: "w", versions: [7, 9] } as const;
    const parcel = encoded({ kind: "sync", reply: false, hello });
    stamp(parcel.head, { ...numbers, v: 7 });
    const decoded = codec.decode(parcel);
    expect(decoded.ok && decoded.envelope.body).to.deep.equal({ kind: "sync", reply: false, hello });
  });

  it("refuses an unknown kind, but can still tell who sent it and which number it had", () => {
    const decoded = codec.decode(encoded({ kind: "toString", keys: [] } as unknown as AnyMessage));
    expect(decoded).to.deep.include({ ok: false, why: "kind" });
    expect(!decoded.ok && decoded.header).to.deep.include({ from, to, gen: 3, seq: 2 ** 40 });
  });

  it("refuses numbers that are no counts", () => {
    for (const broken of [{ seq: NaN }, { seq: -1 }, { ack: 1.5 }, { epoch: Infinity }, { ack: 2 ** 60 }]) {
      const parcel = encoded({ kind: "bye", reason: "r" });
      stamp(parcel.head, { ...numbers, ...broken });
      expect(refusal(parcel)).to.equal("header");
    }
  });

  it("refuses buffers that belong to no column and columns whose buffer is missing", () => {
    const { head } = encoded({ kind: "bye", reason: "r" });
    expect(refusal({ head, buffers: [new Uint8Array(9)] })).to.equal("malformed");
    const bytes = new Uint8Array(outOfBandBytes);
    const chunk = encoded({ kind: "chunk", id: 1, run: 1, offset: 0, total: bytes.length, bytes });
    expect(refusal({ head: chunk.head, buffers: [] })).to.equal("malformed");
    expect(refusal({ head: chunk.head, buffers: [new Uint8Array(outOfBandBytes - 1)] })).to.equal(
      "malformed",
    );
  });
});
