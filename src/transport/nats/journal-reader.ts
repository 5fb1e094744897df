/** Reads a journal: what is stored, and what comes. */

import type { Consumer, ConsumerMessages, JsMsg } from "@nats-io/jetstream";
import { DeliverPolicy } from "@nats-io/jetstream";
import type { JournalPosition, JournalRecord, Subscription } from "../transport.js";
import type { JetStream } from "./jetstream.js";
import { idOf, termOf } from "./journal-ids.js";
import type { JournalStream } from "./journal-stream.js";

const fetchRecords = 256;
/** How long one fetch waits for records that were trimmed meanwhile. */
const fetchWithinMs = 2_000;
const beforeNextSessionMs = 250;

/** Stored records from `from` to the end as it was when called; those trimmed meanwhile are left out. */
export async function* readJournal(
  jet: JetStream,
  stream: JournalStream,
  from: JournalPosition,
): AsyncGenerator<JournalRecord> {
  const { first, next } = await stream.bounds();
  let at = Math.max(from, first);
  if (at >= next) return;
  const consumer = await consumerFrom(jet, stream, at);
  while (at < next) {
    const before = at;
    const messages = await jet.ask(`reading ${stream.name}`, () =>
      consumer.fetch({ max_messages: Math.min(fetchRecords, next - at), expires: fetchWithinMs }),
    );
    const incoming = messages[Symbol.asyncIterator]();
    // Whoever has stopped reading in the middle must not keep a timer of the client's for ever.
    const unwatch = jet.connection.watch((status) => {
      if (status === "closed") messages.stop();
    });
    try {
      while (at < next) {
        const answer = await jet.ask(`reading ${stream.name}`, () => incoming.next());
        if (answer.done === true) break;
        const record = recordOf(answer.value);
        at = record.position + 1;
        if (record.position < next) yield record;
      }
    } finally {
      unwatch();
      messages.stop();
      await incoming.return?.();
    }
    if (at === before && (await stream.bounds()).first >= next) return;
  }
}

/** Stored records from `from`, then each new one, over as many connections as it takes. */
export async function tailJournal(
  jet: JetStream,
  stream: JournalStream,
  from: JournalPosition,
  onRecord: (record: JournalRecord) => void,
): Promise<Subscription> {
  const tail = new Tail(jet, stream, from, onRecord);
  await tail.begin();
  return { close: () => tail.close() };
}

/** Sessions, one after the other: each is a consumer of the server's, which ends with the connection or the server. */
class Tail {
  private readonly jet: JetStream;
  private readonly stream: JournalStream;
  private readonly onRecord: (record: JournalRecord) => void;
  private readonly unwatch: () => void;
  private next: JournalPosition;
  private session = 0;
  private messages: ConsumerMessages | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(
    jet: JetStream,
    stream: JournalStream,
    from: JournalPosition,
    onRecord: (record: JournalRecord) => void,
  ) {
    this.jet = jet;
    this.stream = stream;
    this.next = Math.max(1, from);
    this.onRecord = onRecord;
    this.unwatch = jet.connection.watch((status) => {
      if (status === "connected") this.again();
      if (status === "closed") void this.close();
    });
  }

  async begin(): Promise<void> {
    this.session += 1;
    const { session } = this;
    const messages = await this.jet.ask(`following ${this.stream.name}`, async () => {
      const consumer = await consumerFrom(this.jet, this.stream, this.next);
      return consumer.consume({
        max_messages: fetchRecords,
        idle_heartbeat: 1_000,
        expires: 5_000,
        callback: (message) => this.jet.connection.guard(() => this.take(session, message)),
      });
    });
    if (session !== this.session || this.isOver) {
      await messages.close();
      return;
    }
    this.messages = messages;
    void messages.closed().then(() => {
      if (session === this.session) this.again();
    });
  }

  async close(): Promise<void> {
    this.isOver = true;
    this.session += 1;
    clearTimeout(this.timer);
    this.unwatch();
    await this.messages?.close();
  }

  private take(session: number, message: JsMsg): void {
    if (session !== this.session || message.seq < this.next) return;
    this.next = message.seq + 1;
    this.onRecord(recordOf(message));
  }

  private again(): void {
    if (this.isOver || this.jet.connection.status === "closed") return;
    this.session += 1;
    void this.messages?.close();
    this.messages = undefined;
    clearTimeout(this.timer);
    this.begin().catch((error: unknown) => {
      if (this.isOver || this.jet.connection.status !== "connected") return;
      this.jet.connection.trouble(error instanceof Error ? error : new Error(String(error)));
      this.timer = setTimeout(() => this.again(), beforeNextSessionMs).unref();
    });
  }
}

function consumerFrom(jet: JetStream, stream: JournalStream, from: JournalPosition): Promise<Consumer> {
  return jet.ask(`reading ${stream.name}`, (client) =>
    client.consumers.get(stream.stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: from,
    }),
  );
}

function recordOf({ seq, headers, data }: JsMsg): JournalRecord {
  return { position: seq, term: termOf(idOf(headers), seq), bytes: data };
}
