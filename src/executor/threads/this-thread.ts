/** What a thread that runs tasks is started with, and whether this is one. */

import { isMainThread, workerData, type MessagePort } from "node:worker_threads";
import type { ThreadSetup } from "./messages.js";

export interface ThreadData {
  readonly port: MessagePort;
  readonly setup: ThreadSetup;
}

/** What this thread was started with, if it was to run tasks. */
export function threadData(): ThreadData | undefined {
  const data = workerData as Partial<ThreadData> | null | undefined;
  if (isMainThread || typeof data?.setup?.worker !== "string" || data.port === undefined) return undefined;
  return data as ThreadData;
}
