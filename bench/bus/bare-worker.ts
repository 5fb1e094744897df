/** A worker of the bare loop: answers each message of tasks with their results, and knows nothing else. */

import { createRequire } from "node:module";
import type { TaskMessage } from "./bare-loop.js";

type Nats = typeof import("@nats-io/transport-node");
type Amqp = typeof import("amqplib");
const require = createRequire(import.meta.url);
const [url = "", inbox = "", outbox = ""] = process.argv.slice(2);

const noop = (..._args: readonly unknown[]): null => null;

function answer(bytes: Uint8Array): Buffer {
  const tasks = JSON.parse(Buffer.from(bytes).toString()) as readonly TaskMessage[];
  const results = tasks.map(({ run, key, args }) => {
    return { run, key, state: "memory", nbytes: 8, tookMs: 0.01, value: noop(...args) };
  });
  return Buffer.from(JSON.stringify(results));
}

if (url.startsWith("nats:")) {
  const { connect } = require("@nats-io/transport-node") as Nats;
  const nc = await connect({ servers: url });
  nc.subscribe(inbox, { callback: (_, message) => nc.publish(outbox, answer(message.data)) });
  await nc.flush();
} else {
  const amqp = require("amqplib") as Amqp;
  const options = { noDelay: true };
  const [consume, publish] = [await amqp.connect(url, options), await amqp.connect(url, options)];
  const [incoming, outgoing] = [await consume.createChannel(), await publish.createChannel()];
  await incoming.assertQueue(inbox, { exclusive: true });
  await incoming.consume(
    inbox,
    (message) => {
      if (message !== null) outgoing.sendToQueue(outbox, answer(message.content));
    },
    { noAck: true },
  );
}
process.send?.("ready");
process.on("disconnect", () => process.exit(0));
