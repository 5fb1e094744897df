/** What a shell counts: nothing that is refused, lost or dropped goes unseen. */

import type { RefusalWhy } from "../../protocol/codec/codec.js";

/** `address`: meant for somebody else. `direction`: a message that has no business between these two roles. */
export type ShellRefusal = RefusalWhy | "address" | "direction" | "links";

export interface Counters {
  received: number;
  sent: number;
  receivedBytes: number;
  sentBytes: number;
  /** Incoming messages that were not passed on, by reason. */
  readonly refused: Record<ShellRefusal, number>;
  /** Outgoing messages to incarnations that are dead, or too large for the bus. */
  deadLetters: number;
  /** Outgoing messages dropped by links that have ended or were starting afresh. */
  dropped: number;
  resets: number;
}

export function zeroCounters(): Counters {
  return {
    received: 0,
    sent: 0,
    receivedBytes: 0,
    sentBytes: 0,
    refused: {
      size: 0,
      header: 0,
      version: 0,
      malformed: 0,
      kind: 0,
      schema: 0,
      address: 0,
      direction: 0,
      links: 0,
    },
    deadLetters: 0,
    dropped: 0,
    resets: 0,
  };
}
