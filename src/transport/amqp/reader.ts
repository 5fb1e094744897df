/**
 * Reading at a name: a queue of this connection's own, bound to the name, that goes when the connection goes. Each
 * session has a fresh one, so that a dead connection which the broker still believes in takes nothing away.
 */

import type { ConsumeMessage } from "amqplib";
import type { Connection } from "./connection.js";
import { KeptChannel, type KeptChannelOptions } from "./kept-channel.js";
import { exchangeOf, freshQueue, keyOf } from "./names.js";

export class Reader {
  private readonly connection: Connection;
  private readonly options: KeptChannelOptions;
  private kept: KeptChannel;

  /** @param onBytes never called after `close`; what it throws is thrown on, outside of the library's loop. */
  constructor(connection: Connection, name: string, onBytes: (bytes: Uint8Array) => void) {
    const exchange = exchangeOf(name);
    this.connection = connection;
    this.options = {
      on: "consume",
      asked: {
        what: `to read ${name}`,
        subject: `${name}.*, ${exchange}`,
        permission: "configure, write and read",
      },
      setup: async (channel, isCurrent) => {
        const queue = freshQueue(name);
        const onMessage = (message: ConsumeMessage | null): void => {
          if (!isCurrent()) return;
          // The broker has ended the consumer: what came since went nowhere. A closed channel is opened again.
          if (message === null) return void channel.close().catch(() => undefined);
          callSafely(() => onBytes(message.content));
        };
        await channel.assertExchange(exchange, "direct", { durable: true });
        await channel.assertQueue(queue, { exclusive: true, autoDelete: true, durable: false });
        await channel.consume(queue, onMessage, { noAck: true });
        await channel.bindQueue(queue, exchange, keyOf(name));
      },
    };
    this.kept = new KeptChannel(connection, this.options);
  }

  /** Resolves when the broker has the queue; what is opened while the connection is down waits for it. */
  open(): Promise<void> {
    return this.connection.patiently(async () => {
      try {
        await this.kept.open();
      } catch (error) {
        // What could not be opened is closed for good.
        this.kept = new KeptChannel(this.connection, this.options);
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.kept.close();
  }
}

/** What a reader throws is its own defect: it ends the process, as anywhere, but not the connection. */
export function callSafely(call: () => void): void {
  try {
    call();
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
}
