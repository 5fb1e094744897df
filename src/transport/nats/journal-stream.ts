/** The JetStream stream that holds a journal: made when it is not there, its bounds, its end, and its trimming. */

import type { JetStreamManager, StoredMsg, StreamState } from "@nats-io/jetstream";
import { DiscardPolicy, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import type { JournalPosition } from "../transport.js";
import type { JetStream } from "./jetstream.js";
import { apiCodes, isApiError } from "./jetstream.js";
import { storeName } from "./names.js";

export interface Bounds {
  readonly first: JournalPosition;
  readonly next: JournalPosition;
}

export class JournalStream {
  /** The journal's own name, which is also the subject it is written to. */
  readonly name: string;
  readonly stream: string;
  private readonly jet: JetStream;

  constructor(jet: JetStream, name: string) {
    this.jet = jet;
    this.name = name;
    this.stream = storeName(name);
  }

  /** Makes the stream, unless it is there. */
  async open(replicas: number): Promise<void> {
    const config = {
      name: this.stream,
      subjects: [this.name],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      // A full stream refuses records; it never drops the first ones by itself.
      discard: DiscardPolicy.New,
      num_replicas: replicas,
    };
    const isThere = async (_: unknown, manager: JetStreamManager): Promise<boolean> => {
      await manager.streams.info(this.stream);
      return true;
    };
    try {
      await this.jet.ask(`opening ${this.name}`, isThere, apiCodes.noStream);
    } catch (error) {
      if (!isApiError(error, apiCodes.noStream)) throw error;
      await this.make(config);
    }
  }

  async bounds(): Promise<Bounds> {
    const { first_seq, last_seq } = await this.state();
    return { first: Math.max(1, first_seq), next: last_seq + 1 };
  }

  /** The last record, or undefined when nothing is stored. */
  async end(): Promise<StoredMsg | undefined> {
    const { messages, last_seq } = await this.state();
    if (messages === 0) return undefined;
    const end = await this.jet.ask(`reading the end of ${this.name}`, (_, manager) =>
      manager.streams.getMessage(this.stream, { seq: last_seq }),
    );
    return end ?? undefined;
  }

  async trim(before: JournalPosition): Promise<void> {
    const { first, next } = await this.bounds();
    // Past its end, a stream would skip numbers.
    const seq = Math.min(before, next);
    if (seq <= first) return;
    await this.jet.ask(`trimming ${this.name}`, (_, manager) => manager.streams.purge(this.stream, { seq }));
  }

  private async state(): Promise<StreamState> {
    const { state } = await this.jet.ask(`asking for the bounds of ${this.name}`, (_, manager) =>
      manager.streams.info(this.stream),
    );
    return state;
  }

  private async make(config: Parameters<JetStreamManager["streams"]["add"]>[0]): Promise<void> {
    try {
      await this.jet.ask(
        `opening ${this.name}`,
        (_, manager) => manager.streams.add(config),
        apiCodes.streamExists,
      );
    } catch (error) {
      // Somebody else has made it at the same time, perhaps with other replicas.
      if (!isApiError(error, apiCodes.streamExists)) throw error;
    }
  }
}
