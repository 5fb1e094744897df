import { expect } from "chai";
import { MemoryBus } from "../../../src/transport/memory/memory-bus.js";
import { ManualClock } from "../../support/manual-clock.js";

const parcel = (n: number) => ({ head: Uint8Array.of(n), buffers: [] });

describe("A bus in memory", () => {
  const make = async () => {
    const clock = new ManualClock();
    const bus = new MemoryBus({ clock });
    const [one, two] = [await bus.connect(), await bus.connect()];
    const got: number[] = [];
    const from = await one.mailbox("one", { onParcel: () => undefined });
    await two.mailbox("two", { onParcel: ({ head }) => got.push(head[0] ?? -1) });
    return { clock, bus, one, two, from, got };
  };

  it("delivers when the clock's turn comes, and not before", async () => {
    const { clock, from, got } = await make();
    from.send("two", parcel(1));
    await new Promise(setImmediate);
    expect(got).to.deep.equal([]);
    clock.settle();
    expect(got).to.deep.equal([1]);
  });

  it("hands on the very bytes, without copying", async () => {
    const clock = new ManualClock();
    const bus = new MemoryBus({ clock });
    const transport = await bus.connect();
    const sent = { head: new Uint8Array(50), buffers: [new Uint8Array(new SharedArrayBuffer(70_000))] };
    let received: unknown;
    const box = await transport.mailbox("box", { onParcel: (each) => (received = each) });
    box.send("box", sent);
    clock.settle();
    expect(received).to.equal(sent);
  });

  it("loses and repeats what its faults say", async () => {
    const { clock, bus, from, got } = await make();
    const plan = [0, 3, 1];
    bus.faults.copies = (to) => (to === "two" ? (plan.shift() ?? 1) : 1);
    for (let n = 0; n < 3; n += 1) from.send("two", parcel(n));
    clock.settle();
    expect(got).to.deep.equal([1, 1, 1, 2]);
  });

  it("loses what is under way on a connection that ends", async () => {
    const { clock, one, two, from, got } = await make();
    from.send("two", parcel(1));
    one.disconnect();
    clock.settle();
    one.reconnect();
    from.send("two", parcel(2));
    two.disconnect();
    clock.settle();
    two.reconnect();
    from.send("two", parcel(3));
    clock.settle();
    expect(got).to.deep.equal([3]);
  });

  it("delivers to the others what one reader throws over, in order, and does not swallow the error", async () => {
    const { clock, bus, from, got } = await make();
    const three = await bus.connect();
    await three.mailbox("three", {
      onParcel: () => {
        throw new Error("a broken reader");
      },
    });
    from.send("three", parcel(0));
    from.send("two", parcel(1));
    from.send("two", parcel(2));
    expect(() => clock.settle()).to.throw("a broken reader");
    from.send("two", parcel(3));
    clock.settle();
    expect(got).to.deep.equal([1, 2, 3]);
  });

  it("answers requests only while it can be reached, and says whether asking again may help", async () => {
    const { clock, one } = await make();
    const journal = await one.journal("j");
    const claim = async (): Promise<unknown> => {
      const answer = journal.claim(Uint8Array.of(1)).catch((error: unknown) => error);
      clock.settle();
      return answer;
    };
    expect(await claim()).to.equal(1);
    one.disconnect();
    expect(await claim()).to.include({ code: "ERR_NOT_CONNECTED", retryable: true });
    one.reconnect();
    expect(await claim()).to.equal(2);
    const closing = one.close();
    clock.settle();
    await closing;
    expect(await claim()).to.include({ code: "ERR_TRANSPORT_CLOSED", retryable: false });
  });

  it("takes a lease away without a word when a test says so", async () => {
    const { clock, bus, one, two } = await make();
    const lost: string[] = [];
    const options = { holder: "one", ttlMs: 1_000, onLost: (why: string) => void lost.push(why) };
    const [held, rival] = [one.lease("l", options), two.lease("l", options)];
    const acquire = async (lease: typeof held): Promise<boolean> => {
      const answer = lease.acquire();
      clock.settle();
      return answer;
    };
    expect(await acquire(held)).to.equal(true);
    bus.leases.steal("l");
    expect(await acquire(rival)).to.equal(true);
    expect(lost).to.deep.equal([]);
    expect(held.held).to.equal(false);
  });
});
