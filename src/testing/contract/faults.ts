/** Faults of the connection: what is lost is announced, order holds on either side of a gap, waiting is lossless. */

import assert from "node:assert/strict";
import type { ContractCapabilities } from "./bus.js";
import type { Stage } from "./stage.js";
import { eventually, isAscending, numbersOf, parcelOf, readAt } from "./stage.js";

export function faultContract(
  stage: Stage,
  { cuts = false, alarms = false, alarmsAll = false }: ContractCapabilities,
): void {
  if (cuts) {
    describe("a connection that breaks", () => {
      it("is announced, takes nothing while it is down, and works again under the same addresses", async () => {
        const [one, two] = [await stage.connect(), await stage.connect()];
        const [a, b] = [await readAt(one, stage.name("box")), await readAt(two, stage.name("box"))];
        const statuses: string[] = [];
        one.watch((status) => statuses.push(status));
        await stage.bus.cut?.disconnect(one);
        await eventually(stage, "it is announced", () => statuses.includes("disconnected"));
        assert.equal(one.status, "disconnected");
        assert.equal(a.mailbox.send(b.mailbox.address, parcelOf(1)), false);
        await stage.bus.cut?.reconnect(one);
        await eventually(stage, "it is back", () => statuses.at(-1) === "connected");
        assert.equal(a.mailbox.send(b.mailbox.address, parcelOf(2)), true);
        assert.equal(b.mailbox.send(a.mailbox.address, parcelOf(3)), true);
        await eventually(stage, "both ways work", () => a.parcels.length > 0 && b.parcels.length > 0);
        assert.deepEqual(statuses, ["disconnected", "connected"]);
        assert.ok(!numbersOf(b.parcels).includes(1), "what was refused does not arrive");
      });

      it("loses at most what was sent around the break, and never the order", async () => {
        const [one, two] = [await stage.connect(), await stage.connect()];
        const from = await readAt(one, stage.name("box"));
        const to = await readAt(two, stage.name("box"));
        const taken: number[] = [];
        const statuses: string[] = [];
        one.watch((status) => statuses.push(status));
        const send = (n: number): void => {
          if (from.mailbox.send(to.mailbox.address, parcelOf(n))) taken.push(n);
        };
        for (let n = 0; n < 300; n += 1) {
          send(n);
          if (n === 100) await stage.bus.cut?.disconnect(one);
          if (n === 200) {
            // What is sent before the break is noticed may be lost, and is told of as soon as it is.
            await eventually(stage, "the break is noticed", () => statuses.includes("disconnected"));
            await stage.bus.cut?.reconnect(one);
            await eventually(stage, "the connection is back", () => one.status === "connected");
          }
        }
        await eventually(stage, "the last has arrived", () => numbersOf(to.parcels).at(-1) === 299);
        const numbers = numbersOf(to.parcels);
        assert.ok(isAscending(numbers));
        assert.ok(numbers.every((n) => taken.includes(n)));
        const after = numbers.filter((n) => n > 200);
        assert.deepEqual(
          after,
          Array.from({ length: 99 }, (_, i) => 201 + i),
          "all that was sent after it was back",
        );
      });

      it("keeps its subscriptions", async () => {
        const [one, two] = [await stage.connect(), await stage.connect()];
        const topic = stage.name("topic");
        const heard: number[] = [];
        await one.subscribe(topic, (bytes) => heard.push(bytes[0] ?? -1));
        await stage.bus.cut?.disconnect(one);
        await eventually(stage, "it is down", () => one.status === "disconnected");
        await stage.bus.cut?.reconnect(one);
        await eventually(stage, "it is back", () => one.status === "connected");
        await eventually(stage, "it hears again", () => {
          two.broadcast(topic, Uint8Array.of(7));
          return heard.includes(7);
        });
      });
    });
  }

  if (alarms) {
    describe("a bus that takes nothing for a while", () => {
      it("says so, refuses what is sent, still delivers, and loses nothing it took", async () => {
        const [one, two] = [await stage.connect(), await stage.connect()];
        const [a, b] = [await readAt(one, stage.name("box")), await readAt(two, stage.name("box"))];
        const statuses: string[] = [];
        one.watch((status) => statuses.push(status));
        a.mailbox.send(b.mailbox.address, parcelOf(1));
        await stage.bus.alarm?.block(one);
        await eventually(stage, "it is announced", () => statuses.includes("blocked"));
        assert.equal(a.mailbox.send(b.mailbox.address, parcelOf(2)), false);
        b.mailbox.send(a.mailbox.address, parcelOf(3));
        if (!alarmsAll) await eventually(stage, "the other way works", () => a.parcels.length > 0);
        await stage.bus.alarm?.unblock(one);
        await eventually(stage, "it is over", () => statuses.at(-1) === "connected");
        assert.equal(a.mailbox.send(b.mailbox.address, parcelOf(4)), true);
        await eventually(stage, "the rest has arrived", () => numbersOf(b.parcels).includes(4));
        assert.deepEqual(numbersOf(b.parcels), [1, 4]);
        await eventually(
          stage,
          "what was taken before an alarm was known of has",
          () => a.parcels.length > 0,
        );
      });
    });
  }
}
