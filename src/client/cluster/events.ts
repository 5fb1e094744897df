/** Events of the cluster as an asynchronous sequence. */

import type { Connection } from "./connection.js";
import type { EventListener } from "./client-hands.js";

export interface ClusterEvent {
  readonly topic: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Next = IteratorResult<ClusterEvent, undefined>;

/** More than this are not kept for a reader who is slow: the oldest are dropped. */
const keptEvents = 10_000;

/** Subscribed from the first `next` on, until the loop is left or the client closed. Does not keep a script alive. */
export class EventStream implements AsyncIterableIterator<ClusterEvent>, EventListener {
  readonly #client: Connection;
  readonly #pattern: string;
  readonly #matches: RegExp;
  readonly #kept: ClusterEvent[] = [];
  readonly #waiting: ((next: Next) => void)[] = [];
  #subscribed: Promise<unknown> | undefined;
  #isOver = false;

  constructor(client: Connection, pattern: string) {
    this.#client = client;
    this.#pattern = pattern;
    const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    this.#matches = new RegExp(`^${escaped.join(".*")}$`);
  }

  happened(topic: string, data: ClusterEvent["data"]): void {
    // Other patterns of the same client bring events too; that some were left out everybody must know.
    if (topic !== "events.left" && !this.#matches.test(topic)) return;
    const event = { topic, data };
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting({ done: false, value: event });
    else if (this.#kept.push(event) > keptEvents) this.#kept.shift();
  }

  ended(): void {
    this.#isOver = true;
    this.#client.hands.listeners.delete(this);
    for (const resolve of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  }

  async next(): Promise<Next> {
    this.#subscribed ??= this.#subscribe();
    await this.#subscribed;
    const value = this.#kept.shift();
    if (value !== undefined) return { done: false, value };
    if (this.#isOver) return { done: true, value: undefined };
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async #subscribe(): Promise<void> {
    this.#client.hands.listeners.add(this);
    try {
      await this.#client.query({ type: "subscribe", pattern: this.#pattern });
    } catch (error) {
      // Closing the client ends the loop, it is no error in it.
      if (!this.#isOver) throw error;
    }
  }

  async return(): Promise<Next> {
    const wasHeard = this.#subscribed !== undefined && !this.#isOver;
    this.ended();
    if (wasHeard && !this.#client.hands.isHeard(this.#pattern)) {
      await this.#client.query({ type: "unsubscribe", pattern: this.#pattern }).catch(() => undefined);
    }
    return { done: true, value: undefined };
  }

  get pattern(): string {
    return this.#pattern;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
