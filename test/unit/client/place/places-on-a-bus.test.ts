import { expect } from "chai";
import { BusNeighbourhood } from "../../../../src/client/place/bus-neighbourhood.js";
import { HybridPosts } from "../../../../src/client/place/hybrid-posts.js";
import type { Namespace } from "../../../../src/protocol/addresses.js";
import type { MailboxReader } from "../../../../src/transport/transport.js";
import { MemoryBus } from "../../../../src/transport/memory/memory-bus.js";
import { until } from "../../../../src/testing/until.js";

const space: Namespace = { prefix: "skein", cluster: "team-a" };
const group = "skein.team-a.presence.schedulers";
const info = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const quiet: MailboxReader = { onParcel: () => undefined };

describe("Who leads on a bus", () => {
  it("is who announces the newest term, and nobody who says nonsense", async () => {
    const bus = new MemoryBus();
    const [here, there] = [await bus.connect(), await bus.connect()];
    const neighbourhood = await BusNeighbourhood.join(here, space);
    const met: string[] = [];
    neighbourhood.follow((scheduler) => met.push(scheduler));
    const leaders = [
      { peer: "scheduler:scheduler:two", epoch: 2 },
      { peer: "scheduler:scheduler:one", epoch: 1 },
      { peer: "worker:w1:x", epoch: 9 },
      { peer: "scheduler:scheduler:minus", epoch: -3 },
      { peer: 7, epoch: 8 },
      null,
      { peer: "scheduler:scheduler:three", epoch: 3 },
    ];
    for (const [i, leader] of leaders.entries()) await there.announce(group, `id-${i}`, info(leader));
    await there.announce(group, "garbage", Uint8Array.of(0xff, 0x7b));
    await until("the newest is met", () => met.length === 2);
    expect(met).to.deep.equal(["scheduler:scheduler:two", "scheduler:scheduler:three"]);
    expect(neighbourhood.newest).to.deep.equal({ peer: "scheduler:scheduler:three", epoch: 3 });
    await neighbourhood.close();
    await here.close();
    await there.close();
  });

  it("is nobody once the leader has gone, and the term is remembered", async () => {
    const bus = new MemoryBus();
    const [here, there] = [await bus.connect(), await bus.connect()];
    const neighbourhood = await BusNeighbourhood.join(here, space);
    const peer = "scheduler:scheduler:abc";
    const announced = await there.announce(group, "abc", info({ peer, epoch: 5 }));
    await until("it is seen", () => neighbourhood.leader === peer);
    await announced.close();
    await until("it is gone", () => neighbourhood.leader === undefined);
    expect(neighbourhood.newest).to.deep.equal({ peer, epoch: 5 });
    await neighbourhood.close();
    await here.close();
    await there.close();
  });

  it("is known at home at once, also while the bus that is to be told is away", async () => {
    const transport = await new MemoryBus().connect();
    const neighbourhood = await BusNeighbourhood.join(transport, space);
    const peer = "scheduler:scheduler:here";
    const met: string[] = [];
    neighbourhood.follow((scheduler) => met.push(scheduler));
    transport.disconnect();
    const leading = neighbourhood.lead(peer, 1);
    await Promise.resolve();
    expect(met).to.deep.equal([peer]);
    transport.reconnect();
    await leading;
    await neighbourhood.close();
    await transport.close();
  });
});

describe("A mailbox at home and on a bus", () => {
  it("is open at home though the bus goes away in the very moment, and on the bus when that is back", async () => {
    const bus = new MemoryBus();
    const [here, there] = [await bus.connect(), await bus.connect()];
    const posts = new HybridPosts(here, undefined);
    const [one, two] = [await posts.make(), await posts.make()];
    const heard: number[] = [];
    const opening = one.mailbox("skein.team-a.box.client.one.x", {
      onParcel: ({ head }) => heard.push(head[0] ?? -1),
    });
    here.disconnect();
    await opening;
    const other = await two.mailbox("skein.team-a.box.client.two.x", quiet);
    expect(other.send("skein.team-a.box.client.one.x", { head: Uint8Array.of(1), buffers: [] })).to.equal(
      true,
    );
    await until("it is heard at home", () => heard.length === 1);
    here.reconnect();
    const far = await there.mailbox("skein.team-a.box.worker.far.x", quiet);
    await until("it is heard from afar", () => {
      far.send("skein.team-a.box.client.one.x", { head: Uint8Array.of(2), buffers: [] });
      return heard.includes(2);
    });
    await here.close();
    await there.close();
  });

  it("is none where the bus refuses it, and waits for none that is away", async () => {
    const bus = new MemoryBus();
    const [here, there] = [await bus.connect(), await bus.connect()];
    const post = await new HybridPosts(here, undefined).make();
    await there.mailbox("skein.team-a.box.client.taken.x", quiet);
    const refused: unknown = await post
      .mailbox("skein.team-a.box.client.taken.x", quiet)
      .catch((error: unknown) => error);
    expect(refused).to.have.property("code", "ERR_ADDRESS_TAKEN");
    here.disconnect();
    const box = await post.mailbox("skein.team-a.box.client.free.x", quiet);
    await box.close();
    await here.close();
    await there.close();
  });
});
