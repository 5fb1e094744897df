/** Presence: who is announced, now and from now on, until it closes or its connection ends. */

import assert from "node:assert/strict";
import type { Transport } from "../../transport/transport.js";
import type { ContractCapabilities } from "./bus.js";
import type { Stage } from "./stage.js";
import { eventually } from "./stage.js";

export function presenceContract(stage: Stage, { cuts = false }: ContractCapabilities): void {
  const watch = async (transport: Transport, group: string): Promise<Map<string, number>> => {
    const present = new Map<string, number>();
    await transport.presence(group, {
      onJoined: (id, info) => void present.set(id, info[0] ?? -1),
      onLeft: (id) => void present.delete(id),
    });
    return present;
  };

  describe("presence", () => {
    it("shows who was there before, who comes and who goes, with what they say of themselves", async () => {
      const [one, two, watcher] = [await stage.connect(), await stage.connect(), await stage.connect()];
      const group = stage.name("presence");
      await one.announce(group, "w1", Uint8Array.of(11));
      const present = await watch(watcher, group);
      const second = await two.announce(group, "w2", Uint8Array.of(22));
      await eventually(stage, "both are seen", () => present.size === 2);
      assert.deepEqual(Object.fromEntries(present), { w1: 11, w2: 22 });
      await second.close();
      await eventually(stage, "the second is gone", () => !present.has("w2"));
      assert.deepEqual([...present.keys()], ["w1"]);
    });

    it("ends with the transport that announced it", async () => {
      const [one, watcher] = [await stage.connect(), await stage.connect()];
      const group = stage.name("presence");
      await one.announce(group, "w1", Uint8Array.of(1));
      const present = await watch(watcher, group);
      await eventually(stage, "it is seen", () => present.has("w1"));
      await one.close();
      await eventually(stage, "it is gone", () => present.size === 0);
    });

    it("tells nothing to a watcher that has closed", async () => {
      const [one, watcher] = [await stage.connect(), await stage.connect()];
      const group = stage.name("presence");
      const seen: string[] = [];
      const note = {
        onJoined: (id: string) => void seen.push(id),
        onLeft: (id: string) => void seen.push(id),
      };
      const subscription = await watcher.presence(group, note);
      await subscription.close();
      const present = await watch(watcher, group);
      await one.announce(group, "w1", Uint8Array.of(1));
      await eventually(stage, "another watcher sees it", () => present.has("w1"));
      assert.deepEqual(seen, []);
    });

    if (cuts) {
      it("ends with the connection and comes back with it", async () => {
        const [one, watcher] = [await stage.connect(), await stage.connect()];
        const group = stage.name("presence");
        await one.announce(group, "w1", Uint8Array.of(1));
        const present = await watch(watcher, group);
        await eventually(stage, "it is seen", () => present.has("w1"));
        await stage.bus.cut?.disconnect(one);
        await eventually(stage, "it is gone", () => !present.has("w1"));
        await stage.bus.cut?.reconnect(one);
        await eventually(stage, "it is back", () => present.has("w1"));
      });
    }
  });
}
