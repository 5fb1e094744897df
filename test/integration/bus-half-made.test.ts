/** RabbitMQ is talked to over two connections: what if one ends while the other is still being made? */

import { connect, createServer, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { until } from "../../src/testing/until.js";
import { AmqpTransport } from "../../src/transport/amqp/amqp-transport.js";
import { sharedRabbit } from "../support/brokers/rabbitmq-server.js";

/** What the broker says last when it opens a connection: class 10, method 41. */
const openOk = Buffer.from([0, 10, 0, 41]);

/**
 * Of the first two connections, lets the one that is open first end at once, and only then the other one through.
 * Later ones go their way.
 */
class Spoiler {
  readonly server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  connections = 0;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.server = createServer((near) => this.#join(near));
  }

  #join(near: Socket): void {
    this.connections += 1;
    const far = connect(this.#target);
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => [near, far].forEach((each) => each.destroy()));
    }
    if (this.connections === 1) this.#spoil(near, far);
    else if (this.connections === 2) this.#held.push(() => near.pipe(far).pipe(near));
    else near.pipe(far).pipe(near);
  }

  #spoil(near: Socket, far: Socket): void {
    near.pipe(far);
    far.on("data", (bytes: Buffer) => {
      near.write(bytes);
      if (!bytes.includes(openOk)) return;
      near.end(() => this.#held.splice(0).forEach((go) => go()));
    });
  }

  close(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

describe("A connection to RabbitMQ of which one half ends before the other is made", () => {
  it("is made again as a whole, and what ended early ends nothing else", async () => {
    const { hostname, port } = new URL((await sharedRabbit()).url);
    const spoiler = new Spoiler({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve) => spoiler.server.listen(0, "127.0.0.1", resolve));
    const { port: own } = spoiler.server.address() as { port: number };
    try {
      const transport = await AmqpTransport.connect({ url: `amqp://127.0.0.1:${own}` });
      expect(spoiler.connections).to.equal(4);
      const heard: number[] = [];
      await transport.subscribe("skein.half-made.topic", ([byte]) => heard.push(byte ?? -1));
      expect(transport.broadcast("skein.half-made.topic", Uint8Array.of(7))).to.equal(true);
      await until("it carries what is sent", () => heard.length === 1);
      expect([heard, transport.status]).to.deep.equal([[7], "connected"]);
      await transport.close();
    } finally {
      spoiler.close();
    }
  }).timeout(60_000);
});
