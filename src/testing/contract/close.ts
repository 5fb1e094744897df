/** The end of a transport: what was sent goes out, and nothing works after it but closing again. */

import assert from "node:assert/strict";
import { TransportClosedError } from "../../errors.js";
import type { Stage } from "./stage.js";
import { eventually, numbersOf, parcelOf, readAt } from "./stage.js";

export function closeContract(stage: Stage): void {
  describe("closing", () => {
    it("lets out what was sent, can be done twice and at once, and is announced", async () => {
      const [one, two] = [await stage.connect(), await stage.connect()];
      const from = await readAt(one, stage.name("box"));
      const to = await readAt(two, stage.name("box"));
      const statuses: string[] = [];
      one.watch((status) => statuses.push(status));
      for (let n = 0; n < 200; n += 1) from.mailbox.send(to.mailbox.address, parcelOf(n));
      await Promise.all([one.close(), one.close()]);
      await one.close();
      await eventually(stage, "all that was sent has arrived", () => numbersOf(to.parcels).length === 200);
      assert.equal(one.status, "closed");
      await eventually(stage, "it is announced", () => statuses.length > 0);
      assert.deepEqual(statuses, ["closed"]);
    });

    it("ends everything: sending is refused, asking rejects with the transport's name", async () => {
      const transport = await stage.connect();
      const { mailbox } = await readAt(transport, stage.name("box"));
      const journal = await transport.journal(stage.name("journal"));
      await transport.close();
      assert.equal(mailbox.send(mailbox.address, parcelOf(1)), false);
      assert.equal(transport.broadcast(stage.name("topic"), Uint8Array.of(1)), false);
      await assert.rejects(() => readAt(transport, stage.name("box")), TransportClosedError);
      await assert.rejects(
        () => transport.subscribe(stage.name("topic"), () => undefined),
        TransportClosedError,
      );
      await assert.rejects(() => transport.blobs(stage.name("blob")), TransportClosedError);
      await assert.rejects(() => journal.claim(Uint8Array.of(1)), TransportClosedError);
      await mailbox.close();
    });

    it("leaves other connections alone, and frees its addresses for them", async () => {
      const [one, two] = [await stage.connect(), await stage.connect()];
      const address = stage.name("box");
      await readAt(one, address);
      await one.close();
      const reading = await readAt(two, address);
      reading.mailbox.send(address, parcelOf(1));
      await eventually(stage, "it is read by its new owner", () => reading.parcels.length > 0);
    });

    it("drains on request and goes on", async () => {
      const transport = await stage.connect();
      const reading = await readAt(transport, stage.name("box"));
      for (let n = 0; n < 50; n += 1) reading.mailbox.send(reading.mailbox.address, parcelOf(n));
      await transport.drain();
      reading.mailbox.send(reading.mailbox.address, parcelOf(50));
      await eventually(stage, "all have arrived", () => numbersOf(reading.parcels).length === 51);
    });
  });
}
