/**
 * Messages ↔ bytes. A message is a header (header.ts), a meta part in MessagePack with everything that is not a
 * column, and the columns (columns.ts); binary parts of 64 KiB and more travel beside it.
 *
 * - `decode` never throws and never hangs: whatever the bytes, it gives an envelope or says why not. Sizes are
 *   checked before anything is parsed, the meta part is walked (scan.ts) before it is unpacked, the message is
 *   checked against its schema before anybody sees it.
 * - The numbers of an encoded message (generation, sequence, acknowledgement) can be written anew each time it is
 *   sent; everything else stays as it is.
 */

import { Packr } from "msgpackr";
import type { Envelope, LinkMessage } from "../envelope.js";
import { spokenVersions } from "../envelope.js";
import type { Limits } from "../limits.js";
import { defaultLimits } from "../limits.js";
import type { Message } from "../messages.js";
import type { Parcel } from "../parcel.js";
import { parcelBytes } from "../parcel.js";
import { checkMessage, withPlainParts } from "../schema/schema.js";
import { liftColumns, restoreColumns, writeColumns } from "./columns.js";
import type { Header, Stamp } from "./header.js";
import { aligned, headerBytes, nameBytes, readHeader, stamp, writeHeader } from "./header.js";
import { scanMeta } from "./scan.js";

/** Why a message was refused; peers that send such things are counted by it. */
export type RefusalWhy = "size" | "header" | "version" | "malformed" | "kind" | "schema";

export type Decoded =
  | { readonly ok: true; readonly envelope: Envelope; readonly nbytes: number }
  | {
      readonly ok: false;
      readonly why: RefusalWhy;
      readonly detail: string;
      /** There when at least the header could be read: the link can count the message as arrived. */
      readonly header?: Header;
    };

export interface Codec {
  /** A message as bytes, its numbers still 0: {@link stampParcel} writes them. */
  encode(body: Message | LinkMessage, from: string, to: string, corr?: string): Parcel;
  decode(parcel: Parcel): Decoded;
}

/** A codec; one may serve all links of a process, it keeps nothing of what passes through. */
export function createCodec(limits: Limits = defaultLimits): Codec {
  // Maps, not records: record definitions would make decoding depend on what came before.
  const packr = new Packr({ useRecords: false, moreTypes: true });
  return {
    encode: (body, from, to, corr) => encode(packr, body, from, to, corr),
    decode: (parcel) => decode(packr, parcel, limits),
  };
}

/** Writes the link's numbers into an encoded message, in place. */
export function stampParcel(parcel: Parcel, numbers: Stamp): void {
  stamp(parcel.head, numbers);
}

function encode(
  packr: Packr,
  message: Message | LinkMessage,
  from: string,
  to: string,
  corr: string | undefined,
): Parcel {
  const lifted = liftColumns(withPlainParts(message));
  const packed = packr.pack(
    corr === undefined ? [lifted.body, lifted.entries] : [lifted.body, lifted.entries, corr],
  );
  const fromBytes = nameBytes(from);
  const toBytes = nameBytes(to);
  const metaAt = headerBytes(fromBytes, toBytes);
  const metaEnd = metaAt + packed.length;
  const columnsAt = aligned(metaEnd);
  const head = new Uint8Array(lifted.parts.length === 0 ? metaEnd : columnsAt + lifted.partsBytes);
  writeHeader(head, new DataView(head.buffer), fromBytes, toBytes, packed.length, lifted.buffers.length);
  head.set(packed, metaAt);
  writeColumns(head, columnsAt, lifted);
  return { head, buffers: lifted.buffers };
}

function decode(packr: Packr, parcel: Parcel, limits: Limits): Decoded {
  const { head, buffers } = parcel;
  const nbytes = parcelBytes(parcel);
  if (head.byteLength > limits.headBytes) return refused("size", `a head of ${head.byteLength} bytes`);
  if (nbytes > limits.parcelBytes) return refused("size", `${nbytes} bytes`);
  if (buffers.length > limits.buffers) return refused("size", `${buffers.length} buffers`);

  const header = readHeader(head);
  if (typeof header === "string") return refused("header", header);
  const [lowest, highest] = spokenVersions;
  if (header.v < lowest || header.v > highest) {
    // A sync is read all the same: its form never changes, so that two ends can tell each other what they speak.
    const decoded = parse(packr, parcel, header, nbytes, limits);
    if (decoded.ok && decoded.envelope.body.kind === "sync") return decoded;
    return refused("version", `version ${header.v}, spoken are ${lowest} to ${highest}`);
  }
  return parse(packr, parcel, header, nbytes, limits);
}

function parse(packr: Packr, parcel: Parcel, header: Header, nbytes: number, limits: Limits): Decoded {
  const { head, buffers } = parcel;
  if (header.buffers !== buffers.length) return refused("malformed", "its buffers did not all come", header);

  const problem = scanMeta(head, header.metaStart, header.metaEnd, limits);
  if (problem !== undefined) return refused("malformed", problem, header);
  try {
    return open(packr, parcel, header, nbytes);
  } catch (error) {
    return refused("malformed", String(error), header);
  }
}

function open(packr: Packr, { head, buffers }: Parcel, header: Header, nbytes: number): Decoded {
  const meta = packr.unpack(head.subarray(header.metaStart, header.metaEnd)) as unknown;
  if (!Array.isArray(meta) || meta.length < 2 || meta.length > 3)
    return refused("malformed", "no envelope", header);
  const [body, entries, corr] = meta as readonly unknown[];
  if (!isObject(body)) return refused("malformed", "it has no body", header);
  if (corr !== undefined && typeof corr !== "string")
    return refused("malformed", "corr is no string", header);

  const misfit = restoreColumns(body, entries, head, header.metaEnd, buffers);
  if (misfit !== undefined) return refused("malformed", misfit, header);
  const checked = checkMessage(body);
  if (!checked.ok) return refused(checked.why, checked.detail, header);

  const { v, epoch, from, to, gen, seq, ack } = header;
  const envelope = { v, epoch, from, to, gen, seq, ack, body: checked.message };
  return { ok: true, envelope: corr === undefined ? envelope : { ...envelope, corr }, nbytes };
}

function refused(why: RefusalWhy, detail: string, header?: Header): Decoded {
  return header === undefined ? { ok: false, why, detail } : { ok: false, why, detail, header };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
