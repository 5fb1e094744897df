import { expect } from "chai";
import fc from "fast-check";
import { ActorShell } from "../../../src/actors/runtime/actor-shell.js";
import type { RuntimeInstruction, RuntimeStimulus } from "../../../src/actors/runtime/core.js";
import type { Post } from "../../../src/actors/runtime/post.js";
import { mailboxName, peerId } from "../../../src/protocol/addresses.js";
import type { Message } from "../../../src/protocol/messages.js";
import { MemoryBus } from "../../../src/transport/memory/memory-bus.js";
import type { MemoryTransport } from "../../../src/transport/memory/memory-transport.js";
import type { Route } from "../../../src/transport/routed-post.js";
import { RoutedPost } from "../../../src/transport/routed-post.js";
import { ManualClock } from "../../support/manual-clock.js";

const parcel = (n: number, size = 1) => ({ head: new Uint8Array(size).fill(n), buffers: [] });

/** A process with a bus of its own beside the one that all share. */
async function process(clock: ManualClock, shared: MemoryBus) {
  const [home, bus] = [await new MemoryBus({ clock }).connect(), await shared.connect()];
  const post = new RoutedPost({ routes: [home], fallback: bus, status: home });
  return { home, bus, post };
}

async function open(post: Post, address: string) {
  const got: number[] = [];
  const nobody: string[] = [];
  const box = await post.mailbox(address, {
    onParcel: ({ head }) => got.push(head[0] ?? -1),
    onNobody: (at) => nobody.push(at),
  });
  return { box, got, nobody };
}

describe("A post of a bus at home and a bus for all", () => {
  const stage = async () => {
    const clock = new ManualClock();
    const shared = new MemoryBus({ clock });
    const [here, there] = [await process(clock, shared), await process(clock, shared)];
    return { clock, shared, here, there };
  };

  it("sends at home what is at home, and the rest over the bus", async () => {
    const { clock, shared, here, there } = await stage();
    const onBus: string[] = [];
    shared.faults.copies = (to) => {
      onBus.push(to);
      return 1;
    };
    const [a, b, c] = [await open(here.post, "a"), await open(here.post, "b"), await open(there.post, "c")];
    expect([
      a.box.send("b", parcel(1)),
      a.box.send("c", parcel(2)),
      c.box.send("b", parcel(3)),
    ]).to.deep.equal([true, true, true]);
    clock.settle();
    expect([b.got, c.got]).to.deep.equal([[1, 3], [2]]);
    expect(onBus).to.deep.equal(["c", "b"]);
  });

  it("shares memory with who is at home, and with nobody else", async () => {
    const clock = new ManualClock();
    const shared = new MemoryBus({ clock, payloadBytes: 1_000 });
    const [here, there] = [await process(clock, shared), await process(clock, shared)];
    await open(here.post, "a");
    const b = await open(here.post, "b");
    await open(there.post, "c");
    const near = (): readonly boolean[] => ["b", "c", "nobody"].map((to) => here.post.sharesMemory("a", to));
    expect(near()).to.deep.equal([true, false, false]);
    await b.box.close();
    expect(near()).to.deep.equal([false, false, false]);
  });

  it("goes on at home while the bus is down, and does not take part in its ups and downs", async () => {
    const { clock, here, there } = await stage();
    const [a, b, c] = [await open(here.post, "a"), await open(here.post, "b"), await open(there.post, "c")];
    const statuses: string[] = [];
    here.post.watch((status) => statuses.push(status));
    here.bus.disconnect();
    clock.settle();
    expect(here.post.status).to.equal("connected");
    expect([a.box.send("b", parcel(1)), a.box.send("c", parcel(2))]).to.deep.equal([true, false]);
    clock.settle();
    here.bus.reconnect();
    a.box.send("c", parcel(3));
    clock.settle();
    expect([b.got, c.got, statuses]).to.deep.equal([[1], [3], []]);
    here.home.disconnect();
    clock.settle();
    expect([here.post.status, statuses]).to.deep.equal(["disconnected", ["disconnected"]]);
  });

  it("opens a mailbox while the bus is down, and there as soon as it is back", async () => {
    const { clock, here, there } = await stage();
    const c = await open(there.post, "c");
    here.bus.disconnect();
    const [a, gone] = [await open(here.post, "a"), await open(here.post, "gone")];
    c.box.send("a", parcel(1));
    clock.settle();
    expect(a.got).to.deep.equal([]);
    await gone.box.close();
    here.bus.reconnect();
    clock.settle();
    await Promise.resolve();
    c.box.send("a", parcel(2));
    a.box.send("c", parcel(3));
    c.box.send("gone", parcel(4));
    clock.settle();
    expect([a.got, c.got, c.nobody]).to.deep.equal([[2], [3], ["a", "gone"]]);
  });

  it("has a mailbox everywhere or nowhere", async () => {
    const { clock, here, there } = await stage();
    await open(there.post, "a");
    const error: unknown = await open(here.post, "a").catch((each: unknown) => each);
    expect(error).to.include({ code: "ERR_ADDRESS_TAKEN" });
    expect(here.home.reaches("a")).to.equal(false);
    const b = await open(here.post, "b");
    await b.box.close();
    clock.settle();
    expect([here.home.reaches("b"), there.bus.reaches("b")]).to.deep.equal([false, false]);
  });

  it("takes no parcel that one of its routes could not", async () => {
    const clock = new ManualClock();
    const [small, large] = [new MemoryBus({ clock, parcelBytes: 10 }), new MemoryBus({ clock })];
    const [home, bus] = [await large.connect(), await small.connect()];
    expect(new RoutedPost({ routes: [home], fallback: bus, status: home }).limits.parcelBytes).to.equal(10);
  });

  it("says that nobody is there when the bus does, and not when a route has merely lost the address", async () => {
    const { clock, here } = await stage();
    const [a, b] = [await open(here.post, "a"), await open(here.post, "b")];
    a.box.send("nowhere", parcel(1));
    clock.settle();
    expect(a.nobody).to.deep.equal(["nowhere"]);
    // Home has the address when the parcel is sent, and not any more when it is to be delivered.
    a.box.send("b", parcel(2));
    await b.box.close();
    clock.settle();
    expect(a.nobody).to.deep.equal(["nowhere"]);
    // The bus does not know an address that a route has come to reach meanwhile.
    a.box.send("late", parcel(3));
    await here.home.mailbox("late", { onParcel: () => undefined });
    clock.settle();
    expect(a.nobody).to.deep.equal(["nowhere"]);
  });
});

/** A bus that carries to everyone while it is switched on, and loses what is under way when it is switched off. */
class Switch implements Route {
  isOn = false;
  readonly prepared: string[] = [];
  private readonly under: MemoryTransport;

  constructor(under: MemoryTransport) {
    this.under = under;
  }

  turn(isOn: boolean): void {
    if (this.isOn && !isOn) {
      this.under.disconnect();
      this.under.reconnect();
    }
    this.isOn = isOn;
  }

  get status() {
    return this.under.status;
  }
  get limits() {
    return this.under.limits;
  }
  mailbox: Post["mailbox"] = (address, reader) => this.under.mailbox(address, reader);
  watch(): () => void {
    return () => undefined;
  }
  reaches(): boolean {
    return this.isOn;
  }
  prepare(to: string): void {
    this.prepared.push(to);
  }
}

const space = { prefix: "skein", cluster: "test" };
const [one, two] = [peerId("worker", "one", "1"), peerId("worker", "two", "1")];
const credit = (id: number): Message => ({ kind: "credit", id, bytes: 1 });

async function talker(clock: ManualClock, post: Post, id: string) {
  const heard: number[] = [];
  const lost: string[] = [];
  const shell = await ActorShell.start<RuntimeStimulus, RuntimeInstruction>({
    id,
    hello: { kind: "hello", role: "worker", name: id.split(":")[1] ?? "", versions: [1, 1] },
    core: {
      handle(stimulus) {
        if (stimulus.type === "message" && stimulus.message.kind === "credit")
          heard.push(stimulus.message.id);
        if (stimulus.type === "peerLost") lost.push(stimulus.why);
      },
      drain: () => [],
      nextTimer: () => undefined,
    },
    post,
    address: (peer) => mailboxName(space, peer),
    clock,
    perform: () => undefined,
    onFailed: (error) => {
      throw error;
    },
    validate: true,
  });
  return { shell, heard, lost };
}

describe("Links over routes that come and go", () => {
  const stage = async () => {
    const clock = new ManualClock();
    const fast = new MemoryBus({ clock });
    // What is sent the fast way overtakes what has been sent the slow way.
    const late = (run: () => void): void => void clock.setTimer(clock.now() + 15, run);
    const slow = new MemoryBus({
      clock: { now: () => clock.now(), setTimer: (atMs, run) => clock.setTimer(atMs, run), defer: late },
    });
    const make = async (id: string) => {
      const [route, bus] = [new Switch(await fast.connect()), await slow.connect()];
      const post = new RoutedPost({ routes: [route], fallback: bus, status: bus });
      return { route, bus, ...(await talker(clock, post, id)) };
    };
    return { clock, fast, slow, first: await make(one), second: await make(two) };
  };

  it("tells a route what it did not reach", async () => {
    const { clock, first } = await stage();
    first.shell.send(two, credit(1));
    clock.advance(100);
    expect(new Set(first.route.prepared)).to.deep.equal(new Set([mailboxName(space, two)]));
  });

  it("deliver everything once and in order, whatever the routes lose, repeat or overtake at each change", () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ type: fc.constant("send" as const), count: fc.integer({ min: 1, max: 20 }) }),
      },
      { weight: 2, arbitrary: fc.record({ type: fc.constant("switch" as const), end: fc.nat({ max: 1 }) }) },
      {
        weight: 2,
        arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 120 }) }),
      },
    );
    return fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
        async (steps, luck) => {
          const { clock, fast, first, second } = await stage();
          let sent = 0;
          // A route that is on may still lose or repeat, rarely.
          fast.faults.copies = () => [0, 2][luck.next().value as number] ?? 1;
          for (const each of steps) {
            if (each.type === "wait") clock.advance(each.ms);
            else if (each.type === "switch") {
              const { route } = each.end === 0 ? first : second;
              route.turn(!route.isOn);
            } else
              for (let i = 0; i < each.count; i += 1) {
                sent += 1;
                first.shell.send(two, credit(sent));
                second.shell.send(one, credit(sent));
              }
          }
          fast.faults.copies = () => 1;
          clock.advance(5_000);
          for (const { shell, heard, lost } of [first, second]) {
            // A link that starts afresh tells its owner so, and may drop; without that, nothing is missing.
            if (shell.counters.resets === 0)
              expect(heard).to.deep.equal(Array.from({ length: sent }, (_, i) => i + 1));
            expect(heard).to.deep.equal([...new Set(heard)].toSorted((a, b) => a - b));
            expect(lost).to.deep.equal([]);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("ask again for what a broken route lost, without starting afresh", async () => {
    const { clock, first, second } = await stage();
    first.route.turn(true);
    first.shell.send(two, credit(1));
    clock.advance(100);
    for (let i = 2; i <= 10; i += 1) first.shell.send(two, credit(i));
    first.route.turn(false);
    for (let i = 11; i <= 20; i += 1) first.shell.send(two, credit(i));
    clock.advance(200);
    expect(second.heard).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 1));
    expect([first.shell.counters.resets, second.shell.counters.resets]).to.deep.equal([0, 0]);
  });
});
