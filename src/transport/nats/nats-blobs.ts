/** Blobs as objects of a JetStream object store, which cuts them to the server's size of message. */

import { Objm } from "@nats-io/obj";
import type { Blobs } from "../transport.js";
import type { JetStream } from "./jetstream.js";
import { storeName } from "./names.js";

export async function openBlobs(jet: JetStream, name: string, replicas: number): Promise<Blobs> {
  const store = await jet.ask(`opening ${name}`, (client) =>
    new Objm(client).create(storeName(name), { replicas }),
  );
  return {
    put: async (blob, bytes) => {
      const copy = bytes.slice();
      await jet.ask(`putting ${blob} into ${name}`, () => store.putBlob({ name: blob }, copy));
    },
    get: async (blob) => {
      const bytes = await jet.ask(`getting ${blob} from ${name}`, () => store.getBlob(blob));
      return bytes ?? undefined;
    },
    delete: async (blob) => {
      await jet.ask(`deleting ${blob} from ${name}`, async () => {
        if ((await store.info(blob)) !== null) await store.delete(blob);
      });
    },
  };
}
