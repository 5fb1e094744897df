/**
 * Sends to names, in the order of the calls, without waiting for the broker. An exchange is declared before the first
 * message to it, over the other connection: on this one an alarm would hold the declaration up.
 *
 * Back-pressure: what has been handed to the library and not to the socket is counted; above the limit the transport
 * is `blocked` until half of it has gone.
 */

import type { ConfirmChannel, Message, Options } from "amqplib";
import type { Connection } from "./connection.js";
import { KeptChannel } from "./kept-channel.js";
import { exchangeOf, keyOf } from "./names.js";
import { socketOf } from "./session.js";

type Waiting = (() => void)[];

/** What a message costs on the wire beside its bytes and names, at the least. */
const overheadBytes = 40;
const lookAgainMs = 5;

export class Publisher {
  private readonly connection: Connection;
  private readonly limitBytes: number;
  private readonly kept: KeptChannel;
  /** Exchanges that are there, and for those being declared what waits for them. */
  private exchanges = new Map<string, "ready" | Waiting>();
  private readonly preparing = new Set<Promise<void>>();
  private handedBytes = 0;
  private looking: NodeJS.Timeout | undefined;

  /** @param onReturned a message with `messageId` found nobody at that routing key. */
  constructor(
    connection: Connection,
    limitBytes: number,
    onReturned: (messageId: string, key: string) => void,
  ) {
    this.connection = connection;
    this.limitBytes = limitBytes;
    this.kept = new KeptChannel(connection, {
      on: "publish",
      asked: { what: "to publish", subject: "the cluster's exchange", permission: "write" },
      setup: async (channel) => {
        this.handedBytes = this.flushedBytes(channel);
        channel.on("return", ({ properties, fields }: Message) => {
          onReturned(String(properties.messageId), fields.routingKey);
        });
      },
      onLost: () => this.forget(),
    });
  }

  open(): Promise<void> {
    return this.kept.open();
  }

  /** Makes sure of the exchange that `name` goes through. @throws BusRefusedError, NotConnectedError */
  async prepare(name: string): Promise<void> {
    const exchange = exchangeOf(name);
    const { exchanges } = this;
    if (exchanges.get(exchange) === "ready") return;
    const asked = { what: `to declare the exchange ${exchange}`, subject: exchange, permission: "configure" };
    await this.connection.ask(asked, (channel) =>
      channel.assertExchange(exchange, "direct", { durable: true }),
    );
    const waiting = exchanges.get(exchange);
    exchanges.set(exchange, "ready");
    // What waited on a channel that is gone went with it.
    if (exchanges === this.exchanges && Array.isArray(waiting)) for (const send of waiting) send();
  }

  /** Hands bytes to the library; false when there is nothing to hand them to. */
  send(name: string, bytes: Uint8Array, options: Options.Publish): boolean {
    const { channel } = this.kept;
    if (channel === undefined) return false;
    const exchange = exchangeOf(name);
    const known = this.exchanges.get(exchange);
    const publish = (): void => this.publish(channel, exchange, keyOf(name), bytes, options);
    if (known === "ready") publish();
    else if (known !== undefined) known.push(publish);
    else {
      this.exchanges.set(exchange, [publish]);
      this.prepareLater(name, exchange);
    }
    this.handedBytes += bytes.length + overheadBytes + exchange.length + name.length;
    if (this.waitingBytes(channel) > this.limitBytes) this.hold();
    return true;
  }

  /** Resolves when the broker has taken all that was sent before; at once when the connection has gone. */
  async drain(): Promise<void> {
    await Promise.all(this.preparing);
    // A channel's requests are answered in order, so that the answer to this one says that the rest has been read.
    await this.kept.channel?.prefetch(0).catch(() => undefined);
  }

  private prepareLater(name: string, exchange: string): void {
    const { exchanges } = this;
    const prepared = this.prepare(name).catch((error: unknown) => {
      exchanges.delete(exchange);
      if (!this.connection.isClosing) this.connection.trouble(error as Error);
    });
    this.preparing.add(prepared);
    void prepared.then(() => this.preparing.delete(prepared));
  }

  private publish(
    channel: ConfirmChannel,
    exchange: string,
    key: string,
    bytes: Uint8Array,
    options: Options.Publish,
  ): void {
    if (this.kept.channel !== channel) return;
    try {
      channel.publish(exchange, key, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), options);
    } catch {
      // The library knows of the connection's end a moment before it tells of it.
    }
  }

  private forget(): void {
    this.exchanges = new Map();
    clearTimeout(this.looking);
    this.looking = undefined;
    this.connection.board.note({ congested: false });
  }

  private flushedBytes(channel: ConfirmChannel): number {
    const socket = socketOf({ connection: channel.connection });
    return socket.bytesWritten - socket.writableLength;
  }

  private waitingBytes(channel: ConfirmChannel): number {
    const flushed = this.flushedBytes(channel);
    // The estimate is on the low side: what has gone out corrects it.
    if (this.handedBytes < flushed) this.handedBytes = flushed;
    return this.handedBytes - flushed;
  }

  private hold(): void {
    if (this.looking !== undefined) return;
    this.connection.board.note({ congested: true });
    const look = (): void => {
      const { channel } = this.kept;
      this.looking = undefined;
      if (channel === undefined) return;
      if (this.waitingBytes(channel) > this.limitBytes / 2) this.looking = setTimeout(look, lookAgainMs);
      else this.connection.board.note({ congested: false });
    };
    this.looking = setTimeout(look, lookAgainMs);
  }
}
