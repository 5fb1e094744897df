/** What happens in a cluster, in its scheduler's log. */

import type { Client } from "../../client/cluster/client.js";
import type { Log } from "./log.js";

/** Topics that say that something went wrong. */
const warnings = ["worker.lost", "task.erred", "task.lost", "task.noWorker"];

export async function logEvents(log: Log, client: Client): Promise<void> {
  await Promise.all(["worker.*", ...warnings.slice(1)].map((topic) => logTopic(log, client, topic)));
}

async function logTopic(log: Log, client: Client, pattern: string): Promise<void> {
  try {
    for await (const { topic, data } of client.events(pattern))
      log[warnings.includes(topic) ? "warn" : "info"](data, topic);
  } catch {
    // The client was closed, and the process with it.
  }
}
