/** JetStream on a connection, met only when something is asked of it: a server without it serves everything else. */

import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import { JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { Connection } from "./connection.js";
import { requestTimeoutMs } from "./nats-options.js";
import { explained, isUnanswered, withoutJetStream } from "./refusal.js";

/** The server's numbers for what is no error to us. */
export const apiCodes = {
  wrongLastId: 10070,
  wrongLastSequence: 10071,
  streamExists: 10058,
  noStream: 10059,
} as const;

export function isApiError(error: unknown, ...codes: readonly number[]): error is JetStreamApiError {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

export class JetStream {
  readonly connection: Connection;
  readonly client: JetStreamClient;
  private opened: Promise<JetStreamManager> | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    this.client = jetstream(connection.nc, { timeout: requestTimeoutMs });
  }

  /** Asks JetStream something. What the server says of the question itself is thrown as it is when `codes` has its number. */
  async ask<T>(
    what: string,
    question: (client: JetStreamClient, manager: JetStreamManager) => Promise<T>,
    ...codes: readonly number[]
  ): Promise<T> {
    try {
      return await this.connection.ask(what, async () => question(this.client, await this.manager()));
    } catch (error) {
      // Where the server has JetStream, nobody answers while it starts, or elects a leader.
      const isMissing = this.connection.nc.info?.jetstream !== true && isUnanswered(error);
      if (isMissing) throw withoutJetStream(this.connection.url, what, error);
      throw isApiError(error, ...codes) ? error : explained(this.connection.url, what, error);
    }
  }

  private manager(): Promise<JetStreamManager> {
    if (this.opened === undefined) {
      const opened = jetstreamManager(this.connection.nc, { timeout: requestTimeoutMs });
      opened.catch(() => (this.opened = undefined));
      this.opened = opened;
    }
    return this.opened;
  }
}
