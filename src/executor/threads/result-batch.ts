/** Gathers what ended in a thread into the columns of one report. */

import type { WireError } from "../../protocol/messages.js";
import type { Ended, ThreadFailure } from "./messages.js";

export class ResultBatch {
  #slot = new Uint32Array(256);
  #nbytes = new Float64Array(256);
  #tookMs = new Float32Array(256);
  #inlineEnd = new Uint32Array(256);
  #inline = new Uint8Array(16 * 1024);
  #used = 0;
  #count = 0;
  #large: [number, Uint8Array][] = [];
  #failed: ThreadFailure[] = [];
  #passedOver: number[] = [];
  #unstarted: number[] = [];

  get size(): number {
    return this.#count + this.#failed.length + this.#passedOver.length + this.#unstarted.length;
  }

  /** @param large whether the bytes go beside the columns, uncopied: they must then be in shared memory. */
  done(slot: number, tookMs: number, bytes: Uint8Array, large: boolean): void {
    if (this.#count === this.#slot.length) this.#growColumns();
    const i = this.#count++;
    this.#slot[i] = slot;
    this.#nbytes[i] = bytes.length;
    this.#tookMs[i] = tookMs;
    if (large) this.#large.push([slot, bytes]);
    else {
      if (this.#used + bytes.length > this.#inline.length) this.#growInline(bytes.length);
      this.#inline.set(bytes, this.#used);
      this.#used += bytes.length;
    }
    this.#inlineEnd[i] = this.#used;
  }

  failed(slot: number, error: WireError, part: string | undefined): void {
    this.#failed.push(part === undefined ? { slot, error } : { slot, error, part });
  }

  passedOver(slot: number): void {
    this.#passedOver.push(slot);
  }

  unstarted(slot: number): void {
    this.#unstarted.push(slot);
  }

  /** The report, and an empty batch again. */
  take(): Ended {
    const count = this.#count;
    const inlineStart = new Uint32Array(count + 1);
    inlineStart.set(this.#inlineEnd.subarray(0, count), 1);
    const ended: Ended = {
      type: "ended",
      slot: this.#slot.slice(0, count),
      nbytes: this.#nbytes.slice(0, count),
      tookMs: this.#tookMs.slice(0, count),
      inlineStart,
      inline: this.#inline.slice(0, this.#used),
      large: this.#large,
      failed: this.#failed,
      passedOver: this.#passedOver,
      unstarted: this.#unstarted,
    };
    this.#count = 0;
    this.#used = 0;
    this.#large = [];
    this.#failed = [];
    this.#passedOver = [];
    this.#unstarted = [];
    return ended;
  }

  #growColumns(): void {
    const size = this.#slot.length * 2;
    this.#slot = grown(this.#slot, new Uint32Array(size));
    this.#nbytes = grown(this.#nbytes, new Float64Array(size));
    this.#tookMs = grown(this.#tookMs, new Float32Array(size));
    this.#inlineEnd = grown(this.#inlineEnd, new Uint32Array(size));
  }

  #growInline(more: number): void {
    this.#inline = grown(this.#inline, new Uint8Array(2 * (this.#inline.length + more)));
  }
}

function grown<T extends { set(other: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
