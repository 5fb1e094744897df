/**
 * The fixed start of every message: who speaks to whom and the link's numbers. It is read before anything else and
 * on its own, so that a link can go on past a message whose body is refused. Little-endian.
 *
 *   0 magic  1 version  4 meta bytes u32  8 epoch f64  16 seq f64  24 ack f64  32 gen u32
 *   36 length of from  37 length of to  38 number of buffers u16  40 from, to, meta, padding to 8, columns
 */

export interface Header {
  readonly v: number;
  readonly epoch: number;
  readonly gen: number;
  readonly seq: number;
  readonly ack: number;
  readonly from: string;
  readonly to: string;
  readonly buffers: number;
  /** Where the meta part begins and ends; the columns follow, aligned. */
  readonly metaStart: number;
  readonly metaEnd: number;
}

/** The numbers that change each time a message is sent. */
export interface Stamp {
  readonly v: number;
  readonly epoch: number;
  readonly gen: number;
  readonly seq: number;
  readonly ack: number;
}

const magic = 0x53;
const namesAt = 40;
const columnAlignment = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function aligned(offset: number): number {
  return (offset + columnAlignment - 1) & -columnAlignment;
}

/** Bytes before the meta part, for names of these lengths. */
export function headerBytes(from: Uint8Array, to: Uint8Array): number {
  return namesAt + from.length + to.length;
}

/** A name's bytes. Names are peer ids, always short. */
export function nameBytes(name: string): Uint8Array {
  return encoder.encode(name);
}

export function writeHeader(
  head: Uint8Array,
  view: DataView,
  from: Uint8Array,
  to: Uint8Array,
  metaBytes: number,
  buffers: number,
): void {
  head[0] = magic;
  view.setUint32(4, metaBytes, true);
  head[36] = from.length;
  head[37] = to.length;
  view.setUint16(38, buffers, true);
  head.set(from, namesAt);
  head.set(to, namesAt + from.length);
}

/** Writes the numbers into a message's head, in place. */
export function stamp(head: Uint8Array, numbers: Stamp): void {
  const view = new DataView(head.buffer, head.byteOffset, namesAt);
  head[1] = numbers.v;
  view.setFloat64(8, numbers.epoch, true);
  view.setFloat64(16, numbers.seq, true);
  view.setFloat64(24, numbers.ack, true);
  view.setUint32(32, numbers.gen, true);
}

/** How many buffers a head says it comes with; undefined when it is no head at all. */
export function bufferCount(head: Uint8Array): number | undefined {
  if (head.length < namesAt || head[0] !== magic) return undefined;
  return (head[38] ?? 0) | ((head[39] ?? 0) << 8);
}

/** The header, or what is wrong with it. */
export function readHeader(head: Uint8Array): Header | string {
  if (head.length < namesAt) return `${head.length} bytes are no message`;
  if (head[0] !== magic) return "it does not begin as a message does";
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const epoch = view.getFloat64(8, true);
  const seq = view.getFloat64(16, true);
  const ack = view.getFloat64(24, true);
  if (!isCount(epoch) || !isCount(seq) || !isCount(ack)) return "epoch, seq or ack is not a count";
  const toAt = namesAt + view.getUint8(36);
  const metaStart = toAt + view.getUint8(37);
  const metaEnd = metaStart + view.getUint32(4, true);
  if (metaEnd > head.length) return "it is cut off";
  return {
    v: view.getUint8(1),
    epoch,
    gen: view.getUint32(32, true),
    seq,
    ack,
    from: decoder.decode(head.subarray(namesAt, toAt)),
    to: decoder.decode(head.subarray(toAt, metaStart)),
    buffers: view.getUint16(38, true),
    metaStart,
    metaEnd,
  };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
