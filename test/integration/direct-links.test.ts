import { expect } from "chai";
import { peerId } from "../../src/protocol/addresses.js";
import { until } from "../../src/testing/until.js";
import type { DirectOptions, DirectPost } from "../../src/transport/direct/direct-post.js";
import type { MemoryTransport } from "../../src/transport/memory/memory-transport.js";
import { RoutedPost } from "../../src/transport/routed-post.js";
import { Mover } from "../support/mover.js";
import { DirectStage, reached } from "./direct-stage.js";

const space = { prefix: "skein", cluster: "test" };
const [w1, w2, c1] = [peerId("worker", "w1", "1"), peerId("worker", "w2", "1"), peerId("client", "c1", "1")];
const at = (peer: string): string => `skein.test.box.${peer.replaceAll(":", ".")}`;
const mebi = 1024 * 1024;

function pattern(nbytes: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(nbytes));
  for (let i = 0; i < nbytes; i += 97) bytes[i] = (i * 31 + seed) >>> 3;
  return bytes;
}

describe("Values over direct connections beside a bus", () => {
  let stage: DirectStage;
  beforeEach(() => {
    stage = new DirectStage();
  });
  afterEach(() => stage.end());

  const mover = async (
    id: string,
    { post, transport }: { post: DirectPost; transport: MemoryTransport },
    stored: (part: Uint8Array) => void = () => undefined,
  ) => {
    const made = await Mover.start({
      space,
      id,
      post: new RoutedPost({ routes: [post], fallback: transport, status: transport }),
      giveBack: (bytes) => {
        stored(bytes);
        post.giveBack(bytes);
      },
    });
    stage.ending(() => made.shell.kill());
    return made;
  };

  /** A worker that asks, and one with a cutter before its port that has. */
  const pair = async (
    asking = w1,
    options: Partial<DirectOptions> = {},
    stored?: (part: Uint8Array) => void,
  ) => {
    const [asker, holder] = [
      await stage.process({ redialAfterMs: 1, ...options }),
      await stage.cuttable({ redialAfterMs: 1 }),
    ];
    return {
      asker,
      holder,
      asks: await mover(asking, asker, stored),
      holds: await mover(w2, holder),
      cutter: holder.cutter,
    };
  };

  it("go directly once the connection is made, for workers and clients alike, and nothing large by the bus", async () => {
    for (const asking of [w1, c1]) {
      const { asker, asks, holds } = await pair(asking);
      await reached(asker.post, at(w2), at(asking));
      const onBus: number[] = [];
      stage.bus.faults.copies = (_, parcel) => {
        onBus.push(parcel.buffers.length);
        return 1;
      };
      const value = pattern(20 * mebi, 1);
      holds.store.put(1, value);
      await asks.fetch(1, value.length, w2);
      expect(Buffer.compare(asks.store.get(1) as Uint8Array, value)).to.equal(0);
      expect(onBus.filter((buffers) => buffers > 0)).to.deep.equal([]);
      await stage.end();
    }
  });

  it("are read straight to where they stay", async () => {
    const memories = new Set<ArrayBufferLike>();
    const { asker, holder, asks, holds } = await pair(w1, {}, (part) => memories.add(part.buffer));
    const value = pattern(5 * mebi, 9);
    holds.store.put(1, value);
    await reached(asker.post, at(w2), at(w1));
    await reached(holder.post, at(w1), at(w2));
    await asks.fetch(1, value.length, w2);
    const got = asks.store.get(1) as Uint8Array;
    expect(Buffer.compare(got, value)).to.equal(0);
    expect(got.buffer).not.to.equal(value.buffer);
    expect([...memories].every((memory) => memory === got.buffer)).to.equal(true);
  });

  it("go by streams, as far as a post beside a bus can tell", async () => {
    const { asker, holder } = await pair();
    const { post: route, transport } = asker;
    const post = new RoutedPost({ routes: [route], fallback: transport, status: transport });
    expect([post.streams(at(w1), at(w2)), post.sharesMemory(at(w1), at(w2))]).to.deep.equal([false, true]);
    await reached(asker.post, at(w2), at(w1));
    await reached(holder.post, at(w1), at(w2));
    expect([post.streams(at(w1), at(w2)), post.sharesMemory(at(w1), at(w2))]).to.deep.equal([true, false]);
  });

  it("arrive whole when the connection is cut in the middle of a parcel, again and again, while the links go on", async () => {
    const { asker, asks, holds, cutter } = await pair();
    cutter.cutAfterBytes = 3 * mebi + 12_345;
    const value = pattern(32 * mebi, 2);
    holds.store.put(1, value);
    await reached(asker.post, at(w2), at(w1));
    await asks.fetch(1, value.length, w2);
    expect(Buffer.compare(asks.store.get(1) as Uint8Array, value)).to.equal(0);
    expect(asker.post.counters.ended.lost).to.be.greaterThan(0);
    expect([asks.shell.counters.resets, holds.shell.counters.resets]).to.deep.equal([0, 0]);
  });

  it("arrive by the bus when the other end cannot be dialed at all", async () => {
    // Nor can this end: it does not listen.
    const { asker, asks, holds, cutter } = await pair(w1, { listen: undefined as never });
    await cutter.close();
    const value = pattern(3 * mebi, 3);
    holds.store.put(1, value);
    await asks.fetch(1, value.length, w2);
    expect(Buffer.compare(asks.store.get(1) as Uint8Array, value)).to.equal(0);
    await until("the dial has failed", () => asker.post.counters.ended.lost > 0);
    expect([asker.post.counters.accepted, asks.shell.counters.resets]).to.deep.equal([0, 0]);
  });

  it("take the connection up again after the bus was away", async () => {
    const { asker, asks, holds } = await pair();
    const value = pattern(2 * mebi, 4);
    holds.store.put(1, value);
    holds.store.put(2, value);
    await asks.fetch(1, value.length, w2);
    asker.transport.disconnect();
    await until("the bus is gone", () => asker.transport.status === "disconnected");
    asker.transport.reconnect();
    await asks.fetch(2, value.length, w2);
    await reached(asker.post, at(w2), at(w1));
    expect(Buffer.compare(asks.store.get(2) as Uint8Array, value)).to.equal(0);
  });
});
