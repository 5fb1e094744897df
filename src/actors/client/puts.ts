/** Values that a client puts on workers, until each has been taken in whole, or its worker is gone. */

import type { PeerId } from "../../protocol/addresses.js";
import type { ClientInstruction, Put } from "./stimuli.js";

export class Puts {
  readonly #chunkBytes: number;
  readonly #out: ClientInstruction[];
  readonly #underWay = new Map<number, Put>();

  constructor(chunkBytes: number, out: ClientInstruction[]) {
    this.#chunkBytes = chunkBytes;
    this.#out = out;
  }

  start(put: Put): void {
    this.#underWay.set(put.id, put);
    this.#send(put);
  }

  /** What was sent to the worker may be lost: it is sent all of it again. */
  linkReset(peer: PeerId): void {
    for (const put of this.#underWay.values()) if (put.to === peer) this.#send(put);
  }

  peerLost(peer: PeerId): void {
    for (const { id, to } of this.#underWay.values()) if (to === peer) this.ended(id, false);
  }

  ended(id: number, ok: boolean): void {
    if (this.#underWay.delete(id)) this.#out.push({ type: "put", id, ok });
  }

  #send({ id, to, run, key, bytes }: Put): void {
    const total = bytes.length;
    for (let offset = 0; offset < total; offset += this.#chunkBytes) {
      const chunk = bytes.subarray(offset, Math.min(total, offset + this.#chunkBytes));
      this.#out.push({
        type: "send",
        to,
        message: { kind: "put", id, run, key, offset, total, bytes: chunk },
      });
    }
  }
}
