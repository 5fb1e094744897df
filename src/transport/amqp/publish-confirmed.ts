/** Publishes a few messages to a queue, and resolves when the broker has stored them all. */

import type { ConfirmChannel } from "amqplib";
import type { Connection } from "./connection.js";
import { exchangeOf } from "./names.js";
import type { Asked } from "./refusals.js";
import { asUserError } from "./refusals.js";

/** Messages that may wait for their confirmation. */
const window = 16;

export async function publishConfirmed(
  connection: Connection,
  queue: string,
  asked: Asked,
  messages: readonly Buffer[],
): Promise<void> {
  const session = connection.reach(asked.what);
  let channel: ConfirmChannel | undefined;
  let isOpen = true;
  let refusal: Error | undefined;
  try {
    channel = await session.publish.createConfirmChannel();
    channel.on("error", (error) => (refusal = error));
    channel.on("close", () => (isOpen = false));
    channel.on("return", () => (refusal = new Error("the stream is gone")));
    for (const [i, message] of messages.entries()) {
      channel.publish(exchangeOf(queue), queue, message, { persistent: true, mandatory: true });
      if (i % window === window - 1) await channel.waitForConfirms();
    }
    await channel.waitForConfirms();
    if (refusal !== undefined) throw refusal;
  } catch (error) {
    connection.checkOpen(asked.what);
    throw asUserError(refusal ?? error, connection.url, asked);
  } finally {
    if (isOpen) void channel?.close().catch(() => undefined);
  }
}
