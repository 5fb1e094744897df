/** A journal as a JetStream stream: records are its messages, positions its sequence numbers. */

import type { Journal } from "../transport.js";
import type { JetStream } from "./jetstream.js";
import { readJournal, tailJournal } from "./journal-reader.js";
import { JournalStream } from "./journal-stream.js";
import { JournalWriter } from "./journal-writer.js";

export async function openJournal(jet: JetStream, name: string, replicas: number): Promise<Journal> {
  const stream = new JournalStream(jet, name);
  await stream.open(replicas);
  const writer = new JournalWriter(jet, stream);
  return {
    writeFence: true,
    claim: async (bytes) => writer.claim(bytes),
    append: async (term, records) => writer.append(term, records),
    bounds: () => stream.bounds(),
    read: (from) => readJournal(jet, stream, from),
    tail: (from, onRecord) => tailJournal(jet, stream, from, onRecord),
    trim: (before) => stream.trim(before),
  };
}
