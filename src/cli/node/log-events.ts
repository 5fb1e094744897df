/** What happens in a cluster, in its scheduler's log. */

import type { Client } from "../../client/cluster/client.js";
import type { Log } from "./log.js";

/** Topics that say that something went wrong. */
const warnings = ["worker.lost", "scheduler.stalled", "task.erred", "task.lost", "task.noWorker"];

/** Lines of one topic within a second; what is more is counted. */
const mostLines = 20;
const withinMs = 1_000;

export async function logEvents(log: Log, client: Client): Promise<void> {
  await Promise.all(["worker.*", ...warnings.slice(1)].map((topic) => logTopic(log, client, topic)));
}

async function logTopic(log: Log, client: Client, pattern: string): Promise<void> {
  const lines = new LineLimit((topic, count) => log.warn({ topic, count }, "and more of this kind"));
  try {
    for await (const { topic, data } of client.events(pattern)) {
      if (!lines.isFree(topic)) continue;
      const isWarning = warnings.includes(topic) && data["why"] !== "bye";
      log[isWarning ? "warn" : "info"](data, topic);
    }
  } catch {
    // The client was closed, and the process with it.
  } finally {
    lines.close();
  }
}

/** A job of a hundred thousand tasks that nobody can run is one fact, not as many lines. */
export class LineLimit {
  readonly #tellMore: (topic: string, count: number) => void;
  readonly #counts = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tellMore: (topic: string, count: number) => void) {
    this.#tellMore = tellMore;
  }

  isFree(topic: string): boolean {
    const count = (this.#counts.get(topic) ?? 0) + 1;
    this.#counts.set(topic, count);
    this.#timer ??= setTimeout(() => this.close(), withinMs).unref();
    return count <= mostLines;
  }

  /** Tells what was left out, and begins anew. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [topic, count] of this.#counts)
      if (count > mostLines) this.#tellMore(topic, count - mostLines);
    this.#counts.clear();
  }
}
