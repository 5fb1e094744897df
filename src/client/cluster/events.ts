/** Events of the cluster as an asynchronous sequence. */

import type { Client } from "./client.js";

export interface ClusterEvent {
  readonly topic: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** More than this are not kept for a reader who is slow: the oldest are dropped. */
const keptEvents = 10_000;

export async function* eventsOf(client: Client, pattern: string): AsyncIterableIterator<ClusterEvent> {
  const waiting: ClusterEvent[] = [];
  let wake: (() => void) | undefined;
  const matches = matcherOf(pattern);
  const listener = (topic: string, data: Readonly<Record<string, unknown>>): void => {
    if (!matches(topic)) return;
    if (waiting.push({ topic, data }) > keptEvents) waiting.shift();
    wake?.();
  };
  client.hands.listeners.add(listener);
  try {
    await client.query({ type: "subscribe", pattern });
    for (;;) {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    client.hands.listeners.delete(listener);
    await client.query({ type: "unsubscribe", pattern }).catch(() => undefined);
  }
}

function matcherOf(pattern: string): (topic: string) => boolean {
  const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${escaped.join(".*")}$`);
  return (topic) => expression.test(topic);
}
