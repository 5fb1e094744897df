/**
 * Cuts what is larger than a bus's largest message into pieces, and joins them at the other end. Pieces of one sender
 * come in order or not at all; where one is missing, the whole is dropped and the links see to the rest.
 *
 * A piece: 1 byte 0x46, 3 bytes 0, number of the whole u32, place u32, count u32, sender 8 bytes, then the bytes.
 */

const magic = 0x46;
const pieceHeaderBytes = 24;

/** Whether bytes that came in are a piece, and not a message of their own. */
export function isPiece(bytes: Uint8Array): boolean {
  return bytes.length > pieceHeaderBytes && bytes[0] === magic;
}

/** Cuts for one sender, whose name is any number that no other sender on the bus has. */
export class Cutter {
  private number = 0;
  private readonly sender: bigint;
  private readonly pieceBytes: number;

  /** @param payloadBytes the bus's largest message. */
  constructor(sender: bigint, payloadBytes: number) {
    this.sender = sender;
    this.pieceBytes = payloadBytes - pieceHeaderBytes;
  }

  *cut(frame: Uint8Array): Generator<Uint8Array> {
    this.number = (this.number + 1) >>> 0;
    const count = Math.ceil(frame.length / this.pieceBytes);
    for (let place = 0; place < count; place += 1) {
      const part = frame.subarray(place * this.pieceBytes, (place + 1) * this.pieceBytes);
      const piece = new Uint8Array(pieceHeaderBytes + part.length);
      const view = new DataView(piece.buffer);
      piece[0] = magic;
      view.setUint32(4, this.number, true);
      view.setUint32(8, place, true);
      view.setUint32(12, count, true);
      view.setBigUint64(16, this.sender, true);
      piece.set(part, pieceHeaderBytes);
      yield piece;
    }
  }
}

interface Partial {
  readonly number: number;
  readonly count: number;
  readonly parts: Uint8Array[];
  bytes: number;
}

/** Joins pieces from any senders. Holds at most one unfinished whole a sender, and `limitBytes` of all together. */
export class Joiner {
  private readonly partials = new Map<bigint, Partial>();
  private heldBytes = 0;
  private readonly limitBytes: number;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Takes a piece; gives the whole when it was the last one. */
  accept(piece: Uint8Array): Uint8Array | undefined {
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
    const number = view.getUint32(4, true);
    const place = view.getUint32(8, true);
    const count = view.getUint32(12, true);
    const sender = view.getBigUint64(16, true);
    if (place === 0) this.begin(sender, number, count);
    const partial = this.partials.get(sender);
    if (partial === undefined) return undefined;
    const isNext = partial.number === number && partial.count === count && partial.parts.length === place;
    if (!isNext) {
      this.drop(sender);
      return undefined;
    }
    const part = piece.subarray(pieceHeaderBytes);
    partial.parts.push(part);
    partial.bytes += part.length;
    this.heldBytes += part.length;
    while (this.heldBytes > this.limitBytes) this.dropOldest();
    if (partial.parts.length < count || this.partials.get(sender) !== partial) return undefined;
    this.drop(sender);
    return joined(partial);
  }

  private begin(sender: bigint, number: number, count: number): void {
    this.drop(sender);
    this.partials.set(sender, { number, count, parts: [], bytes: 0 });
  }

  private dropOldest(): void {
    for (const sender of this.partials.keys()) {
      this.drop(sender);
      return;
    }
  }

  private drop(sender: bigint): void {
    this.heldBytes -= this.partials.get(sender)?.bytes ?? 0;
    this.partials.delete(sender);
  }
}

function joined({ parts, bytes }: Partial): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
