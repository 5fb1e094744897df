import { expect } from "chai";
import type { Parcel } from "../../src/protocol/parcel.js";
import { Dice } from "../../src/testing/simulation/dice.js";
import { Process } from "../../src/testing/simulation/process.js";
import { VirtualBus, type BusFaults, type BusPost } from "../../src/testing/simulation/virtual-bus.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";

const calm: BusFaults = {
  lossRate: 0,
  duplicateRate: 0,
  maxDelayMs: 50,
  overtakenRate: 0,
  tellsNobody: false,
};
const parcel = (n: number): Parcel => ({ head: Uint8Array.of(n), buffers: [] });

/** Two processes, `a` and `b`; what arrives at `b`, and whom `a` was told that nobody is. */
class Scene {
  readonly clock = new VirtualClock();
  readonly bus: VirtualBus;
  readonly a: Process;
  readonly b: Process;
  readonly posts: Record<"a" | "b", BusPost>;
  readonly arrived: number[] = [];
  readonly nobody: string[] = [];
  send: (to: string, n: number) => boolean = () => false;

  constructor(faults: Partial<BusFaults> = {}) {
    this.bus = new VirtualBus(this.clock, new Dice(1), { ...calm, ...faults });
    this.a = new Process("a", this.clock, () => 0);
    this.b = new Process("b", this.clock, () => 0);
    this.posts = { a: this.bus.connect(this.a), b: this.bus.connect(this.b) };
  }

  async open(): Promise<this> {
    const onNobody = (address: string): void => void this.nobody.push(address);
    const mailbox = await this.posts.a.mailbox("at a", { onParcel: () => undefined, onNobody });
    await this.posts.b.mailbox("at b", { onParcel: ({ head }) => this.arrived.push(head[0]!) });
    this.send = (to, n) => mailbox.send(to, parcel(n));
    return this;
  }

  sendMany(count: number): number[] {
    const numbers = Array.from({ length: count }, (_, i) => i);
    for (const n of numbers) this.send("at b", n);
    return numbers;
  }

  run(ms = 10_000): this {
    this.clock.advanceTo(this.clock.now() + ms);
    return this;
  }
}

describe("a virtual bus", () => {
  it("delivers everything in order when it is well", async () => {
    const scene = await new Scene().open();
    const sent = scene.sendMany(50);
    expect(scene.arrived, "never within the call").to.deep.equal([]);
    expect(scene.run().arrived).to.deep.equal(sent);
  });

  it("loses some, repeats some, lets some be overtaken, as it is told", async () => {
    const lossy = (await new Scene({ lossRate: 0.5 }).open()).run();
    lossy.sendMany(200);
    expect(lossy.run().arrived.length).to.be.within(50, 150);
    const repeating = await new Scene({ duplicateRate: 1 }).open();
    const sent = repeating.sendMany(20);
    expect(repeating.run().arrived).to.deep.equal(sent.flatMap((n) => [n, n]));
    const unordered = await new Scene({ overtakenRate: 0.5 }).open();
    const numbers = unordered.sendMany(50);
    expect(unordered.run().arrived).to.have.members(numbers);
    expect(unordered.arrived).to.not.deep.equal(numbers);
  });

  it("carries nothing in a direction that is cut, and all of it later in one that is stopped up", async () => {
    const cut = await new Scene().open();
    cut.bus.cut("a", "b", 1_000);
    cut.sendMany(5);
    expect(cut.run().arrived).to.deep.equal([]);
    expect(cut.sendMany(3)).to.deep.equal(cut.run().arrived);
    const clogged = await new Scene().open();
    clogged.bus.clog("a", "b", 1_000);
    const sent = clogged.sendMany(5);
    expect(clogged.run(999).arrived).to.deep.equal([]);
    expect(clogged.run(1).arrived).to.deep.equal(sent);
  });

  it("loses what is under way when a connection ends, and takes nothing until it is back", async () => {
    const scene = await new Scene().open();
    scene.send("at b", 1);
    scene.posts.a.disconnect();
    expect(scene.send("at b", 2)).to.equal(false);
    scene.posts.a.reconnect();
    expect(scene.send("at b", 3)).to.equal(true);
    expect(scene.run().arrived).to.deep.equal([3]);
    scene.send("at b", 4);
    scene.posts.b.disconnect();
    expect(scene.run().arrived).to.deep.equal([3]);
  });

  it("gives a process that stood still everything afterwards, and a dead one nothing", async () => {
    const scene = await new Scene().open();
    scene.b.stop();
    const sent = scene.sendMany(5);
    expect(scene.run().arrived).to.deep.equal([]);
    scene.b.goOn();
    expect(scene.run().arrived).to.deep.equal(sent);
    scene.b.kill();
    scene.sendMany(5);
    expect(scene.run().arrived).to.deep.equal(sent);
  });

  it("says that nobody is there only when it is a bus that can tell", async () => {
    const telling = await new Scene({ tellsNobody: true }).open();
    telling.send("nowhere", 1);
    expect(telling.run().nobody).to.deep.equal(["nowhere"]);
    const silent = await new Scene().open();
    silent.send("nowhere", 1);
    expect(silent.run().nobody).to.deep.equal([]);
  });

  it("carries what a parcel was when it was sent, whatever its sender writes into it later", async () => {
    const scene = await new Scene().open();
    const mailbox = await scene.posts.a.mailbox("also at a", { onParcel: () => undefined });
    const sent = parcel(7);
    mailbox.send("at b", sent);
    sent.head[0] = 8;
    expect(scene.run().arrived).to.deep.equal([7]);
  });
});
