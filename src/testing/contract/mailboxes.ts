/** Mailboxes: bytes arrive as they were sent, in order between two of them, and never within a call. */

import assert from "node:assert/strict";
import { AddressTakenError, PayloadTooLargeError } from "../../errors.js";
import type { ContractCapabilities } from "./bus.js";
import type { Stage } from "./stage.js";
import { eventually, isAscending, numberOf, numbersOf, parcelOf, readAt } from "./stage.js";

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export function mailboxContract(stage: Stage, { tellsNobody = false }: ContractCapabilities): void {
  describe("mailboxes", () => {
    it("bring a parcel as it was sent, with its buffers, to another connection", async () => {
      const [one, two] = [await stage.connect(), await stage.connect()];
      const reading = await readAt(two, stage.name("box"));
      const { mailbox } = await readAt(one, stage.name("box"));
      const buffers = [new Uint8Array(100_000).fill(7), new Uint8Array(0), Uint8Array.of(1, 2, 3)];
      const parcel = parcelOf(5, 60, buffers);
      assert.equal(mailbox.send(reading.mailbox.address, parcel), true);
      await eventually(stage, "the parcel arrives", () => reading.parcels.length > 0);
      const [got] = reading.parcels;
      assert.deepEqual(new Uint8Array(got?.head ?? []), parcel.head);
      assert.deepEqual(
        got?.buffers.map((buffer) => new Uint8Array(buffer)),
        buffers,
      );
    });

    it("never call their reader from within send, not even when it is one's own", async () => {
      const transport = await stage.connect();
      let isSending = false;
      let calls = 0;
      const mailbox = await transport.mailbox(stage.name("box"), {
        onParcel: () => {
          assert.equal(isSending, false);
          calls += 1;
          if (calls < 5) send();
        },
      });
      const send = (): void => {
        isSending = true;
        mailbox.send(mailbox.address, parcelOf(calls));
        isSending = false;
      };
      send();
      await eventually(stage, "five parcels come back", () => calls >= 5);
    });

    it("keep the order between one sender and one reader, whoever else sends", async () => {
      const to = await readAt(await stage.connect(), stage.name("box"));
      const senders = [await stage.connect(), await stage.connect()];
      const boxes = await Promise.all(senders.map((sender) => readAt(sender, stage.name("box"))));
      const each = 1_000;
      for (const n of range(each)) {
        for (const [i, { mailbox }] of boxes.entries())
          mailbox.send(to.mailbox.address, parcelOf(i * each + n));
        if (n % 100 === 0) await new Promise(setImmediate);
      }
      await eventually(stage, "all have arrived", () => numbersOf(to.parcels).length === 2 * each);
      const numbers = numbersOf(to.parcels);
      for (const [i] of boxes.entries()) {
        assert.ok(
          isAscending(numbers.filter((number) => Math.floor(number / each) === i)),
          `order of sender ${i}`,
        );
      }
    });

    it("carry parcels larger than one message of the bus, in order among small ones", async () => {
      const [one, two] = [await stage.connect(), await stage.connect()];
      const to = await readAt(two, stage.name("box"));
      const { mailbox } = await readAt(one, stage.name("box"));
      const largest = Math.min(one.limits.payloadBytes * 3 + 17, 4 * 1024 * 1024);
      const bytes = Uint8Array.from({ length: largest }, (_, i) => i % 251);
      const sent = [parcelOf(0), parcelOf(1, 48, [bytes]), parcelOf(2), parcelOf(3, largest), parcelOf(4)];
      for (const parcel of sent) mailbox.send(to.mailbox.address, parcel);
      await eventually(stage, "all five have arrived", () => numbersOf(to.parcels).length === 5);
      assert.deepEqual(numbersOf(to.parcels), range(5));
      const large = to.parcels.find((parcel) => numberOf(parcel) === 1);
      assert.ok(large?.buffers[0] !== undefined && Buffer.compare(large.buffers[0], bytes) === 0);
      assert.equal(to.parcels.find((parcel) => numberOf(parcel) === 3)?.head.length, largest);
    });

    it("refuse a parcel above the limit by name and size, and go on", async () => {
      const transport = await stage.connect();
      const to = await readAt(transport, stage.name("box"));
      const part = new Uint8Array(64 * 1024 * 1024);
      const parts = Math.floor(transport.limits.parcelBytes / part.length) + 1;
      const tooLarge = parcelOf(
        0,
        48,
        range(parts).map(() => part),
      );
      assert.throws(() => to.mailbox.send(to.mailbox.address, tooLarge), PayloadTooLargeError);
      to.mailbox.send(to.mailbox.address, parcelOf(1));
      await eventually(stage, "the next one arrives", () => to.parcels.length > 0);
      assert.deepEqual(numbersOf(to.parcels), [1]);
    });

    it("do not lose or reorder anything for a reader that is slow for a while", async () => {
      const [one, two] = [await stage.connect(), await stage.connect()];
      const parcels: number[] = [];
      const statuses: string[] = [];
      two.watch((status) => statuses.push(status));
      const to = await two.mailbox(stage.name("box"), {
        onParcel: (parcel) => {
          const pauseUntil = performance.now() + (parcels.length % 500 === 0 ? 100 : 0);
          while (performance.now() < pauseUntil);
          parcels.push(numberOf(parcel));
        },
      });
      const { mailbox } = await readAt(one, stage.name("box"));
      const total = 2_000;
      for (const n of range(total)) mailbox.send(to.address, parcelOf(n, 1_000));
      // A bus may cut off who is too slow, but then it says so.
      await eventually(stage, "all have arrived", () => parcels.at(-1) === total - 1 || statuses.length > 0);
      const distinct = parcels.filter((number, i) => parcels.indexOf(number) === i);
      assert.ok(isAscending(distinct));
      if (statuses.length === 0) assert.equal(distinct.length, total);
    });

    it("are one to an address, and free the address when they are closed", async () => {
      const transport = await stage.connect();
      const address = stage.name("box");
      const first = await readAt(transport, address);
      await assert.rejects(() => readAt(transport, address), AddressTakenError);
      await first.mailbox.close();
      await first.mailbox.close();
      const second = await readAt(transport, address);
      second.mailbox.send(address, parcelOf(1));
      await eventually(stage, "the second reader gets it", () => second.parcels.length > 0);
      assert.equal(first.parcels.length, 0);
    });

    if (tellsNobody) {
      it("say when nobody is there, and of whom they said it", async () => {
        const [one, two] = [await stage.connect(), await stage.connect()];
        const from = await readAt(one, stage.name("box"));
        const to = await readAt(two, stage.name("box"));
        const nowhere = stage.name("box");
        from.mailbox.send(nowhere, parcelOf(1));
        from.mailbox.send(to.mailbox.address, parcelOf(2));
        await eventually(stage, "the bus says so", () => from.nobody.length > 0 && to.parcels.length > 0);
        assert.deepEqual(from.nobody, [nowhere]);
      });
    }
  });
}
