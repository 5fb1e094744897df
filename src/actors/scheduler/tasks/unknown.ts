/** Keys that are wanted and stand for nothing here. */

import { LostValueError } from "../../../errors.js";
import type { ClientRecord } from "../state/client-record.js";
import type { SchedulerState } from "../state/state.js";
import { wireError } from "../wire.js";

/** After a take-over the graph may still come; else there is nothing under that key. */
export function wantUnknown(s: SchedulerState, client: ClientRecord, key: string): void {
  if (!s.life.recovering) {
    tellLost(client, key);
    return;
  }
  const early = s.recovery.wants.get(key);
  if (early === undefined) s.recovery.wants.set(key, new Set([client]));
  else early.add(client);
}

/** The key stands for nothing here. */
export function tellLost(client: ClientRecord, key: string): void {
  const error = new LostValueError(
    key,
    "the scheduler knows of no such task",
    "Submit its graph again; futures of a client that has left are gone with it, publish what should stay.",
  );
  const status = { error: wireError(error, "lost"), origin: key, attempts: 0 };
  client.loose.push({ key, state: "lost", error: status });
}
