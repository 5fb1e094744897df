/** Processes with direct connections between them, all in this one, found over a bus in memory. */

import { connect, createServer, type Server, type Socket } from "node:net";
import {
  announcedName,
  readAnnouncement,
  writeAnnouncement,
} from "../../src/transport/direct/announcement.js";
import type { DirectOptions } from "../../src/transport/direct/direct-post.js";
import { DirectPost } from "../../src/transport/direct/direct-post.js";
import { MemoryBus } from "../../src/transport/memory/memory-bus.js";
import type { MemoryTransport } from "../../src/transport/memory/memory-transport.js";
import { until } from "../../src/testing/until.js";

export const group = "skein.test.presence.direct";
export const box = (role: string, name: string, inc = "1"): string => `skein.test.box.${role}.${name}.${inc}`;

/** Stands between who dials and who was dialed, and cuts. */
export class Cutter {
  readonly port: number;
  /** Every connection is cut after so many bytes of it have gone from who dialed to whom it dialed, or back. */
  cutAfterBytes = Infinity;
  connections = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(server: Server, target: number) {
    this.server = server;
    this.port = (server.address() as { port: number }).port;
    server.on("connection", (near) => this.join(near, connect(target, "127.0.0.1")));
  }

  static async before(target: number): Promise<Cutter> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Cutter(server, target);
  }

  private join(near: Socket, far: Socket): void {
    this.connections += 1;
    let left = this.cutAfterBytes;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        to.destroy();
        this.sockets.delete(from);
      });
      from.on("data", (bytes) => {
        to.write(bytes.subarray(0, left));
        left -= bytes.length;
        if (left <= 0) to.end(() => from.destroy());
      });
    }
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export interface Got {
  readonly to: string;
  readonly head: string;
  readonly buffers: readonly Uint8Array[];
}

export class DirectStage {
  readonly bus = new MemoryBus();
  private readonly endings: (() => Promise<unknown>)[] = [];

  /** What was made is ended after the test, last first. */
  ending(end: () => Promise<unknown>): void {
    this.endings.push(end);
  }

  async end(): Promise<void> {
    for (const each of this.endings.splice(0).toReversed()) await each();
  }

  async process(
    options: Partial<DirectOptions> = {},
  ): Promise<{ post: DirectPost; transport: MemoryTransport }> {
    const transport = await this.bus.connect();
    const post = await DirectPost.start({ bus: transport, group, listen: {}, ...options });
    this.ending(() => post.close());
    return { post, transport };
  }

  /** A process that is announced with a cutter before its port. */
  async cuttable(options: Partial<DirectOptions> = {}): Promise<{
    post: DirectPost;
    transport: MemoryTransport;
    cutter: Cutter;
  }> {
    const transport = await this.bus.connect();
    let cutter: Cutter | undefined;
    const bus: DirectOptions["bus"] = {
      watch: (listener) => transport.watch(listener),
      presence: (name, watcher) => transport.presence(name, watcher),
      announce: async (name, id, info) => {
        const announced = readAnnouncement(info);
        if (announced === undefined) throw new Error("what is announced cannot be read");
        cutter ??= await Cutter.before(announced.port);
        return transport.announce(name, id, writeAnnouncement({ ...announced, port: cutter.port }));
      },
    };
    const post = await DirectPost.start({ bus, group, listen: {}, ...options });
    this.ending(() => post.close());
    const first = await post.mailbox(box("worker", "cut"), { onParcel: () => undefined });
    await first.close();
    if (cutter === undefined) throw new Error("nothing was announced");
    const made = cutter;
    this.ending(() => made.close());
    return { post, transport, cutter: made };
  }

  /** Announces a mailbox as nobody does who plays by the rules. */
  async pretend(
    address: string,
    to: { port: number; id?: Buffer; token?: Buffer; name?: string },
  ): Promise<void> {
    const bus = await this.bus.connect();
    const { id = Buffer.alloc(16, 7), token = Buffer.alloc(32, 7), port, name = announcedName(address) } = to;
    await bus.announce(group, name, writeAnnouncement({ address, id, token, host: "127.0.0.1", port }));
  }

  /** What a process announces of itself: anyone on the bus may read it. */
  async announced(address: string): Promise<{ id: Buffer; token: Buffer; port: number }> {
    const bus = await this.bus.connect();
    const found: ReturnType<typeof readAnnouncement>[] = [];
    await bus.presence(group, {
      onJoined: (name, info) => {
        if (name === announcedName(address)) found.push(readAnnouncement(info));
      },
      onLeft: () => undefined,
    });
    await until(`${address} is announced`, () => found.length > 0);
    if (found[0] === undefined) throw new Error("what is announced cannot be read");
    return found[0];
  }
}

/** A mailbox that notes what comes. */
export async function open(post: DirectPost, address: string) {
  const got: Got[] = [];
  const mailbox = await post.mailbox(address, {
    onParcel: ({ head, buffers }) => got.push({ to: address, head: Buffer.from(head).toString(), buffers }),
  });
  return { mailbox, got };
}

export const text = (head: string, ...buffers: Uint8Array[]) => ({ head: Buffer.from(head), buffers });

/** Waits until parcels from one mailbox go directly to an address. */
export async function reached(post: DirectPost, to: string, from: string): Promise<void> {
  await until(`${to} is reached directly`, () => {
    post.prepare(to, from);
    return post.reaches(to, from);
  });
}
