/** Moving values between peers: the limits, and what moving them asks of a shell. */

import type { PeerMessage } from "../../protocol/messages.js";

export interface TransferConfig {
  /** Values are asked for in batches of about this size. */
  readonly fetchBatchBytes: number;
  /** Of all that was asked for, so much may be on its way at once; a value that is larger comes by itself. */
  readonly fetchingBytes: number;
  /** Batches under way at once, asked for here and served here. */
  readonly fetchesOut: number;
  readonly fetchesIn: number;
  /** A fetch that brings nothing for this long is tried elsewhere. */
  readonly fetchStallMs: number;
  readonly chunkBytes: number;
  /** The same over a connection of their own, as long as it is fast: fewer messages say the same. */
  readonly streamedChunkBytes: number;
  /** The same between actors that share memory: nothing is copied then, whatever the size. */
  readonly sharedChunkBytes: number;
  /** Bytes that may be under way to one asker. */
  readonly creditBytes: number;
}

export const defaultTransferConfig: TransferConfig = {
  fetchBatchBytes: 50e6,
  fetchingBytes: 2.5e9,
  fetchesOut: 50,
  fetchesIn: 10,
  fetchStallMs: 10_000,
  chunkBytes: 1_000_000,
  streamedChunkBytes: 4_000_000,
  sharedChunkBytes: 256 * 1024 * 1024,
  creditBytes: 8 * 1024 * 1024,
};

export interface SendToPeer {
  readonly type: "send";
  readonly to: string;
  readonly message: PeerMessage;
}

/** Send a part of a value that is held here. */
export interface SendChunk {
  readonly type: "sendChunk";
  readonly to: string;
  readonly id: number;
  readonly run: number;
  /** With the last part. */
  readonly key?: string;
  readonly offset: number;
  readonly length: number;
  readonly total: number;
}

/** A part of a value came in. */
export interface StoreChunk {
  readonly type: "storeChunk";
  readonly run: number;
  readonly offset: number;
  readonly total: number;
  readonly bytes: Uint8Array;
}

/** Where what is to be done is put. */
export interface Sink<Instruction> {
  push(instruction: Instruction): unknown;
}
