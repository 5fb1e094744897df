/**
 * The bare loop over a broker: one process that hands out no-ops to two others, 64 a message, with 32 messages under
 * way, and counts the answers. A task is an object of about 320
 * bytes as JSON, a result one of 80; nothing is scheduled, checked or kept.
 */

import { fork, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

type Nats = typeof import("@nats-io/transport-node");
type Amqp = typeof import("amqplib");
const require = createRequire(import.meta.url);
const batch = 64;
const underWay = 32;

export interface TaskMessage {
  readonly run: number;
  readonly key: string;
  readonly args: readonly unknown[];
  readonly [more: string]: unknown;
}

interface Line {
  send(to: string, bytes: Uint8Array): void;
  close(): Promise<void>;
}

export class BareLoop {
  readonly #workers: readonly ChildProcess[];
  readonly #inboxes: readonly string[];
  readonly #line: Line;
  private hear: (bytes: Uint8Array) => void = () => undefined;

  private constructor(workers: readonly ChildProcess[], inboxes: readonly string[], line: Line) {
    this.#workers = workers;
    this.#inboxes = inboxes;
    this.#line = line;
  }

  static async start(url: string, workers = 2): Promise<BareLoop> {
    const name = `bare-${process.pid}`;
    const loop: { it?: BareLoop } = {};
    const onBytes = (bytes: Uint8Array): void => loop.it?.hear(bytes);
    const line = url.startsWith("nats:")
      ? await natsLine(url, `${name}.out`, onBytes)
      : await amqpLine(url, `${name}.out`, onBytes);
    const inboxes = Array.from({ length: workers }, (_, i) => `${name}.in.${i}`);
    const program = fileURLToPath(new URL("bare-worker.ts", import.meta.url));
    const children = await Promise.all(
      inboxes.map(async (inbox) => {
        const child = fork(program, [url, inbox, `${name}.out`]);
        await new Promise((resolve) => child.once("message", resolve));
        return child;
      }),
    );
    loop.it = new BareLoop(children, inboxes, line);
    return loop.it;
  }

  /** Milliseconds for `total` tasks. */
  run(total: number): Promise<number> {
    const startedAt = performance.now();
    let next = 0;
    let done = 0;
    return new Promise((resolve) => {
      const give = (worker: number): void => {
        if (next >= total) return;
        const from = next;
        const size = Math.min(batch, total - from);
        next += size;
        const tasks = Array.from({ length: size }, (_, i) => taskMessage(from + i));
        this.#line.send(this.#inboxes[worker] as string, Buffer.from(JSON.stringify(tasks)));
      };
      let turn = 0;
      this.hear = (bytes) => {
        done += (JSON.parse(Buffer.from(bytes).toString()) as readonly unknown[]).length;
        if (done >= total) resolve(performance.now() - startedAt);
        else give(turn++ % this.#inboxes.length);
      };
      for (let i = 0; i < underWay; i++) give(i % this.#inboxes.length);
    });
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) worker.disconnect();
    await this.#line.close();
  }
}

/** What a job says of itself in one message, as job queues send it. */
function taskMessage(number: number): TaskMessage {
  return {
    run: 4_294_967_296 + number,
    key: `noop-4f1d2c9ab0e34a7f-${number}`,
    fn: { kind: "module", module: "file:///srv/app/dist/tasks.js", name: "noop", digest: "9f2c41d07a5e" },
    args: [],
    dependencies: [],
    priority: [0, 1, number],
    options: { retries: 0, timeoutMs: null, workers: null, resources: {}, pure: true, attempt: 1 },
    session: "client:local:8f3a91c2d7e0",
  };
}

async function natsLine(url: string, inbox: string, onBytes: (bytes: Uint8Array) => void): Promise<Line> {
  const { connect } = require("@nats-io/transport-node") as Nats;
  const nc = await connect({ servers: url });
  nc.subscribe(inbox, { callback: (_, message) => onBytes(message.data) });
  await nc.flush();
  return { send: (to, bytes) => nc.publish(to, bytes), close: () => nc.close() };
}

async function amqpLine(url: string, inbox: string, onBytes: (bytes: Uint8Array) => void): Promise<Line> {
  const amqp = require("amqplib") as Amqp;
  const options = { noDelay: true };
  const consume = await amqp.connect(url, options);
  const publish = await amqp.connect(url, options);
  const incoming = await consume.createChannel();
  const outgoing = await publish.createChannel();
  await incoming.assertQueue(inbox, { exclusive: true });
  await incoming.consume(inbox, (message) => message !== null && onBytes(message.content), { noAck: true });
  return {
    send: (to, bytes) =>
      void outgoing.sendToQueue(to, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
    async close() {
      await consume.close();
      await publish.close();
    },
  };
}
