/**
 * Values as bytes: what a task gets and gives when it crosses a thread or a process.
 *
 * Anything structured clone knows survives, and functions too as long as they can be named or stand on their own.
 * Binary data of some size is laid out behind the rest, aligned, so that decoding gives views of the very bytes
 * received: in shared memory a value is copied once, when it is made, however many threads read it. Whoever is
 * given such a view must not write to it.
 *
 * Layout: plain MessagePack; or, with binary data set aside, a header (magic byte, number of buffers, length of
 * the MessagePack part, then kind, offset and length of each buffer), the MessagePack part with placeholders, and
 * the buffers, each at a multiple of 8.
 */

import { addExtension, Packr } from "msgpackr";
import { UnserializableError } from "../../errors.js";
import { Ref } from "../../graph/ref.js";
import { binaryBytes, binaryView, kindOfBinary } from "./binary.js";
import { fromWire, toWire } from "../functions/wire.js";
import { FunctionMark, HeldMark, KeptRef, NegativeZero, SetAside, type HeldKind } from "./marks.js";
import { nameOf, prepare, type Origin, type Prepared } from "./prepare.js";
import { sharedMemory } from "./shared-memory.js";
import type { WireFunction } from "../../protocol/messages.js";

/** Never begins a MessagePack value. */
const magic = 0xc1;
const headerBytes = 12;
const entryBytes = 16;

/** What the extensions of one call refer to. Set for the length of a synchronous call only. */
interface Frame {
  readonly refs: ReadonlyMap<string, number> | undefined;
  readonly inputs: readonly unknown[] | undefined;
  readonly buffers: readonly unknown[];
}

const noBuffers: readonly unknown[] = [];
const noFrame: Frame = { refs: undefined, inputs: undefined, buffers: noBuffers };
let frame: Frame = noFrame;

// Extensions are known to every packer of the process, so their types keep clear of MessagePack's and the packer's own.
addExtension({
  Class: SetAside,
  type: 0x11,
  write: (mark: SetAside) => mark.index,
  read: (index: number) => frame.buffers[index],
});
addExtension({
  Class: Ref,
  type: 0x12,
  write: (ref: Ref) => frame.refs?.get(ref.key) ?? ref.key,
  read: (place: number | string) => (typeof place === "string" ? new Ref(place) : frame.inputs?.[place]),
});
addExtension({
  Class: FunctionMark,
  type: 0x13,
  write: (mark: FunctionMark) => mark.wire,
  read: (wire: WireFunction) => fromWire(wire),
});

addExtension({
  Class: KeptRef,
  type: 0x14,
  write: (ref: KeptRef) => ref.key,
  read: (key: string) => new Ref(key),
});

addExtension({
  Class: HeldMark,
  type: 0x15,
  write: ({ kind, from, count }: HeldMark) => [kind, from, count],
  read: ([kind, from, count]: [HeldKind, number, number]) => new HeldMark(kind, from, count),
});

addExtension({ Class: NegativeZero, type: 0x16, write: () => 0, read: () => -0 });

const packr = new Packr({ structuredClone: true, moreTypes: true });

/** The commonest result of all. */
const undefinedBytes: Uint8Array = Uint8Array.from(packr.pack(undefined));

export interface EncodeOptions extends Origin {
  /** References become places in the inputs; one that is not listed keeps its key. */
  readonly refs?: ReadonlyMap<string, number>;
  /** Put binary data that is set aside into shared memory. */
  readonly shared?: boolean;
}

/**
 * The bytes of a value.
 *
 * @throws UnserializableError naming the place inside the value; CapturedVariableError for a closure.
 */
export function encodeValue(value: unknown, options: EncodeOptions): Uint8Array {
  if (value === undefined) return undefinedBytes;
  if (
    (typeof value === "number" && !Object.is(value, -0)) ||
    typeof value === "boolean" ||
    typeof value === "string"
  )
    return packr.pack(value);
  const prepared = prepare(value, options, toWire);
  const before = frame;
  frame = options.refs === undefined ? noFrame : { ...noFrame, refs: options.refs };
  try {
    const head = packr.pack(prepared.value) as Uint8Array;
    return prepared.buffers.length === 0 ? head : layOut(head, prepared, options.shared === true);
  } catch (error) {
    if (error instanceof RangeError) {
      throw new UnserializableError(nameOf(options), "it is nested too deeply", "Give it a flatter shape.");
    }
    throw error;
  } finally {
    frame = before;
  }
}

function layOut(head: Uint8Array, prepared: Prepared, shared: boolean): Uint8Array {
  const { buffers } = prepared;
  const headAt = headerBytes + entryBytes * buffers.length;
  let size = align(headAt + head.length);
  const places = buffers.map((binary) => {
    const place = size;
    size = align(size + binary.byteLength);
    return place;
  });
  const memory = shared ? sharedMemory(size) : new ArrayBuffer(size);
  const out = new Uint8Array(memory, 0, size);
  const header = new DataView(memory, 0, headAt);
  out[0] = magic;
  header.setUint32(4, buffers.length, true);
  header.setUint32(8, head.length, true);
  for (const [i, binary] of buffers.entries()) {
    const entry = headerBytes + entryBytes * i;
    const place = places[i] as number;
    header.setUint8(entry, kindOfBinary(binary) as number);
    header.setFloat64(entry + 8, binary.byteLength, true);
    // Offsets follow from the lengths; they are written so that a reader need not add up.
    header.setUint32(entry + 4, place / 8, true);
    out.set(binaryBytes(binary), place);
  }
  out.set(head, headAt);
  return out;
}

function align(offset: number): number {
  return (offset + 7) & ~7;
}

/**
 * The value of `bytes`. Binary data that was set aside becomes views of `bytes`.
 *
 * @param inputs what references stand for, by place.
 * @throws UnserializableError for bytes that are no value.
 */
export function decodeValue(bytes: Uint8Array, inputs?: readonly unknown[]): unknown {
  return decodeRow(bytes, 0, bytes.length, inputs);
}

/** As `decodeValue`, for one of many values that lie in the same bytes: no view is made of each. */
export function decodeRow(
  bytes: Uint8Array,
  start: number,
  end: number,
  inputs?: readonly unknown[],
): unknown {
  if (end <= start)
    throw new UnserializableError("the value", "it has no bytes", "Report it: this is a defect.");
  if (bytes[start] === magic) return decodeLaidOut(bytes.subarray(start, end), inputs);
  const before = frame;
  try {
    frame = inputs === undefined ? noFrame : { refs: undefined, inputs, buffers: noBuffers };
    return packr.unpack(bytes, { start, end }) as unknown;
  } finally {
    frame = before;
  }
}

/** A value with binary data behind it. */
function decodeLaidOut(bytes: Uint8Array, inputs: readonly unknown[] | undefined): unknown {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const header = new DataView(aligned.buffer, aligned.byteOffset, aligned.byteLength);
  const count = header.getUint32(4, true);
  const headAt = headerBytes + entryBytes * count;
  const buffers: unknown[] = [];
  for (let i = 0; i < count; i++) {
    const entry = headerBytes + entryBytes * i;
    const offset = aligned.byteOffset + header.getUint32(entry + 4, true) * 8;
    buffers.push(
      binaryView(header.getUint8(entry), aligned.buffer, offset, header.getFloat64(entry + 8, true)),
    );
  }
  const before = frame;
  try {
    frame = { refs: undefined, inputs, buffers };
    return packr.unpack(aligned.subarray(headAt, headAt + header.getUint32(8, true))) as unknown;
  } finally {
    frame = before;
  }
}
