/**
 * Reading at a name: a queue of this connection's own, bound to the name, that goes when the connection goes. Each
 * session has a fresh one, so that a dead connection which the broker still believes in takes nothing away.
 */

import type { ConsumeMessage } from "amqplib";
import type { Connection } from "./connection.js";
import { KeptChannel } from "./kept-channel.js";
import { exchangeOf, freshQueue, keyOf } from "./names.js";

export class Reader {
  private readonly kept: KeptChannel;

  /** @param onBytes never called after `close`; what it throws is thrown on, outside of the library's loop. */
  constructor(connection: Connection, name: string, onBytes: (bytes: Uint8Array) => void) {
    const exchange = exchangeOf(name);
    this.kept = new KeptChannel(connection, {
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
    });
  }

  open(): Promise<void> {
    return this.kept.open();
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
