/**
 * Blobs: a stream each. A blob is put as pieces with one number, all of which must be confirmed; putting it again adds
 * another version, and the last whole one counts, so that readers see either. Deleting it deletes the stream.
 *
 * A piece: version 8 bytes, place u32, count u32, then the bytes.
 */

import { randomBytes } from "node:crypto";
import type { Blobs } from "../transport.js";
import type { Connection } from "./connection.js";
import { queueBelow } from "./names.js";
import type { Asked } from "./refusals.js";
import { publishConfirmed } from "./publish-confirmed.js";
import { readStream } from "./stream-read.js";
import { exists, lastMessages, makeStream, offsetOf } from "./streams.js";

const headerBytes = 16;

export class AmqpBlobs implements Blobs {
  private readonly connection: Connection;
  private readonly name: string;
  private readonly pieceBytes: number;

  constructor(connection: Connection, name: string, payloadBytes: number) {
    this.connection = connection;
    this.name = name;
    this.pieceBytes = payloadBytes - headerBytes;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const { queue, asked } = this.place(name);
    const pieces = cut(bytes, this.pieceBytes);
    await makeStream(this.connection, asked, queue, {});
    await publishConfirmed(this.connection, queue, asked, pieces);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const { queue, asked } = this.place(name);
    if (!(await this.connection.ask(asked, (channel) => exists(channel, queue)))) return undefined;
    const messages = await this.connection.ask(asked, (channel) => lastMessages(channel, queue));
    const last = messages.at(-1);
    if (last === undefined) return undefined;
    const joiner = new Versions();
    for await (const { content } of readStream(this.connection, queue, asked, 0, offsetOf(last) + 1)) {
      joiner.add(content);
    }
    return joiner.newest;
  }

  async delete(name: string): Promise<void> {
    const { queue, asked } = this.place(name);
    await this.connection.ask(asked, (channel) => channel.deleteQueue(queue));
  }

  private place(name: string): { readonly queue: string; readonly asked: Asked } {
    const queue = queueBelow(this.name, name);
    const permission = "configure, write and read";
    return { queue, asked: { what: `to use the blob ${name} of ${this.name}`, subject: queue, permission } };
  }
}

function cut(bytes: Uint8Array, pieceBytes: number): Buffer[] {
  const version = randomBytes(8);
  const count = Math.max(1, Math.ceil(bytes.length / pieceBytes));
  return Array.from({ length: count }, (_, place) => {
    const part = bytes.subarray(place * pieceBytes, (place + 1) * pieceBytes);
    const piece = Buffer.allocUnsafe(headerBytes + part.length);
    version.copy(piece);
    piece.writeUInt32LE(place, 8);
    piece.writeUInt32LE(count, 12);
    piece.set(part, headerBytes);
    return piece;
  });
}

/** Joins pieces; a version that was begun and not ended is as if it were not there. */
class Versions {
  newest: Uint8Array | undefined;
  private readonly begun = new Map<bigint, Buffer[]>();

  add(piece: Buffer): void {
    if (piece.length < headerBytes) return;
    const version = piece.readBigUInt64LE(0);
    const parts = this.begun.get(version) ?? [];
    if (piece.readUInt32LE(8) !== parts.length) return;
    parts.push(piece.subarray(headerBytes));
    this.begun.set(version, parts);
    if (parts.length < piece.readUInt32LE(12)) return;
    this.begun.delete(version);
    this.newest = new Uint8Array(Buffer.concat(parts));
  }
}
