/**
 * Writes a journal, and is kept out by the server once somebody else has claimed it.
 *
 *   1. Each record expects the id of the one before it to be the stream's last. A rival's claim breaks that chain, and with it
 *      everything of the old term that is under way, however much of it was sent ahead.
 *   2. A chain that broke is taken up again only where the stream's last record is of the same term, by one append
 *      that expects its position, alone: a server forgets the last id when it restarts later than its window for duplicates.
 *   3. Appends go one after the other. After an outcome that is not known, the next one reads the stream's end first.
 */

import { randomUUID } from "node:crypto";
import type { JetStreamPublishOptions, PubAck } from "@nats-io/jetstream";
import { JournalFencedError, PayloadTooLargeError } from "../../errors.js";
import type { JournalPosition } from "../transport.js";
import type { JetStream } from "./jetstream.js";
import { apiCodes, isApiError } from "./jetstream.js";
import { claimId, idOf, idOfRecord, termOf } from "./journal-ids.js";
import type { JournalStream } from "./journal-stream.js";
import { recordHeaderBytes } from "./nats-options.js";

/** Where the chain stands: the last record, and whether the server is known to remember its id. */
interface Chain {
  readonly term: JournalPosition;
  readonly id: string;
  readonly position: JournalPosition;
  readonly isRemembered: boolean;
}

const brokenChain = [apiCodes.wrongLastId, apiCodes.wrongLastSequence] as const;

export class JournalWriter {
  private readonly jet: JetStream;
  private readonly stream: JournalStream;
  private readonly writer = randomUUID().slice(0, 8);
  private number = 0;
  private chain: Chain | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(jet: JetStream, stream: JournalStream) {
    this.jet = jet;
    this.stream = stream;
  }

  claim(bytes: Uint8Array): Promise<JournalPosition> {
    this.checkSize(bytes);
    const claim = bytes.slice();
    return this.inTurn(async () => {
      this.chain = undefined;
      const id = claimId(randomUUID());
      const { seq } = await this.publish("claiming", claim, { msgID: id });
      this.chain = { term: seq, id, position: seq, isRemembered: true };
      return seq;
    });
  }

  append(term: JournalPosition, records: readonly Uint8Array[]): Promise<JournalPosition> {
    for (const bytes of records) this.checkSize(bytes);
    const copies = records.map((bytes) => bytes.slice());
    return this.inTurn(async () => {
      let stored = 0;
      while (stored < copies.length) {
        const chain = this.chain?.term === term ? this.chain : await this.takeUp(term);
        this.chain = chain;
        stored += await this.extend(chain, copies.slice(stored, chain.isRemembered ? undefined : stored + 1));
      }
      return this.chain?.term === term ? this.chain.position : (await this.takeUp(term)).position;
    });
  }

  /** Appends to the chain as far as it holds; gives how many were stored. Throws what is no broken chain. */
  private async extend(chain: Chain, records: readonly Uint8Array[]): Promise<number> {
    let previous = chain.id;
    const answers = records.map((bytes) => {
      const id = this.nextId(chain.term);
      const expect = chain.isRemembered ? { lastMsgID: previous } : { lastSequence: chain.position };
      previous = id;
      return this.publish("appending", bytes, { msgID: id, expect }).then(({ seq }) => {
        this.chain = { term: chain.term, id, position: seq, isRemembered: true };
      });
    });
    const outcomes = await Promise.allSettled(answers);
    const stored = outcomes.findIndex(({ status }) => status === "rejected");
    if (stored === -1) return records.length;
    this.chain = undefined;
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (!isApiError(failed?.reason, ...brokenChain)) throw failed?.reason;
    return stored;
  }

  /** The chain as the stream's end shows it. @throws JournalFencedError when that is not of this term. */
  private async takeUp(term: JournalPosition): Promise<Chain> {
    const end = await this.stream.end();
    const newest = end === undefined ? 0 : termOf(idOf(end.header), end.seq);
    if (end === undefined || newest !== term) throw new JournalFencedError(this.stream.name, term, newest);
    return { term, id: idOf(end.header), position: end.seq, isRemembered: false };
  }

  private publish(
    what: string,
    bytes: Uint8Array,
    options: Partial<JetStreamPublishOptions>,
  ): Promise<PubAck> {
    const { name } = this.stream;
    return this.jet.ask(
      `${what} in ${name}`,
      (client) => client.publish(name, bytes, options),
      ...brokenChain,
    );
  }

  private nextId(term: JournalPosition): string {
    this.number += 1;
    return idOfRecord(term, this.writer, this.number);
  }

  private checkSize(bytes: Uint8Array): void {
    const limitBytes = this.jet.connection.payloadBytes - recordHeaderBytes;
    if (bytes.length > limitBytes) throw new PayloadTooLargeError(this.stream.name, bytes.length, limitBytes);
  }

  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.last.then(run);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}
