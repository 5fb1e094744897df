import { expect } from "chai";
import type { ShellOptions } from "../../../src/actors/runtime/actor-shell.js";
import { ActorShell } from "../../../src/actors/runtime/actor-shell.js";
import type { Core, RuntimeInstruction, RuntimeStimulus } from "../../../src/actors/runtime/core.js";
import type { Role } from "../../../src/protocol/addresses.js";
import { mailboxName, peerId } from "../../../src/protocol/addresses.js";
import { createCodec, stampParcel } from "../../../src/protocol/codec/codec.js";
import type { Hello, Message } from "../../../src/protocol/messages.js";
import { defaultTiming } from "../../../src/protocol/timing.js";
import { MemoryBus } from "../../../src/transport/memory/memory-bus.js";
import type { MemoryTransport } from "../../../src/transport/memory/memory-transport.js";
import { ManualClock } from "../../support/manual-clock.js";

type Stimulus = RuntimeStimulus | { readonly type: "measured"; readonly value: number };
type Instruction = RuntimeInstruction | { readonly type: "act"; readonly what: string };

/** A core that notes what it hears and asks for what the test puts into it. */
class NotingCore implements Core<Stimulus, Instruction> {
  readonly heard: Stimulus[] = [];
  readonly asks: Instruction[] = [];
  timer: number | undefined;
  drains = 0;
  onStimulus: (stimulus: Stimulus) => void = () => undefined;

  handle(stimulus: Stimulus): void {
    this.heard.push(stimulus);
    if (stimulus.type === "tick") this.timer = undefined;
    this.onStimulus(stimulus);
  }

  drain(): readonly Instruction[] {
    this.drains += 1;
    return this.asks.splice(0);
  }

  nextTimer(): number | undefined {
    return this.timer;
  }

  types(): string[] {
    return this.heard.map((each) => (each.type === "message" ? each.message.kind : each.type));
  }

  forget(): void {
    this.heard.length = 0;
  }
}

interface Actor {
  readonly id: string;
  readonly core: NotingCore;
  readonly shell: ActorShell<Stimulus, Instruction>;
  readonly transport: MemoryTransport;
  readonly failures: unknown[];
  readonly refused: string[];
  readonly performed: string[];
  say(to: Actor | string, message: Message): void;
}

const space = { prefix: "skein", cluster: "test" };

class Stage {
  readonly clock = new ManualClock();
  readonly bus: MemoryBus;

  constructor(parcelBytes?: number) {
    this.bus = new MemoryBus({ clock: this.clock, ...(parcelBytes === undefined ? {} : { parcelBytes }) });
  }

  async actor(
    role: Role,
    name: string,
    more: Partial<ShellOptions<Stimulus, Instruction>> = {},
  ): Promise<Actor> {
    const core = new NotingCore();
    const transport = await this.bus.connect();
    const id = peerId(role, name, "1");
    const [failures, refused, performed]: [unknown[], string[], string[]] = [[], [], []];
    const shell = await ActorShell.start<Stimulus, Instruction>({
      id,
      hello: { kind: "hello", role, name, versions: [1, 1] },
      core,
      post: transport,
      address: (peer) => mailboxName(space, peer),
      clock: this.clock,
      perform: ({ what }) => void performed.push(what),
      onFailed: (error) => failures.push(error),
      onRefused: (why) => refused.push(why),
      validate: true,
      ...more,
    });
    const say = (to: Actor | string, message: Message): void => {
      core.asks.push({ type: "send", to: typeof to === "string" ? to : to.id, message });
      shell.tell({ type: "measured", value: 0 });
    };
    return { id, core, shell, transport, failures, refused, performed, say };
  }

  /** A scheduler and a worker that have met. */
  async pair(): Promise<{ scheduler: Actor; worker: Actor }> {
    const scheduler = await this.actor("scheduler", "s");
    const worker = await this.actor("worker", "w");
    worker.shell.link(scheduler.id);
    this.clock.advance(100);
    for (const { core } of [scheduler, worker]) core.forget();
    return { scheduler, worker };
  }

  /** Puts bytes into an actor's mailbox as anybody on the bus can. */
  async slip(to: Actor, head: Uint8Array): Promise<void> {
    const stranger = await this.bus.connect();
    const mailbox = await stranger.mailbox(`stranger-${this.clock.now()}`, { onParcel: () => undefined });
    mailbox.send(mailboxName(space, to.id), { head, buffers: [] });
    this.clock.settle();
    await mailbox.close();
  }
}

const beat = (n: number): Message => ({ kind: "started", runs: Float64Array.of(n) });
const free = (n: number): Message => ({ kind: "free", runs: Float64Array.of(n) });

describe("An actor's shell", () => {
  it("tells the core of a peer before its messages, on both sides, with what the peer said of itself", async () => {
    const stage = new Stage();
    const scheduler = await stage.actor("scheduler", "s");
    const worker = await stage.actor("worker", "w");
    worker.say(scheduler, beat(1));
    stage.clock.settle();
    expect(scheduler.core.types()).to.deep.equal(["peerUp", "started"]);
    expect(scheduler.core.heard[0]).to.deep.equal({
      type: "peerUp",
      peer: worker.id,
      hello: { kind: "hello", role: "worker", name: "w", versions: [1, 1] },
      sharesMemory: true,
    });
    expect(worker.core.types()).to.deep.equal(["measured", "peerUp"]);
  });

  it("says of what asks for values whether they go by a connection of their own", async () => {
    const stage = new Stage();
    const post = Object.assign(await stage.bus.connect(), {
      streams: (_: string, to: string) => to.includes("w2"),
    });
    const holder = await stage.actor("worker", "w1", { post });
    const asked: Message = { kind: "get", id: 1, runs: Float64Array.of(1), credit: 1 };
    for (const name of ["w2", "w3"]) (await stage.actor("worker", name)).say(holder, asked);
    stage.clock.settle();
    const heard = holder.core.heard.filter(({ type }) => type === "message") as { streams?: true }[];
    expect(heard.map(({ streams }) => streams)).to.deep.equal([true, undefined]);
  });

  it("says that memory is shared only where what is sent is handed on as it lies", async () => {
    const clock = new ManualClock();
    const bus = new MemoryBus({ clock, payloadBytes: 1_000 });
    const stage = new Stage();
    const scheduler = await stage.actor("scheduler", "s", { post: await bus.connect(), clock });
    const worker = await stage.actor("worker", "w", { post: await bus.connect(), clock });
    worker.say(scheduler, beat(1));
    clock.settle();
    expect(scheduler.core.types()).to.deep.equal(["peerUp", "started"]);
    expect(scheduler.core.heard[0]).not.to.have.property("sharesMemory");
  });

  it("carries out what a core asks for once a turn, whatever the number of stimuli", async () => {
    const stage = new Stage();
    const { core, shell, performed } = await stage.actor("worker", "w");
    stage.clock.settle();
    const { drains } = core;
    for (let i = 0; i < 10; i += 1) shell.tell({ type: "measured", value: i });
    core.asks.push({ type: "act", what: "dance" });
    expect(performed).to.deep.equal([]);
    stage.clock.settle();
    expect(core.drains).to.equal(drains + 1);
    expect(performed).to.deep.equal(["dance"]);
  });

  it("never calls a core from within a call to send or tell of another", async () => {
    const stage = new Stage();
    const { scheduler, worker } = await stage.pair();
    let depth = 0;
    for (const actor of [scheduler, worker]) {
      actor.core.onStimulus = () => {
        depth += 1;
        if (depth > 1) throw new Error("re-entered");
        depth -= 1;
      };
    }
    scheduler.core.onStimulus = (stimulus) => {
      if (stimulus.type === "message")
        scheduler.core.asks.push({ type: "send", to: worker.id, message: free(1) });
    };
    worker.say(scheduler, beat(1));
    stage.clock.settle();
    expect(worker.core.types()).to.deep.equal(["measured", "free"]);
    expect([...scheduler.failures, ...worker.failures]).to.deep.equal([]);
  });

  it("ticks the core when it wants, after what the host has to say", async () => {
    const stage = new Stage();
    const { core, shell } = await stage.actor("worker", "w", {
      beforeTick: () => ({ type: "measured", value: 7 }),
    });
    core.timer = 500;
    shell.tell({ type: "measured", value: 0 });
    stage.clock.advance(499);
    expect(core.types()).to.deep.equal(["measured"]);
    stage.clock.advance(1);
    expect(core.types()).to.deep.equal(["measured", "measured", "tick"]);
    expect(stage.clock.pendingTimers).to.equal(0);
  });

  it("tells of a stall before anything else that was due, and calls nobody silent because of it", async () => {
    const stage = new Stage();
    const { scheduler, worker } = await stage.pair();
    worker.say(scheduler, beat(1));
    stage.clock.settle();
    worker.core.timer = stage.clock.now() + 100;
    worker.shell.tell({ type: "measured", value: 0 });
    stage.clock.settle();
    worker.core.forget();
    stage.clock.stall(60_000);
    stage.clock.advance(1_000);
    expect(worker.core.types().slice(0, 2)).to.deep.equal(["stalled", "tick"]);
    expect(worker.core.types()).to.not.include("peerLost");
  });

  describe("when something breaks", () => {
    it("stops at the core's first error, reports it, and lets the peers know", async () => {
      const stage = new Stage();
      const { scheduler, worker } = await stage.pair();
      const broken = new Error("invariant 3 does not hold");
      scheduler.core.onStimulus = () => {
        throw broken;
      };
      for (let i = 0; i < 3; i += 1) worker.say(scheduler, beat(i));
      stage.clock.advance(1_000);
      expect(scheduler.failures).to.deep.equal([broken]);
      expect(scheduler.shell.isRunning).to.equal(false);
      expect(scheduler.core.heard).to.have.length(1);
      expect(worker.core.heard.at(-1)).to.deep.equal({ type: "peerLost", peer: scheduler.id, why: "bye" });
      expect(worker.failures).to.deep.equal([]);
      await worker.shell.stop("done");
      expect(stage.clock.pendingTimers).to.equal(0);
    });

    it("treats an error of its hands, and a broken invariant, like one of the core", async () => {
      const stage = new Stage();
      const perform = (): never => {
        throw new Error("no hands");
      };
      const clumsy = await stage.actor("worker", "w", { perform });
      clumsy.core.asks.push({ type: "act", what: "juggle" });
      clumsy.shell.tell({ type: "measured", value: 0 });
      stage.clock.settle();
      expect(clumsy.failures).to.have.length(1);

      const wrong = await stage.actor("worker", "v");
      Object.assign(wrong.core, {
        validate: () => {
          throw new Error("broken");
        },
      });
      wrong.shell.tell({ type: "measured", value: 0 });
      expect(wrong.failures).to.have.length(1);
    });

    it("ignores what comes after it has stopped", async () => {
      const stage = new Stage();
      const { scheduler, worker } = await stage.pair();
      await worker.shell.stop("done");
      await worker.shell.stop("done again");
      worker.shell.tell({ type: "measured", value: 1 });
      worker.shell.link(scheduler.id);
      stage.clock.advance(60_000);
      expect(worker.core.heard).to.deep.equal([]);
      expect(scheduler.core.types()).to.deep.equal(["bye", "peerLost"]);
      expect(scheduler.core.heard.at(-1)).to.deep.equal({ type: "peerLost", peer: worker.id, why: "bye" });
    });

    it("parts in good order when a core says goodbye: each side hears it once, and nobody is called stale", async () => {
      const stage = new Stage();
      const { scheduler, worker } = await stage.pair();
      scheduler.say(worker, { kind: "bye", reason: "nothing left for you" });
      stage.clock.settle();
      expect(worker.core.types()).to.deep.equal(["bye", "peerLost"]);
      expect(scheduler.core.types()).to.deep.equal(["measured", "bye", "peerLost"]);
      scheduler.say(worker, free(1));
      worker.say(scheduler, beat(1));
      stage.clock.advance(60_000);
      expect([...scheduler.core.types(), ...worker.core.types()]).to.not.include("stale");
      expect([scheduler, worker].map(({ shell }) => shell.counters.deadLetters)).to.deep.equal([1, 1]);
    });
  });

  describe("with the dead", () => {
    it("counts messages to a forgotten peer, tells that peer, and passes nothing of it on", async () => {
      const stage = new Stage();
      const { scheduler, worker } = await stage.pair();
      scheduler.core.asks.push({ type: "forget", peer: worker.id, why: "silent" });
      scheduler.say(worker, free(1));
      stage.clock.settle();
      expect(scheduler.shell.counters.deadLetters).to.equal(1);
      worker.say(scheduler, beat(1));
      stage.clock.settle();
      expect(scheduler.core.types()).to.deep.equal(["measured"]);
      expect(worker.core.heard.at(-1)).to.deep.equal({
        type: "stale",
        from: scheduler.id,
        why: "dead",
        epoch: 0,
      });
    });

    it("reports a peer that was killed, once it is silent", async () => {
      const stage = new Stage();
      const { scheduler, worker } = await stage.pair();
      await worker.shell.kill();
      scheduler.say(worker, free(1));
      stage.clock.advance(defaultTiming.deadAfterMs * 2);
      const [, lost, ...rest] = scheduler.core.heard;
      expect(lost).to.include({ type: "peerLost", peer: worker.id });
      expect(rest).to.deep.equal([]);
    });

    it("gives a client longer than a worker: its program may be busy with itself", async () => {
      const stage = new Stage();
      const scheduler = await stage.actor("scheduler", "s");
      const client = await stage.actor("client", "c");
      client.shell.link(scheduler.id);
      stage.clock.advance(100);
      stage.bus.faults.copies = () => 0;
      scheduler.core.forget();
      scheduler.say(client, { kind: "accepted", graphId: "g" });
      stage.clock.advance(defaultTiming.deadAfterMs * 2);
      expect(scheduler.core.types()).to.deep.equal(["measured"]);
      stage.clock.advance(defaultTiming.clientGoneMs);
      expect(scheduler.core.types()).to.deep.equal(["measured", "peerLost"]);
    });
  });

  describe("on a bus with its faults", () => {
    it("tells the core when the bus goes and comes, and that the link started afresh", async () => {
      const stage = new Stage();
      const { scheduler, worker } = await stage.pair();
      worker.transport.disconnect();
      stage.clock.advance(5_000);
      worker.transport.reconnect();
      stage.clock.advance(1_000);
      expect(worker.core.types()).to.deep.equal(["busDown", "busUp", "linkReset"]);
      expect(scheduler.core.types()).to.deep.equal(["linkReset"]);
      expect(worker.shell.counters.resets).to.equal(1);
    });

    it("waits through a blocked bus", async () => {
      const stage = new Stage();
      const { scheduler, worker } = await stage.pair();
      worker.transport.block();
      stage.clock.advance(10);
      worker.say(scheduler, beat(1));
      stage.clock.advance(60_000);
      expect(scheduler.core.heard).to.deep.equal([]);
      worker.transport.unblock();
      stage.clock.advance(10);
      expect(scheduler.core.types()).to.deep.equal(["started"]);
      expect(worker.core.types()).to.deep.equal(["busDown", "measured", "busUp"]);
    });

    it("delivers each message once and in order over a bus that loses and repeats", async () => {
      const stage = new Stage();
      const { scheduler, worker } = await stage.pair();
      let turn = 0;
      stage.bus.faults.copies = () => [1, 0, 2, 1, 3, 0][(turn += 1) % 6] ?? 1;
      for (let i = 0; i < 200; i += 1) {
        worker.say(scheduler, beat(i));
        stage.clock.advance(i % 7 === 0 ? 300 : 1);
      }
      stage.bus.faults.copies = () => 1;
      stage.clock.advance(10_000);
      const runs = scheduler.core.heard.map((each) =>
        each.type === "message" && each.message.kind === "started" ? each.message.runs[0] : each.type,
      );
      expect(runs).to.deep.equal(Array.from({ length: 200 }, (_, i) => i));
    });
  });

  describe("when it is given up itself", () => {
    it("by a scheduler, loses that peer and learns that it is to start afresh", async () => {
      const stage = new Stage();
      const { scheduler, worker } = await stage.pair();
      scheduler.core.asks.push({ type: "forget", peer: worker.id, why: "test" });
      scheduler.shell.tell({ type: "measured", value: 0 });
      stage.clock.settle();
      worker.say(scheduler, beat(1));
      stage.clock.advance(1_000);
      expect(worker.core.types()).to.deep.equal(["measured", "peerLost", "stale"]);
      expect(worker.core.heard[1]).to.deep.equal({ type: "peerLost", peer: scheduler.id, why: "gaveUp" });
    });

    it("by anybody else, loses that peer and nothing more", async () => {
      const stage = new Stage();
      const { scheduler, worker } = await stage.pair();
      worker.core.asks.push({ type: "forget", peer: scheduler.id, why: "test" });
      worker.shell.tell({ type: "measured", value: 0 });
      stage.clock.settle();
      scheduler.say(worker, free(1));
      stage.clock.advance(1_000);
      expect(scheduler.core.types()).to.deep.equal(["measured", "peerLost"]);
    });
  });

  describe("with terms", () => {
    it("tells a leader of an older term that it is stale, and hears nothing of it", async () => {
      const stage = new Stage();
      const { scheduler: old, worker } = await stage.pair();
      old.core.asks.push({ type: "lead", epoch: 4 });
      old.say(worker, free(1));
      const next = await stage.actor("scheduler", "next");
      stage.clock.advance(100);
      next.core.asks.push({ type: "lead", epoch: 5 });
      next.say(worker, free(2));
      stage.clock.advance(100);
      worker.core.forget();
      old.core.forget();
      worker.say(old, beat(1));
      old.say(worker, free(3));
      stage.clock.advance(100);
      expect(worker.core.types()).to.deep.equal(["measured"]);
      expect(old.core.heard.at(-1)).to.deep.equal({ type: "stale", from: worker.id, why: "epoch", epoch: 5 });
    });
  });

  describe("with bad input", () => {
    const codec = createCodec();
    const forged = (from: string, to: string, body: unknown, seq: number, hello?: Hello): Uint8Array => {
      const parcel = codec.encode(
        (hello === undefined ? body : { kind: "sync", reply: false, hello }) as Message,
        from,
        to,
      );
      stampParcel(parcel, { v: 1, epoch: 0, gen: 1, seq, ack: 0 });
      return parcel.head;
    };
    const fiend = "worker:fiend:6";
    const helloOf = (role: Role): Hello => ({ kind: "hello", role, name: "fiend", versions: [1, 1] });

    it("counts what is no message, or meant for somebody else, and goes on", async () => {
      const stage = new Stage();
      const { scheduler, worker } = await stage.pair();
      await stage.slip(scheduler, Uint8Array.of(1, 2, 3));
      await stage.slip(scheduler, forged(fiend, worker.id, beat(1), 1));
      await stage.slip(scheduler, forged("nobody in particular", scheduler.id, beat(1), 1));
      expect(scheduler.refused).to.deep.equal(["header", "address", "address"]);
      worker.say(scheduler, beat(1));
      stage.clock.settle();
      expect(scheduler.core.types()).to.deep.equal(["started"]);
    });

    it("refuses an unknown kind, a malformed message and one with no business here, and takes the next", async () => {
      const stage = new Stage();
      const { scheduler } = await stage.pair();
      await stage.slip(scheduler, forged(fiend, scheduler.id, undefined, 0, helloOf("worker")));
      await stage.slip(scheduler, forged(fiend, scheduler.id, { kind: "teleport" }, 1));
      await stage.slip(scheduler, forged(fiend, scheduler.id, { kind: "started", runs: "all" }, 2));
      await stage.slip(scheduler, forged(fiend, scheduler.id, { kind: "status", keys: [], errors: [] }, 3));
      await stage.slip(scheduler, forged(fiend, scheduler.id, { kind: "want", keys: ["k"] }, 4));
      await stage.slip(scheduler, forged(fiend, scheduler.id, beat(5), 5));
      expect(scheduler.refused).to.deep.equal(["kind", "schema", "schema", "direction"]);
      expect(scheduler.core.types()).to.deep.equal(["peerUp", "started"]);
    });

    it("refuses a peer that says it is what its name says it is not", async () => {
      const stage = new Stage();
      const { scheduler } = await stage.pair();
      await stage.slip(scheduler, forged(fiend, scheduler.id, undefined, 0, helloOf("client")));
      expect(scheduler.refused).to.deep.equal(["address"]);
      expect(scheduler.core.heard).to.deep.equal([]);
    });

    it("gives up a peer with which it has no version in common, and says so on both sides", async () => {
      const stage = new Stage();
      const scheduler = await stage.actor("scheduler", "s");
      const hello: Hello = { kind: "hello", role: "worker", name: "w", versions: [7, 9] };
      const worker = await stage.actor("worker", "w", { hello });
      await stage.slip(scheduler, forged(worker.id, scheduler.id, undefined, 0, hello));
      expect(scheduler.core.heard).to.deep.equal([{ type: "peerLost", peer: worker.id, why: "version" }]);
      expect(scheduler.shell.counters.refused.version).to.equal(1);
      expect(worker.core.heard).to.deep.equal([{ type: "peerLost", peer: scheduler.id, why: "version" }]);
    });

    it("does not send what is larger than the bus takes, but says so and lives on", async () => {
      const stage = new Stage(1_000);
      const { scheduler, worker } = await stage.pair();
      worker.say(scheduler, { kind: "started", runs: new Float64Array(500) });
      worker.say(scheduler, beat(1));
      stage.clock.settle();
      expect(worker.refused).to.deep.equal(["size"]);
      expect(worker.shell.counters.deadLetters).to.equal(1);
      expect(scheduler.core.types()).to.deep.equal(["started"]);
    });
  });
});
