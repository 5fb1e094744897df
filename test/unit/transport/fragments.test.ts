import { expect } from "chai";
import fc from "fast-check";
import { Cutter, isPiece, Joiner } from "../../../src/transport/fragments.js";

const payloadBytes = 64;

/** Bytes that begin as a message does. */
function frameOf(size: number, fill: number): Uint8Array {
  const frame = new Uint8Array(size).fill(fill);
  frame[0] = 0x53;
  return frame;
}

function pieces(cutter: Cutter, size: number, fill = 1): Uint8Array[] {
  return [...cutter.cut(frameOf(size, fill))];
}

describe("A message in pieces", () => {
  it("comes together again, whatever its size, while other senders' pieces come in between", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(sizes, { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        (senders, choices) => {
          const queues = senders.map((list, sender) => {
            const cutter = new Cutter(BigInt(sender), payloadBytes);
            return list.flatMap((size, i) => pieces(cutter, size, i + 1));
          });
          const joiner = new Joiner(1e6);
          const joined: number[][] = senders.map(() => []);
          while (queues.some((queue) => queue.length > 0)) {
            const open = queues.flatMap((queue, sender) => (queue.length > 0 ? [sender] : []));
            const sender = open[(choices.next().value ?? 0) % open.length] ?? 0;
            const piece = queues[sender]?.shift();
            if (piece === undefined) continue;
            expect(piece.length).to.be.at.most(payloadBytes);
            expect(isPiece(piece)).to.equal(true);
            const whole = joiner.accept(piece);
            if (whole !== undefined) joined[sender]?.push(whole.length);
          }
          expect(joined).to.deep.equal(senders);
        },
      ),
    );
  });

  it("is dropped as a whole when a piece is missing, repeated or out of place, and the next one is not harmed", () => {
    const change = fc.constantFrom("lose" as const, "repeat" as const, "swap" as const);
    fc.assert(
      fc.property(change, fc.nat({ max: 8 }), (change, at) => {
        const cutter = new Cutter(7n, payloadBytes);
        const broken = pieces(cutter, 400);
        expect(broken).to.have.length(10);
        if (change === "lose") broken.splice(at, 1);
        if (change === "repeat") broken.splice(at, 0, broken[at] ?? new Uint8Array());
        if (change === "swap") broken.splice(at, 2, ...broken.slice(at, at + 2).reverse());
        const joiner = new Joiner(1e6);
        const wholes = broken.map((piece) => joiner.accept(piece)).filter((whole) => whole !== undefined);
        // A first piece that comes twice begins anew, and nothing is missing then.
        expect(wholes.length).to.equal(change === "repeat" && at === 0 ? 1 : 0);
        const next = pieces(cutter, 100).map((piece) => joiner.accept(piece));
        expect(next.at(-1)).to.deep.equal(frameOf(100, 1));
      }),
    );
  });

  it("holds no more than its limit, whoever begins what they never end", () => {
    const joiner = new Joiner(1_000);
    for (let sender = 0; sender < 100; sender += 1) {
      const [first] = pieces(new Cutter(BigInt(sender), payloadBytes), 400);
      joiner.accept(first ?? new Uint8Array());
    }
    const last = new Cutter(1_000n, payloadBytes);
    const wholes = pieces(last, 400).map((piece) => joiner.accept(piece));
    expect(wholes.at(-1)).to.have.length(400);
    const tooLarge = pieces(last, 1_200).map((piece) => joiner.accept(piece));
    expect(tooLarge.every((whole) => whole === undefined)).to.equal(true);
  });

  it("never throws on bytes that only begin like a piece", () => {
    const joiner = new Joiner(1_000);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const piece = Uint8Array.from([0x46, ...bytes]);
        if (isPiece(piece)) joiner.accept(piece);
      }),
      { numRuns: 2_000 },
    );
  });
});
