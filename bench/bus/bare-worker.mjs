/** A worker of the bare loop: answers each message of 64 tasks with their 64 results, and knows nothing else. */

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [url, inbox, outbox] = process.argv.slice(2);
const noop = () => undefined;

function answer(bytes) {
  const tasks = JSON.parse(Buffer.from(bytes).toString());
  const results = tasks.map(({ run, key, args }) => {
    return { run, key, state: "memory", nbytes: 8, tookMs: 0.01, value: noop(...args) ?? null };
  });
  return Buffer.from(JSON.stringify(results));
}

if (url.startsWith("nats:")) {
  const { connect } = require("@nats-io/transport-node");
  const nc = await connect({ servers: url });
  nc.subscribe(inbox, { callback: (_, message) => nc.publish(outbox, answer(message.data)) });
  await nc.flush();
} else {
  const amqp = require("amqplib");
  const options = { noDelay: true };
  const [consume, publish] = [await amqp.connect(url, options), await amqp.connect(url, options)];
  const [incoming, outgoing] = [await consume.createChannel(), await publish.createChannel()];
  await incoming.assertQueue(inbox, { exclusive: true });
  await incoming.consume(inbox, (message) => outgoing.sendToQueue(outbox, answer(message.content)), {
    noAck: true,
  });
}
process.send("ready");
process.on("disconnect", () => process.exit(0));
