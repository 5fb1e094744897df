/**
 * The message ids of a journal's records, which are its fence: each record names the one that must be the last before it.
 * A claim's is `claim:…`, a record's `term:writer:number`; none is ever used twice.
 */

import type { MsgHdrs } from "@nats-io/transport-node";
import type { JournalPosition } from "../transport.js";

const header = "Nats-Msg-Id";
const recordId = /^(\d{1,15}):/;

export const claimId = (nonce: string): string => `claim:${nonce}`;

export const idOfRecord = (term: JournalPosition, writer: string, number: number): string =>
  `${term}:${writer}:${number}`;

export function idOf(headers: MsgHdrs | undefined): string {
  return headers?.get(header) ?? "";
}

/** The term of a stored message; 0, under which nothing counts, for what is none of ours. */
export function termOf(id: string, position: JournalPosition): JournalPosition {
  if (id.startsWith("claim:")) return position;
  return Number(recordId.exec(id)?.[1] ?? 0);
}
