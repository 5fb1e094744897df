/**
 * Streams: durable queues that keep what was read. A message's offset counts from 0 and comes with it as a header.
 *
 * AMQP has no question for a stream's end. Whoever attaches at `last` gets the last chunk of records, in one go and
 * before the answer to whatever is asked next on that channel: so after the first of them, one more question brings
 * the rest. From an empty stream nothing comes; it is told from a slow one by the broker's count, which is late by some
 * seconds, and by several questions that bring nothing.
 */

import type { Channel, ConsumeMessage } from "amqplib";
import { BusRefusedError } from "../../errors.js";
import type { Connection } from "./connection.js";
import { exchangeOf } from "./names.js";
import type { Asked } from "./refusals.js";
import { reply, replyCode } from "./refusals.js";
import type { AmqpCapabilities } from "./server-info.js";

/** The largest number of messages under way to one consumer. */
const largestPrefetch = 65_535;
const emptyAfterQuestions = 8;
const emptyAfterMs = 40;
const giveUpAfterMs = 10_000;

/** @throws BusRefusedError where the broker has no streams that AMQP can use. */
export function checkStreams(capabilities: AmqpCapabilities | undefined, url: string, name: string): void {
  if (capabilities === undefined || capabilities.journal) return;
  throw new BusRefusedError(
    url,
    `a stream for ${name}: it is ${capabilities.server} ${capabilities.version}`,
    "Streams need RabbitMQ 3.10 or newer: upgrade it, or run without a journal.",
    { subject: name, isMissing: true },
  );
}

/**
 * Makes sure that the stream is there, and that what is published to its name in the cluster's exchange gets into it.
 * One that exists keeps the limits it was made with.
 */
export async function makeStream(
  connection: Connection,
  asked: Asked,
  queue: string,
  limits: Readonly<Record<string, number>>,
): Promise<void> {
  const isThere = await connection.ask(asked, (channel) => exists(channel, queue));
  const exchange = exchangeOf(queue);
  await connection.ask(asked, async (channel) => {
    if (!isThere) {
      await channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": "stream", ...limits } });
    }
    await channel.assertExchange(exchange, "direct", { durable: true });
    await channel.bindQueue(queue, exchange, queue);
  });
}

/** Whether there is such a queue. Where there is none the broker closes the channel. */
export async function exists(channel: Channel, queue: string): Promise<boolean> {
  try {
    await channel.checkQueue(queue);
    return true;
  } catch (error) {
    if (replyCode(error) === reply.notFound) return false;
    throw error;
  }
}

export function offsetOf(message: ConsumeMessage): number {
  return Number(message.properties.headers?.["x-stream-offset"]);
}

/** The last records there are, or none of an empty stream. @param isEmpty what else is known: false for surely not. */
export async function lastMessages(
  channel: Channel,
  queue: string,
  isEmpty?: false,
): Promise<ConsumeMessage[]> {
  const messages: ConsumeMessage[] = [];
  await channel.prefetch(largestPrefetch);
  await channel.consume(queue, (message) => message !== null && messages.push(message), {
    arguments: { "x-stream-offset": "last" },
  });
  const begunAt = performance.now();
  let mustHave = isEmpty === false;
  for (let questions = 0; messages.length === 0; questions += 1) {
    const { messageCount } = await channel.checkQueue(queue);
    mustHave ||= messageCount > 0;
    const waitedMs = performance.now() - begunAt;
    if (!mustHave && questions >= emptyAfterQuestions && waitedMs >= emptyAfterMs) return [];
    if (waitedMs > giveUpAfterMs)
      throw new Error(`${queue} has records, and none came in ${giveUpAfterMs} ms`);
    if (questions > emptyAfterQuestions || waitedMs < emptyAfterMs)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await channel.checkQueue(queue);
  return messages;
}

/** The first record there is; asked only of streams that have one. */
export async function firstMessage(channel: Channel, queue: string): Promise<ConsumeMessage> {
  await channel.prefetch(1);
  return new Promise((resolve, reject) => {
    channel.once("close", () => reject(new Error("channel closed")));
    channel
      .consume(queue, (message) => message !== null && resolve(message), {
        arguments: { "x-stream-offset": "first" },
      })
      .catch(reject);
  });
}
