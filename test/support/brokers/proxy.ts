/**
 * A TCP proxy between a client and a server, as the network of a test: cut and healed, clogged in one direction or both,
 * slowed down. It forwards what it gets in order and keeps what it may not forward yet; a full sender feels it.
 */

import type { Socket } from "node:net";
import { connect, createServer } from "node:net";

export type Direction = "toServer" | "toClient";

interface Conditions {
  /** Bytes wait, and none are lost; the connection stays up. */
  isPaused: boolean;
  delayMs: number;
  /** Bytes a second, for each connection. */
  rate: number;
}

export interface ProxyTarget {
  readonly host?: string;
  readonly port: number;
}

const both: readonly Direction[] = ["toServer", "toClient"];

export class Proxy {
  readonly port: number;
  private readonly server: ReturnType<typeof createServer>;
  private target: ProxyTarget;
  private readonly wires = new Set<{ wake(): void; cut(): void }>();
  private readonly conditions: Record<Direction, Conditions> = {
    toServer: { isPaused: false, delayMs: 0, rate: Infinity },
    toClient: { isPaused: false, delayMs: 0, rate: Infinity },
  };
  private isCut = false;
  /** What has come to it so far, by where it was to go. */
  readonly bytes: Record<Direction, number> = { toServer: 0, toClient: 0 };

  private constructor(server: ReturnType<typeof createServer>, port: number, target: ProxyTarget) {
    this.server = server;
    this.port = port;
    this.target = target;
    server.on("connection", (client) => this.accept(client));
  }

  static start(target: ProxyTarget): Promise<Proxy> {
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true });
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(
          new Proxy(server, typeof address === "object" && address !== null ? address.port : 0, target),
        );
      });
    });
  }

  /** How many connections go through it now. */
  get connections(): number {
    return this.wires.size;
  }

  /** Ends all connections with a reset, and refuses new ones until `heal`. */
  cut(): void {
    this.isCut = true;
    this.reset();
  }

  /** Ends all connections with a reset; new ones are welcome. */
  reset(): void {
    for (const wire of this.wires) wire.cut();
  }

  /** Undoes `cut`, `pause`, `delay` and `throttle`. What waited goes on. */
  heal(): void {
    this.isCut = false;
    for (const direction of both)
      Object.assign(this.conditions[direction], { isPaused: false, delayMs: 0, rate: Infinity });
    this.wake();
  }

  /** Holds back what goes in a direction, or in both. New connections are accepted, and hear nothing. */
  pause(...directions: readonly Direction[]): void {
    for (const direction of directions.length === 0 ? both : directions)
      this.conditions[direction].isPaused = true;
  }

  resume(...directions: readonly Direction[]): void {
    for (const direction of directions.length === 0 ? both : directions)
      this.conditions[direction].isPaused = false;
    this.wake();
  }

  /** Each chunk arrives this much later. */
  delay(delayMs: number, ...directions: readonly Direction[]): void {
    for (const direction of directions.length === 0 ? both : directions)
      this.conditions[direction].delayMs = delayMs;
  }

  /** At most so many bytes a second, for each connection. */
  throttle(bytesPerSecond: number, ...directions: readonly Direction[]): void {
    for (const direction of directions.length === 0 ? both : directions) {
      this.conditions[direction].rate = bytesPerSecond;
    }
  }

  /** Later connections go elsewhere. */
  retarget(target: ProxyTarget): void {
    this.target = target;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private wake(): void {
    for (const wire of this.wires) wire.wake();
  }

  private accept(client: Socket): void {
    if (this.isCut) {
      client.on("error", () => undefined);
      reset(client);
      return;
    }
    const server = connect({
      host: this.target.host ?? "127.0.0.1",
      port: this.target.port,
      allowHalfOpen: true,
    });
    const lanes = [
      new Lane(client, server, this.conditions.toServer),
      new Lane(server, client, this.conditions.toClient),
    ];
    const wire = {
      wake: () => lanes.forEach((lane) => lane.pump()),
      cut: () => {
        this.wires.delete(wire);
        for (const socket of [client, server]) reset(socket);
        for (const lane of lanes) lane.end();
      },
    };
    this.wires.add(wire);
    client.on("data", ({ length }: Buffer) => (this.bytes.toServer += length));
    server.on("data", ({ length }: Buffer) => (this.bytes.toClient += length));
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => wire.cut());
      socket.on("close", () => {
        if (client.destroyed && server.destroyed) this.wires.delete(wire);
        // Half a connection is of no use to anybody once the other half has been destroyed.
        else if (this.wires.has(wire) && !socket.readableEnded) wire.cut();
      });
    }
  }
}

/**
 * Where this side has begun to end the connection, libuv refuses a reset; Node does not notice, never closes the handle, and
 * spins for ever when the process is to end. (Seen in Node 20.)
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** What goes in one direction of one connection. */
class Lane {
  private readonly from: Socket;
  private readonly to: Socket;
  private readonly conditions: Conditions;
  private readonly waiting: { readonly bytes: Buffer; readonly dueAtMs: number }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private freeAtMs = 0;
  private hasEnded = false;
  private isOver = false;

  constructor(from: Socket, to: Socket, conditions: Conditions) {
    this.from = from;
    this.to = to;
    this.conditions = conditions;
    from.on("data", (bytes: Buffer) => {
      this.waiting.push({ bytes, dueAtMs: performance.now() + conditions.delayMs });
      this.pump();
      if (this.waiting.length > 0) from.pause();
    });
    from.on("end", () => {
      this.hasEnded = true;
      this.pump();
    });
    to.on("drain", () => this.pump());
  }

  pump(): void {
    clearTimeout(this.timer);
    if (this.isOver) return;
    for (let [next] = this.waiting; next !== undefined; [next] = this.waiting) {
      const waitMs = Math.max(next.dueAtMs, this.freeAtMs) - performance.now();
      if (this.conditions.isPaused || this.to.writableNeedDrain) return;
      if (waitMs > 0) {
        this.timer = setTimeout(() => this.pump(), waitMs);
        // What is only late must not wait for what is behind it: more is read meanwhile.
        if (this.conditions.delayMs > 0) this.from.resume();
        return;
      }
      this.waiting.shift();
      this.to.write(next.bytes);
      this.freeAtMs = performance.now() + (1_000 * next.bytes.length) / this.conditions.rate;
    }
    if (this.hasEnded) this.to.end();
    else this.from.resume();
  }

  end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }
}
