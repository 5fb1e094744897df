/** What comes back from a client core: futures are settled, questions answered, listeners told. */

import type { ClientNews } from "../../actors/client/stimuli.js";
import { RequestRefusedError } from "../../errors.js";
import { RemoteError } from "../../protocol/wire-error.js";
import type { WireError } from "../../protocol/messages.js";
import { ValueStore } from "../../executor/values/store.js";
import { outcomeError } from "./outcome-error.js";
import type { Keys } from "./keys.js";
import type { Questions } from "./questions.js";

export interface EventListener {
  readonly pattern: string;
  happened(topic: string, data: Readonly<Record<string, unknown>>): void;
  /** No more will come. */
  ended(): void;
}

export class ClientHands {
  readonly #keys: Keys;
  readonly #questions: Questions;
  /** Values on their way in, chunk by chunk. */
  readonly #arriving = new ValueStore("");
  /** Who waits for a whole graph: what only others have wanted of it before is not for it to fail. */
  readonly refusals = new Map<string, (error: Error) => void>();
  readonly listeners = new Set<EventListener>();

  constructor(keys: Keys, questions: Questions) {
    this.#keys = keys;
    this.#questions = questions;
  }

  #refused(graphId: string, keys: readonly string[], error: Error): void {
    this.refusals.get(graphId)?.(error);
    this.#keys.failed(keys, error);
  }

  /** Whether anybody still listens for `pattern`. */
  isHeard(pattern: string): boolean {
    return [...this.listeners].some((listener) => listener.pattern === pattern);
  }

  /** Nothing comes any more. */
  close(): void {
    for (const listener of [...this.listeners]) listener.ended();
  }

  perform(news: ClientNews): void {
    switch (news.type) {
      case "settled":
        return this.#keys.settled(news.key, news.outcome);
      case "finished":
        return this.#keys.finishedInline(news.keys, news.rows, news.values);
      case "refused":
        return this.#refused(news.graphId, news.keys, outcomeError(news.keys[0] ?? "", news.error));
      case "storeChunk":
        return this.#arriving.putChunk(news.run, news.offset, news.total, news.bytes);
      case "value": {
        const bytes = this.#arriving.get(news.run) as Uint8Array | undefined;
        this.#arriving.drop(news.run);
        if (bytes !== undefined) this.#keys.arrived(news.key, bytes);
        return;
      }
      case "answer":
        return news.ok
          ? this.#questions.answered(news.id, news.value)
          : this.#questions.failed(news.id, answerError(news.value));
      case "put":
        return this.#questions.answered(news.id, news.ok);
      case "event":
        for (const listener of this.listeners) listener.happened(news.topic, news.data);
        return;
    }
  }
}

function answerError(value: unknown): Error {
  const wire = value as Partial<WireError> | null;
  return typeof wire?.message === "string"
    ? new RemoteError({
        ...wire,
        kind: wire.kind ?? "refused",
        name: wire.name ?? "Error",
        message: wire.message,
      })
    : new RequestRefusedError(String(value));
}
