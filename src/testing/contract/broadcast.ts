/** Topics: everybody who listens hears everything said from then on, in order, the speaker included. */

import assert from "node:assert/strict";
import { PayloadTooLargeError } from "../../errors.js";
import type { ContractCapabilities } from "./bus.js";
import type { Stage } from "./stage.js";
import { eventually } from "./stage.js";

export function broadcastContract(stage: Stage, { limitsPayload = true }: ContractCapabilities): void {
  describe("topics", () => {
    it("reach every subscriber, the sender included, in order, and nobody else", async () => {
      const transports = [await stage.connect(), await stage.connect()];
      const topic = stage.name("topic");
      const heard: number[][] = [[], []];
      const elsewhere: number[] = [];
      for (const [i, transport] of transports.entries()) {
        await transport.subscribe(topic, (bytes) => heard[i]?.push(bytes[0] ?? -1));
      }
      await transports[1]?.subscribe(stage.name("topic"), (bytes) => elsewhere.push(bytes[0] ?? -1));
      for (let n = 0; n < 100; n += 1) assert.equal(transports[0]?.broadcast(topic, Uint8Array.of(n)), true);
      const all = Array.from({ length: 100 }, (_, n) => n);
      await eventually(stage, "both have heard all", () => heard.every((each) => new Set(each).size === 100));
      for (const each of heard) assert.deepEqual([...new Set(each)], all);
      assert.deepEqual(elsewhere, []);
    });

    it("are left by closing the subscription, twice without harm", async () => {
      const transport = await stage.connect();
      const topic = stage.name("topic");
      let [left, stayed] = [0, 0];
      const subscription = await transport.subscribe(topic, () => void (left += 1));
      await transport.subscribe(topic, () => void (stayed += 1));
      await subscription.close();
      await subscription.close();
      transport.broadcast(topic, Uint8Array.of(1));
      await eventually(stage, "the other one hears it", () => stayed > 0);
      assert.equal(left, 0);
    });

    if (limitsPayload) {
      it("refuse what is larger than a message of the bus", async () => {
        const transport = await stage.connect();
        const large = new Uint8Array(transport.limits.payloadBytes + 1);
        assert.throws(() => transport.broadcast(stage.name("topic"), large), PayloadTooLargeError);
      });
    }
  });
}
