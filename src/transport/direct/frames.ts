/**
 * Parcels on a stream of bytes. Little-endian; eight bytes of 0 are a sign of life and nothing else.
 *
 *   u32 bytes of the head, u16 bytes of the address, u16 number of buffers; the address; of each buffer u32 length,
 *   u32 memory, f64 offset in it, f64 size of it (memories.ts); the head; the buffers
 */

import type { Limits } from "../../protocol/limits.js";
import type { Parcel } from "../../protocol/parcel.js";
import type { OutgoingMemories, Place } from "./memories.js";
import { IncomingMemories } from "./memories.js";
import type { ReceivePool } from "./receive-pool.js";

const prefixBytes = 8;
const entryBytes = 24;
/** Of a head, so much is copied into the frame's first piece. */
const copiedBytes = 16 * 1024;
/** What is smaller than this is read through one buffer for all; the rest goes straight to where it belongs. */
const scratchBytes = 8 * 1024;

export const signOfLife: Uint8Array = new Uint8Array(prefixBytes);

/**
 * A parcel as the pieces to be written, one after the other. Buffers, and heads beyond their beginning, are not
 * copied. The beginning of a head is, since a link writes its numbers anew there when it sends the parcel again, and
 * these bytes may still wait in a socket then.
 */
export function writeFrame(to: string, { head, buffers }: Parcel, memories: OutgoingMemories): Uint8Array[] {
  const addressBytes = Buffer.byteLength(to);
  const headAt = prefixBytes + addressBytes + entryBytes * buffers.length;
  const copied = Math.min(head.length, copiedBytes);
  const start = Buffer.allocUnsafe(headAt + copied);
  start.writeUInt32LE(head.length, 0);
  start.writeUInt16LE(addressBytes, 4);
  start.writeUInt16LE(buffers.length, 6);
  let at = prefixBytes + start.write(to, prefixBytes);
  for (const buffer of buffers) {
    const { memory, offset, size } = memories.placeOf(buffer);
    at = start.writeUInt32LE(buffer.length, at);
    at = start.writeUInt32LE(memory, at);
    at = start.writeDoubleLE(offset, at);
    at = start.writeDoubleLE(size, at);
  }
  start.set(copied === head.length ? head : head.subarray(0, copied), headAt);
  return copied === head.length ? [start, ...buffers] : [start, head.subarray(copied), ...buffers];
}

interface Entry extends Place {
  readonly nbytes: number;
}

export type FrameLimits = Pick<Limits, "headBytes" | "parcelBytes" | "buffers">;

export interface FrameSink {
  /** The first bytes, before any frame. False: nothing more is to be read. */
  onGreeting(bytes: Uint8Array): boolean;
  /** False: nothing more is to be read. */
  onFrame(to: string, parcel: Parcel): boolean;
  onTooLarge(what: string): void;
}

/**
 * Takes frames out of a stream. Each part of a frame is received into memory of its own, or to its place in a larger
 * one: a reader of the parcel may keep it, or give it back to the pool. Whoever can have bytes read to a given place
 * reads them to `target()` and tells `filled`; others `feed`.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #limits: FrameLimits;
  readonly #pool: ReceivePool;
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes);
  readonly #memories = new IncomingMemories();
  /** What is being received, and how much of it has come. */
  #part: Uint8Array;
  #got = 0;
  #next: (part: Uint8Array) => boolean;
  #isDirect = false;
  #isOver = false;
  // Of the frame under way:
  #to = "";
  #entries: readonly Entry[] = [];
  #head: Uint8Array = signOfLife;
  #buffers: Uint8Array[] = [];

  /** @param pool where memory for buffers is taken from. */
  constructor(greetingBytes: number, limits: FrameLimits, pool: ReceivePool, sink: FrameSink) {
    this.#sink = sink;
    this.#pool = pool;
    this.#limits = limits;
    this.#part = new Uint8Array(greetingBytes);
    this.#next = (greeting) => {
      this.#expect(prefixBytes, this.#prefix);
      return sink.onGreeting(greeting);
    };
  }

  /** Where the next bytes are to be put; never empty. */
  target(): Uint8Array {
    this.#isDirect = this.#part.length - this.#got >= scratchBytes;
    return this.#isDirect ? this.#part.subarray(this.#got) : this.#scratch;
  }

  /** So many bytes have been put there. */
  filled(count: number): void {
    if (!this.#isDirect) {
      this.feed(this.#scratch.subarray(0, count));
      return;
    }
    this.#got += count;
    this.#advance();
  }

  /** These bytes are next. They are copied. */
  feed(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.#isOver) {
      const count = Math.min(bytes.length - at, this.#part.length - this.#got);
      this.#part.set(bytes.subarray(at, at + count), this.#got);
      this.#got += count;
      at += count;
      this.#advance();
    }
  }

  /** Goes on to the next part while the present one is whole; parts may be empty. */
  #advance(): void {
    while (!this.#isOver && this.#got === this.#part.length) {
      if (!this.#next(this.#part)) this.#isOver = true;
    }
  }

  /** @param room where the part is to be read to, if that matters. */
  #expect(size: number, next: (part: Uint8Array) => boolean, room?: Uint8Array): void {
    // Alone in its memory: columns are views, and want their bytes aligned.
    this.#part = room ?? this.#pool.take(size);
    this.#got = 0;
    this.#next = next;
  }

  readonly #prefix = (prefix: Uint8Array): boolean => {
    const view = new DataView(prefix.buffer);
    const [headSize, addressSize, count] = [
      view.getUint32(0, true),
      view.getUint16(4, true),
      view.getUint16(6, true),
    ];
    if (headSize === 0 && addressSize === 0 && count === 0) {
      this.#got = 0;
      return true;
    }
    if (headSize > this.#limits.headBytes) return this.#tooLarge(`a head of ${headSize} bytes`);
    if (count > this.#limits.buffers) return this.#tooLarge(`${count} buffers`);
    this.#expect(addressSize + entryBytes * count, (intro) => this.#intro(intro, addressSize, headSize));
    return true;
  };

  #intro(intro: Uint8Array, addressSize: number, headSize: number): boolean {
    const view = new DataView(intro.buffer);
    this.#to = Buffer.from(intro.buffer, 0, addressSize).toString();
    const entries: Entry[] = [];
    let sum = headSize;
    for (let at = addressSize; at < intro.length; at += entryBytes) {
      const entry = {
        nbytes: view.getUint32(at, true),
        memory: view.getUint32(at + 4, true),
        offset: view.getFloat64(at + 8, true),
        size: view.getFloat64(at + 16, true),
      };
      sum += entry.nbytes;
      entries.push(entry);
    }
    this.#entries = entries;
    if (sum > this.#limits.parcelBytes) return this.#tooLarge(`a parcel of ${sum} bytes`);
    this.#buffers = [];
    this.#expect(headSize, (head) => {
      this.#head = head;
      return this.#more();
    });
    return true;
  }

  /** The next buffer of the frame, or its end. */
  #more(): boolean {
    const entry = this.#entries[this.#buffers.length];
    if (entry !== undefined) {
      const take = (buffer: Uint8Array): boolean => {
        this.#buffers.push(buffer);
        return this.#more();
      };
      this.#expect(entry.nbytes, take, this.#memories.room(this.#to, entry, entry.nbytes));
      return true;
    }
    const parcel = { head: this.#head, buffers: this.#buffers };
    this.#head = signOfLife;
    this.#buffers = [];
    this.#expect(prefixBytes, this.#prefix);
    return this.#sink.onFrame(this.#to, parcel);
  }

  #tooLarge(what: string): false {
    this.#sink.onTooLarge(what);
    return false;
  }
}
