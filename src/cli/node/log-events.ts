/** What happens in a cluster, in its scheduler's log. */

import type { Client } from "../../client/cluster/client.js";
import { LineLimit } from "./line-limit.js";
import type { Log } from "./log.js";

/** Topics that say that something went wrong. */
const warnings = [
  "worker.lost",
  "worker.namesake",
  "scheduler.stalled",
  "task.erred",
  "task.lost",
  "task.noWorker",
];

const topics = ["worker.*", ...warnings.filter((topic) => !topic.startsWith("worker."))];

export async function logEvents(log: Log, client: Client): Promise<void> {
  await Promise.all(topics.map((topic) => logTopic(log, client, topic)));
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
