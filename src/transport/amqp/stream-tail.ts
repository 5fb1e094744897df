/** Follows a stream from an offset on: each message once, in order, across sessions. */

import type { ConsumeMessage } from "amqplib";
import type { Subscription } from "../transport.js";
import type { Connection } from "./connection.js";
import { KeptChannel } from "./kept-channel.js";
import { callSafely } from "./reader.js";
import type { Asked } from "./refusals.js";
import { offsetOf } from "./streams.js";

const prefetch = 1_000;
const ackEach = 100;

/** @param from at most the offset of the next message to be written. */
export async function tailStream(
  connection: Connection,
  queue: string,
  asked: Asked,
  from: number,
  onMessage: (message: ConsumeMessage, offset: number) => void,
): Promise<Subscription> {
  let next = from;
  const kept = new KeptChannel(connection, {
    on: "consume",
    asked,
    setup: async (channel, isCurrent) => {
      let unacknowledged = 0;
      const onDelivery = (message: ConsumeMessage | null): void => {
        if (!isCurrent()) return;
        if (message === null) return void channel.close().catch(() => undefined);
        unacknowledged += 1;
        if (unacknowledged >= ackEach) {
          channel.ack(message, true);
          unacknowledged = 0;
        }
        const offset = offsetOf(message);
        if (offset < next) return;
        next = offset + 1;
        callSafely(() => onMessage(message, offset));
      };
      await channel.prefetch(prefetch);
      await channel.consume(queue, onDelivery, { arguments: { "x-stream-offset": next } });
    },
  });
  await kept.open();
  return { close: () => kept.close() };
}
