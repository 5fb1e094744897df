/**
 * What the actors' shells need of a transport: mailboxes. At most once, in order between two mailboxes within one
 * live connection; everything beyond that (no loss, no duplicates, order across reconnects) is the links' work.
 * A transport (src/transport) implements it; a simulation may do so without any transport.
 */

import type { Parcel } from "../../protocol/parcel.js";

/** `blocked`: connected, but the bus takes nothing for now. `closed` is the end. */
export type PostStatus = "connected" | "blocked" | "disconnected" | "closed";

export interface MailboxReader {
  /** One parcel, never within a call of `send`. It may be anything: the bus is open to others. */
  onParcel(parcel: Parcel): void;
  /** Nobody has a mailbox at `address`, in answer to an earlier `send`; only from buses that can tell. */
  onNobody?(address: string): void;
}

export interface Mailbox {
  readonly address: string;
  /**
   * Hands a parcel to the bus; false when the bus cannot take it now (blocked, disconnected, closed).
   * True promises nothing.
   *
   * @throws PayloadTooLargeError above `limits.parcelBytes`.
   */
  send(to: string, parcel: Parcel): boolean;
  close(): Promise<void>;
}

export interface Post {
  readonly status: PostStatus;
  readonly limits: { readonly parcelBytes: number };
  /** @throws AddressTakenError when this transport already reads at that address. */
  mailbox(address: string, reader: MailboxReader): Promise<Mailbox>;
  /** Tells each change of status; what was sent around a `disconnected` may be lost. */
  watch(listener: (status: PostStatus) => void): () => void;
  /**
   * Whether a parcel from one address to the other is handed on as it lies in this process's memory, whatever its
   * size. Absent: never.
   */
  sharesMemory?(from: string, to: string): boolean;
  /** Whether it goes over a connection between just these two processes, which knows no largest message. Absent: never. */
  streams?(from: string, to: string): boolean;
}
