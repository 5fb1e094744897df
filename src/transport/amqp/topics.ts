/** Topics: bytes for everyone who has a queue bound to the name at the moment. */

import { PayloadTooLargeError } from "../../errors.js";
import type { Subscription } from "../transport.js";
import type { Connection } from "./connection.js";
import type { Publisher } from "./publisher.js";
import { Reader } from "./reader.js";

export class Topics {
  private readonly connection: Connection;
  private readonly publisher: Publisher;
  private readonly payloadBytes: number;

  constructor(connection: Connection, publisher: Publisher, payloadBytes: number) {
    this.connection = connection;
    this.publisher = publisher;
    this.payloadBytes = payloadBytes;
  }

  /** @throws PayloadTooLargeError */
  broadcast(topic: string, bytes: Uint8Array): boolean {
    if (bytes.length > this.payloadBytes) {
      throw new PayloadTooLargeError(topic, bytes.length, this.payloadBytes);
    }
    if (this.connection.board.status !== "connected") return false;
    return this.publisher.send(topic, bytes.slice(), {});
  }

  async subscribe(topic: string, onBytes: (bytes: Uint8Array) => void): Promise<Subscription> {
    const reading = new Reader(this.connection, topic, onBytes);
    await reading.open();
    return { close: () => reading.close() };
  }
}
