/** Blobs: named bytes of any size. */

import assert from "node:assert/strict";
import type { Stage } from "./stage.js";

export function blobContract(stage: Stage): void {
  describe("blobs", () => {
    it("come back from another connection as they were put, whatever their size", async () => {
      const name = stage.name("blob");
      const [one, two] = [await stage.connect(), await stage.connect()];
      const [writer, reader] = [await one.blobs(name), await two.blobs(name)];
      for (const size of [0, 1, 100_000, 3 * 1024 * 1024 + 11]) {
        const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31) % 251);
        await writer.put(`size-${size}`, bytes);
        const back = await reader.get(`size-${size}`);
        assert.ok(back !== undefined && Buffer.compare(back, bytes) === 0, `${size} bytes`);
      }
    });

    it("are replaced by a second put, gone when deleted, and undefined when never put", async () => {
      const blobs = await (await stage.connect()).blobs(stage.name("blob"));
      assert.equal(await blobs.get("never"), undefined);
      await blobs.put("x", Uint8Array.of(1));
      await blobs.put("x", Uint8Array.of(2, 3));
      assert.deepEqual([...((await blobs.get("x")) ?? [])], [2, 3]);
      await blobs.delete("x");
      await blobs.delete("x");
      assert.equal(await blobs.get("x"), undefined);
    });

    it("belong to the caller once they are read, and to the store once they are put", async () => {
      const blobs = await (await stage.connect()).blobs(stage.name("blob"));
      const bytes = Uint8Array.of(1, 2, 3);
      await blobs.put("x", bytes);
      bytes.fill(9);
      (await blobs.get("x"))?.fill(8);
      assert.deepEqual([...((await blobs.get("x")) ?? [])], [1, 2, 3]);
    });
  });
}
