/** Reads a part of a stream, as fast as its reader takes it. */

import type { Channel, ConsumeMessage } from "amqplib";
import type { Connection } from "./connection.js";
import type { Asked } from "./refusals.js";
import { asUserError } from "./refusals.js";
import { offsetOf } from "./streams.js";

const prefetch = 200;

/** Messages from offset `from` up to, and without, `end`; both must be there. */
export async function* readStream(
  connection: Connection,
  queue: string,
  asked: Asked,
  from: number,
  end: number,
): AsyncGenerator<ConsumeMessage> {
  const session = connection.reach(asked.what);
  const feed = { arrived: [] as ConsumeMessage[], isOpen: true };
  let refusal: Error | undefined;
  let wake: () => void = () => undefined;
  let channel: Channel | undefined;
  try {
    channel = await session.consume.createChannel();
    channel.on("error", (error) => (refusal = error));
    channel.on("close", () => {
      feed.isOpen = false;
      wake();
    });
    const onDelivery = (message: ConsumeMessage | null): void => {
      if (message === null) feed.isOpen = false;
      else feed.arrived.push(message);
      wake();
    };
    await channel.prefetch(prefetch);
    await channel.consume(queue, onDelivery, { arguments: { "x-stream-offset": from } });
    for (let next = from; next < end;) {
      while (feed.arrived.length === 0 && feed.isOpen) await new Promise<void>((resolve) => (wake = resolve));
      const batch = feed.arrived.splice(0);
      const last = batch.at(-1);
      if (last === undefined) throw refusal ?? new Error("the connection ended");
      if (feed.isOpen) channel.ack(last, true);
      for (const message of batch) {
        // The broker may have forgotten the first ones meanwhile: what is left begins later.
        if (offsetOf(message) < next || next >= end) continue;
        next = offsetOf(message) + 1;
        if (next <= end) yield message;
      }
    }
  } catch (error) {
    connection.checkOpen(asked.what);
    throw asUserError(error, connection.url, asked);
  } finally {
    if (feed.isOpen) void channel?.close().catch(() => undefined);
  }
}
