/** Cancelling: the client's futures of a key, and of all that depends on it, are settled as cancelled. */

import type { Cancel, StatusError } from "../../../protocol/messages.js";
import type { ClientRecord } from "../state/client-record.js";
import { S, type SchedulerState } from "../state/state.js";
import { dropWant } from "./wants.js";

/**
 * What nobody else wants is stopped where it runs. Other clients are not disturbed: what they want goes on, and so does
 * what that needs.
 */
export function takeCancel(s: SchedulerState, client: ClientRecord, message: Cancel): void {
  const { tasks, edges } = s;
  const mark = ++s.messageMark;
  const pending: number[] = [];
  for (const key of message.keys) {
    const slot = s.slotOf(key);
    if (slot < 0) client.loose.push({ key, state: "cancelled", error: cancelled(key, message.reason) });
    else pending.push(slot);
    if (s.life.recovering) s.recovery.wants.get(key)?.delete(client);
  }
  const named = new Set(pending);
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    if (tasks.mark[slot] === mark) continue;
    tasks.mark[slot] = mark;
    const state = tasks.state[slot]!;
    // Dependents that have their end already keep it.
    if (!named.has(slot) && (state === S.memory || state === S.erred)) continue;
    if (dropWant(s, slot, client.index)) {
      const key = tasks.keys[slot]!;
      client.loose.push({ key, state: "cancelled", error: cancelled(key, message.reason) });
    }
    for (let e = tasks.firstDependent[slot]!; e >= 0; e = edges.next[e]!) pending.push(edges.of[e]!);
  }
}

export function cancelled(key: string, reason: string): StatusError {
  const message = `Task ${JSON.stringify(key)} was cancelled: ${reason}.`;
  const error = { kind: "cancelled", name: "CancelledError", code: "ERR_CANCELLED", message } as const;
  return { error, origin: key, attempts: 0 };
}
