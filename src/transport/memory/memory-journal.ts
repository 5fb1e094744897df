/** A journal in memory: an array of records, with or without a write-side fence. */

import { JournalFencedError } from "../../errors.js";
import type { Journal, JournalPosition, JournalRecord, Subscription } from "../transport.js";

interface Tail {
  readonly onRecord: (record: JournalRecord) => void;
}

export class MemoryJournal {
  private readonly name: string;
  private readonly writeFence: boolean;
  private readonly later: (run: () => void) => void;
  private records: JournalRecord[] = [];
  private first: JournalPosition = 1;
  private newestClaim: JournalPosition = 0;
  private readonly tails = new Set<Tail>();

  /** @param later runs something in a later turn, in the order of the calls. */
  constructor(name: string, writeFence: boolean, later: (run: () => void) => void) {
    this.name = name;
    this.writeFence = writeFence;
    this.later = later;
  }

  private get next(): JournalPosition {
    return this.first + this.records.length;
  }

  private write(term: JournalPosition | "claim", bytes: Uint8Array): JournalPosition {
    const position = this.next;
    const record = { position, term: term === "claim" ? position : term, bytes: bytes.slice() };
    this.records.push(record);
    if (term === "claim") this.newestClaim = position;
    for (const tail of this.tails) this.pass(tail, record);
    return position;
  }

  private pass(tail: Tail, record: JournalRecord): void {
    this.later(() => {
      if (this.tails.has(tail)) tail.onRecord(record);
    });
  }

  /** As one transport sees it: `enter` throws, or waits, where that transport cannot reach the bus. */
  opened(enter: () => Promise<void>): Journal {
    const readFrom = (from: JournalPosition): readonly JournalRecord[] =>
      this.records.slice(Math.max(0, from - this.first));
    return {
      writeFence: this.writeFence,
      claim: async (bytes) => {
        await enter();
        return this.write("claim", bytes);
      },
      append: async (term, records) => {
        await enter();
        if (this.writeFence && term !== this.newestClaim) {
          throw new JournalFencedError(this.name, term, this.newestClaim);
        }
        return records.map((bytes) => this.write(term, bytes)).at(-1) ?? this.next - 1;
      },
      bounds: async () => {
        await enter();
        return { first: this.first, next: this.next };
      },
      read: (from) => stored(enter, () => readFrom(from)),
      tail: async (from, onRecord) => {
        await enter();
        const tail: Tail = { onRecord };
        this.tails.add(tail);
        for (const record of readFrom(from)) this.pass(tail, record);
        return { close: () => Promise.resolve(void this.tails.delete(tail)) } satisfies Subscription;
      },
      trim: async (before) => {
        await enter();
        const cut = Math.min(Math.max(0, before - this.first), this.records.length);
        this.records = this.records.slice(cut);
        this.first += cut;
      },
    };
  }
}

async function* stored(
  enter: () => Promise<void>,
  records: () => readonly JournalRecord[],
): AsyncGenerator<JournalRecord> {
  await enter();
  yield* records();
}
