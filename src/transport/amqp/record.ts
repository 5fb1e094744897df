/**
 * A journal's record as a message of the stream: 1 byte 0x4a, 1 byte kind, 2 bytes 0, number of the record among the
 * writer's u32, writer 8 bytes, term f64, first position still needed f64, then the record's bytes.
 *
 * A claim's term is its own position, which its writer cannot know. What somebody else has put into the stream keeps
 * its position, and has a term that no claim has.
 */

import type { JournalPosition, JournalRecord } from "../transport.js";

const magic = 0x4a;
const claimKind = 1;
const headerBytes = 32;
const noTerm = -1;

export interface StreamRecord {
  readonly writer: bigint;
  readonly number: number;
  /** Under which it was written; for a claim, undefined. */
  readonly term: JournalPosition | undefined;
  /** Records before this one are no longer needed, as far as its writer knew. */
  readonly keptFrom: JournalPosition;
  readonly bytes: Uint8Array;
}

export function encodeRecord({ writer, number, term, keptFrom, bytes }: StreamRecord): Buffer {
  const message = Buffer.allocUnsafe(headerBytes + bytes.length);
  message[0] = magic;
  message[1] = term === undefined ? claimKind : 0;
  message.writeUInt16LE(0, 2);
  message.writeUInt32LE(number, 4);
  message.writeBigUInt64LE(writer, 8);
  message.writeDoubleLE(term ?? 0, 16);
  message.writeDoubleLE(keptFrom, 24);
  message.set(bytes, headerBytes);
  return message;
}

export function decodeRecord(message: Buffer): StreamRecord {
  if (message.length < headerBytes || message[0] !== magic) {
    return { writer: 0n, number: 0, term: noTerm, keptFrom: 1, bytes: message };
  }
  return {
    writer: message.readBigUInt64LE(8),
    number: message.readUInt32LE(4),
    term: message[1] === claimKind ? undefined : message.readDoubleLE(16),
    keptFrom: message.readDoubleLE(24),
    // Of its own memory: what comes in lies in the library's large pieces, which one small record must not hold.
    bytes: Uint8Array.prototype.slice.call(message, headerBytes),
  };
}

export function journalRecord(position: JournalPosition, { term, bytes }: StreamRecord): JournalRecord {
  return { position, term: term ?? position, bytes };
}
