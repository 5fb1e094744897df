/** Leases: one holder at a time, for as long as it renews. */

import assert from "node:assert/strict";
import type { Lease } from "../../transport/transport.js";
import type { ContractCapabilities } from "./bus.js";
import type { Stage } from "./stage.js";
import { eventually } from "./stage.js";

export function leaseContract(stage: Stage, { cuts = false }: ContractCapabilities): void {
  const holderOf = async (name: string): Promise<{ lease: Lease; lost: string[] }> => {
    const transport = await stage.connect();
    const lost: string[] = [];
    const onLost = (why: string): void => void lost.push(why);
    return { lease: transport.lease(name, { holder: "tester", ttlMs: stage.leaseTtlMs, onLost }), lost };
  };

  describe("leases", () => {
    it("are won by one of many who try at once", async () => {
      const name = stage.name("lease");
      const holders = await Promise.all(Array.from({ length: 5 }, () => holderOf(name)));
      const won = await Promise.all(holders.map(({ lease }) => lease.acquire()));
      assert.equal(won.filter(Boolean).length, 1);
      assert.deepEqual(
        holders.map(({ lease }) => lease.held),
        won,
      );
      const winner = holders[won.indexOf(true)];
      assert.equal(await winner?.lease.acquire(), true, "who holds it has it");
    });

    it("last as long as they are renewed, and then go to who asks", async () => {
      const name = stage.name("lease");
      const [holder, rival] = [await holderOf(name), await holderOf(name)];
      assert.equal(await holder.lease.acquire(), true);
      const begin = performance.now();
      while (performance.now() - begin < stage.leaseTtlMs * 2) {
        assert.equal(await holder.lease.renew(), true);
        assert.equal(await rival.lease.acquire(), false);
        await new Promise((resolve) => setTimeout(resolve, stage.leaseTtlMs / 5));
      }
      assert.deepEqual(holder.lost, []);
      await eventually(stage, "the rival gets it", () => rival.lease.acquire());
      await eventually(stage, "the holder knows", () => holder.lost.length > 0);
      assert.equal(holder.lease.held, false);
      assert.equal(await holder.lease.renew(), false);
      assert.equal(holder.lost.length, 1, "told once");
      assert.equal(await holder.lease.acquire(), false, "it is the rival's now");
      assert.equal(rival.lease.held, true);
    });

    it("are free at once when they are released, which is no loss", async () => {
      const name = stage.name("lease");
      const [holder, rival] = [await holderOf(name), await holderOf(name)];
      await holder.lease.acquire();
      await holder.lease.release();
      assert.equal(holder.lease.held, false);
      assert.equal(await rival.lease.acquire(), true);
      await holder.lease.release();
      assert.equal(rival.lease.held, true, "releasing what one does not hold takes nothing from others");
      assert.deepEqual([...holder.lost, ...rival.lost], []);
    });

    it("of different names have nothing to do with each other", async () => {
      const [one, two] = [await holderOf(stage.name("lease")), await holderOf(stage.name("lease"))];
      assert.deepEqual([await one.lease.acquire(), await two.lease.acquire()], [true, true]);
    });

    if (cuts) {
      it("are lost with the connection, and can be won by others within their time", async () => {
        const name = stage.name("lease");
        const transport = await stage.connect();
        const lost: string[] = [];
        const onLost = (why: string): void => void lost.push(why);
        const lease = transport.lease(name, { holder: "cut off", ttlMs: stage.leaseTtlMs, onLost });
        await lease.acquire();
        await stage.bus.cut?.disconnect(transport);
        await eventually(stage, "the holder takes it for lost", () => lost.length === 1 && !lease.held);
        const rival = await holderOf(name);
        await eventually(stage, "the rival gets it", () => rival.lease.acquire());
        await stage.bus.cut?.reconnect(transport);
        await eventually(stage, "the connection is back", () => transport.status === "connected");
        assert.equal(await lease.renew(), false);
        assert.equal(await lease.acquire(), false);
        assert.equal(rival.lease.held, true);
      });
    }
  });
}
