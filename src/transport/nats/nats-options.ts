/** What a NATS connection takes beyond what every bus does, and its constants. */

import type { ConnectOptions } from "../connect-options.js";

export interface NatsOptions extends ConnectOptions {
  /** Comma-separated servers of one NATS cluster: `nats://a:4222,nats://b:4222`. */
  readonly url: string;
  /** What the subjects of answers begin with when `inboxPrefix` does not say: `skein.inbox` by default. */
  readonly prefix?: string;
  /** How many servers keep a journal, a lease or blobs. Default 1; 3 where NATS runs as a cluster. */
  readonly replicas?: number;
  /** How often an announcement is repeated. Silence for three times as long counts as gone. Default 1,000. */
  readonly presenceBeatMs?: number;
}

/** The oldest server that has all that is used here. */
export const oldestServer = "2.9.0";

export const defaultPrefix = "skein";
export const defaultPresenceBeatMs = 1_000;

/** How long an answer from the server may take, JetStream's included. */
export const requestTimeoutMs = 5_000;

/** What a server's limit on a message must leave for the headers of a record. */
export const recordHeaderBytes = 512;
