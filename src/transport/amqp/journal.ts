/**
 * A journal on a stream; a record's position is its offset + 1. Anyone can write into a stream, so there is no fence:
 * `claim` and `append` resolve only when the record has been read back, and `append` only when no newer claim came
 * before it. A read record is stored by a majority of the stream's replicas.
 *
 * Trimming: a stream forgets whole segments, the oldest first, and only when it is larger than its limit. So what is
 * trimmed is noted in every record written afterwards (`keptFrom`); readers begin there, and the broker frees the
 * space in its time. A journal may thus take `journalBytes` on the disk, and must be trimmed before what is still
 * needed is as large.
 */

import type { Channel } from "amqplib";
import { JournalFencedError, PayloadTooLargeError } from "../../errors.js";
import type { Journal, JournalPosition, JournalRecord, Subscription } from "../transport.js";
import type { Connection } from "./connection.js";
import { keyOf } from "./names.js";
import type { Asked } from "./refusals.js";
import { decodeRecord, journalRecord } from "./record.js";
import { RecordWriter } from "./record-writer.js";
import { readStream } from "./stream-read.js";
import { tailStream } from "./stream-tail.js";
import { firstMessage, lastMessages, makeStream, offsetOf } from "./streams.js";

const journalBytes = 1024 * 1024 * 1024;
const segmentBytes = 64 * 1024 * 1024;

export class AmqpJournal implements Journal {
  readonly writeFence = false;
  private readonly connection: Connection;
  private readonly name: string;
  private readonly queue: string;
  private readonly recordBytes: number;
  private readonly asked: Asked;
  private readonly writer: RecordWriter;
  private opening: Promise<void> | undefined;
  /** What is known without asking: there is a record at this position, and those before `keptFrom` are trimmed. */
  private seen: JournalPosition = 0;
  private keptFrom: JournalPosition = 1;

  constructor(connection: Connection, name: string, recordBytes: number) {
    this.connection = connection;
    this.name = name;
    this.queue = keyOf(name);
    this.recordBytes = recordBytes;
    const permission = "configure, write and read";
    this.asked = { what: `to use the journal ${name}`, subject: this.queue, permission };
    this.writer = new RecordWriter(connection, this.queue, this.asked, () => this.keptFrom);
  }

  /** Declares the stream, once. */
  open(): Promise<void> {
    this.opening ??= makeStream(this.connection, this.asked, this.queue, {
      "x-max-length-bytes": journalBytes,
      "x-stream-max-segment-size-bytes": segmentBytes,
    }).catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  async claim(bytes: Uint8Array): Promise<JournalPosition> {
    this.check([bytes]);
    const position = await this.writer.write(undefined, [bytes.slice()], () => this.next());
    this.seen = Math.max(this.seen, position);
    return position;
  }

  async append(term: JournalPosition, records: readonly Uint8Array[]): Promise<JournalPosition> {
    this.check(records);
    if (records.length === 0) return (await this.next()) - 1;
    const copies = records.map((bytes) => bytes.slice());
    const { newestTerm } = this.writer;
    if (newestTerm > term) throw new JournalFencedError(this.name, term, newestTerm);
    const position = await this.writer.write(term, copies, async () => term);
    if (position === undefined) throw new JournalFencedError(this.name, term, this.writer.newestTerm);
    this.seen = Math.max(this.seen, position);
    return position;
  }

  async bounds(): Promise<{ readonly first: JournalPosition; readonly next: JournalPosition }> {
    const isEmpty = this.seen > 0 ? false : undefined;
    const messages = await this.ask((channel) => lastMessages(channel, this.queue, isEmpty));
    const last = messages.at(-1);
    if (last === undefined) return { first: 1, next: 1 };
    this.seen = offsetOf(last) + 1;
    for (const { content } of messages)
      this.keptFrom = Math.max(this.keptFrom, decodeRecord(content).keptFrom);
    const first = offsetOf(await this.ask((channel) => firstMessage(channel, this.queue))) + 1;
    const next = this.seen + 1;
    return { first: Math.min(next, Math.max(first, this.keptFrom)), next };
  }

  async *read(from: JournalPosition): AsyncGenerator<JournalRecord> {
    const { first, next } = await this.bounds();
    const begin = Math.max(from, first);
    if (begin >= next) return;
    for await (const message of readStream(this.connection, this.queue, this.asked, begin - 1, next - 1)) {
      yield journalRecord(offsetOf(message) + 1, decodeRecord(message.content));
    }
  }

  async tail(from: JournalPosition, onRecord: (record: JournalRecord) => void): Promise<Subscription> {
    const { first, next } = await this.bounds();
    const begin = Math.max(first, Math.min(from, next));
    return tailStream(this.connection, this.queue, this.asked, begin - 1, (message, offset) => {
      if (offset + 1 >= from) onRecord(journalRecord(offset + 1, decodeRecord(message.content)));
    });
  }

  /** Noted at once here, and for others with the next record that is written through this transport. */
  async trim(before: JournalPosition): Promise<void> {
    const { next } = await this.bounds();
    this.keptFrom = Math.max(this.keptFrom, Math.min(before, next));
  }

  private async next(): Promise<JournalPosition> {
    return (await this.bounds()).next;
  }

  private check(records: readonly Uint8Array[]): void {
    this.connection.reach(this.asked.what);
    for (const { length } of records) {
      if (length > this.recordBytes) throw new PayloadTooLargeError(this.name, length, this.recordBytes);
    }
  }

  private ask<T>(run: (channel: Channel) => Promise<T>): Promise<T> {
    return this.connection.ask(this.asked, run);
  }
}
