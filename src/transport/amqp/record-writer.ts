/**
 * Writes records into a stream and waits until they are read back. Everything is written on one channel, in the order
 * of the calls; everything in the stream is followed from before the first record that was written here, so that any
 * claim that came between is known.
 *
 * Invariant: a record whose channel or confirmation was lost is answered with an error, though it may be stored.
 */

import { randomBytes } from "node:crypto";
import type { ConsumeMessage, Message } from "amqplib";
import type { JournalPosition } from "../transport.js";
import type { Connection } from "./connection.js";
import { KeptChannel } from "./kept-channel.js";
import { exchangeOf } from "./names.js";
import type { StreamRecord } from "./record.js";
import { decodeRecord, encodeRecord } from "./record.js";
import type { Asked } from "./refusals.js";
import { asUserError } from "./refusals.js";
import { tailStream } from "./stream-tail.js";

/** The records of one call; answered with the last one's position, or undefined when one of them does not count. */
interface Batch {
  left: number;
  counts: boolean;
  resolve(position: JournalPosition | undefined): void;
  reject(error: Error): void;
}

export class RecordWriter {
  private readonly connection: Connection;
  private readonly queue: string;
  private readonly exchange: string;
  private readonly asked: Asked;
  private readonly keptFrom: () => JournalPosition;
  private readonly writer = randomBytes(8).readBigUInt64LE();
  private readonly kept: KeptChannel;
  private ready: Promise<void> | undefined;
  private readonly batches = new Map<number, Batch>();
  private number = 0;
  private newest: JournalPosition = 0;

  constructor(connection: Connection, queue: string, asked: Asked, keptFrom: () => JournalPosition) {
    this.connection = connection;
    this.queue = queue;
    this.exchange = exchangeOf(queue);
    this.asked = asked;
    this.keptFrom = keptFrom;
    this.kept = new KeptChannel(connection, {
      on: "publish",
      confirms: true,
      asked,
      setup: async (channel) => {
        channel.on("return", ({ content }: Message) => {
          this.drop(decodeRecord(content).number, new Error("the stream is gone"));
        });
      },
      onLost: () => this.fail(undefined),
    });
  }

  /** The newest claim that is known, or 0. */
  get newestTerm(): JournalPosition {
    return this.newest;
  }

  /**
   * Writes a claim (no term) or records of a term. Gives the position of the last when it counts, else undefined.
   *
   * @param begin where to follow from, should this be the first call.
   */
  write(
    term: undefined,
    records: readonly Uint8Array[],
    begin: () => Promise<number>,
  ): Promise<JournalPosition>;
  write(
    term: JournalPosition,
    records: readonly Uint8Array[],
    begin: () => Promise<number>,
  ): Promise<JournalPosition | undefined>;
  async write(
    term: JournalPosition | undefined,
    records: readonly Uint8Array[],
    begin: () => Promise<number>,
  ): Promise<JournalPosition | undefined> {
    this.ready ??= this.begin(begin).catch((error: unknown) => {
      this.ready = undefined;
      throw error;
    });
    await this.ready;
    return new Promise((resolve, reject) => {
      const batch: Batch = { left: records.length, counts: true, resolve, reject };
      for (const bytes of records) this.publish(batch, term, bytes);
    });
  }

  private async begin(begin: () => Promise<number>): Promise<void> {
    const from = await begin();
    await tailStream(this.connection, this.queue, this.asked, from - 1, (message, offset) =>
      this.onRecord(message, offset + 1),
    );
    await this.kept.open();
  }

  private publish(batch: Batch, term: JournalPosition | undefined, bytes: Uint8Array): void {
    const { channel } = this.kept;
    this.number = (this.number + 1) >>> 0;
    const { number } = this;
    this.batches.set(number, batch);
    const record: StreamRecord = { writer: this.writer, number, term, keptFrom: this.keptFrom(), bytes };
    try {
      if (channel === undefined) throw new Error("the channel is closed");
      const options = { persistent: true, mandatory: true };
      channel.publish(this.exchange, this.queue, encodeRecord(record), options, (error: unknown) => {
        if (error !== null && error !== undefined) this.drop(number, error);
      });
    } catch (error) {
      this.drop(number, error);
    }
  }

  private onRecord(message: ConsumeMessage, position: JournalPosition): void {
    const { writer, number, term } = decodeRecord(message.content);
    if (term === undefined) this.newest = position;
    if (writer !== this.writer) return;
    const batch = this.batches.get(number);
    if (batch === undefined) return;
    this.batches.delete(number);
    batch.left -= 1;
    if (term !== undefined && term !== this.newest) batch.counts = false;
    if (batch.left === 0) batch.resolve(batch.counts ? position : undefined);
  }

  private drop(number: number, error: unknown): void {
    const batch = this.batches.get(number);
    this.batches.delete(number);
    batch?.reject(asUserError(error, this.connection.url, this.asked));
  }

  private fail(error: unknown): void {
    for (const number of [...this.batches.keys()]) this.drop(number, error);
  }
}
