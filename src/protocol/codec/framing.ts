/**
 * A parcel as one string of bytes, for buses that carry nothing else: the head, the buffers each aligned, and at the
 * end their lengths. A parcel without buffers is its head as it is.
 */

import type { Parcel } from "../parcel.js";
import { aligned, bufferCount } from "./header.js";

/** The parcel's bytes in one piece: the head itself when there are no buffers, else a copy. */
export function joinParcel(parcel: Parcel): Uint8Array {
  const { head, buffers } = parcel;
  if (buffers.length === 0) return head;
  let size = alignedLarge(head.byteLength);
  for (const buffer of buffers) size += alignedLarge(buffer.byteLength);
  // Each of its bytes is written below; zeroing a large one first would cost as much as filling it.
  const frame = Buffer.allocUnsafeSlow(size + 8 * (buffers.length + 1));
  let at = put(frame, head, 0);
  const lengths = new DataView(frame.buffer, size);
  for (const [i, buffer] of buffers.entries()) {
    at = put(frame, buffer, at);
    lengths.setFloat64(8 * i, buffer.byteLength, true);
  }
  lengths.setFloat64(8 * buffers.length, head.byteLength, true);
  return frame;
}

/** Where the next part goes. */
function put(frame: Uint8Array, part: Uint8Array, at: number): number {
  frame.set(part, at);
  const next = alignedLarge(at + part.byteLength);
  frame.fill(0, at + part.byteLength, next);
  return next;
}

/** The parcel of such bytes, its parts views on them; undefined when they are no parcel. */
export function splitFrame(frame: Uint8Array): Parcel | undefined {
  const count = bufferCount(frame);
  if (count === undefined) return undefined;
  if (count === 0) return { head: frame, buffers: [] };
  const trailer = frame.byteLength - 8 * (count + 1);
  if (trailer < 0) return undefined;
  const lengths = new DataView(frame.buffer, frame.byteOffset + trailer);
  const sizeOf = (i: number): number => {
    const size = lengths.getFloat64(8 * i, true);
    return Number.isSafeInteger(size) && size >= 0 ? size : Infinity;
  };
  const head = sizeOf(count);
  let at = alignedLarge(head);
  const buffers: Uint8Array[] = [];
  for (let i = 0; i < count; i += 1) {
    const size = sizeOf(i);
    if (at + size > trailer) return undefined;
    buffers.push(frame.subarray(at, at + size));
    at += alignedLarge(size);
  }
  return at === trailer ? { head: frame.subarray(0, head), buffers } : undefined;
}

/** As `aligned`, for sizes past 2 GiB. */
function alignedLarge(size: number): number {
  return size <= 0x7fff_fff0 ? aligned(size) : Math.ceil(size / 8) * 8;
}
