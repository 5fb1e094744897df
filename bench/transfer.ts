/**
 * Moving values between two processes: over a direct connection, NATS and RabbitMQ; with the links, the transfer cores
 * and the store of values that workers use. In turn with them, a few at a time, values cross a bare TCP socket
 * between the same two processes, so that the ratio is that of one machine at one time. Then what one large value adds
 * to the memory of both, beyond the value itself.
 *
 *     npx tsx bench/transfer.ts [direct|nats|amqp]
 *
 * Needs the brokers' programs on this machine (nats-server, rabbitmq-server), or NATS_URL and AMQP_URL.
 */

import { fork, type ChildProcess } from "node:child_process";
import { cpuUsage } from "node:process";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { peerId } from "../src/protocol/addresses.js";
import { AmqpTransport } from "../src/transport/amqp/amqp-transport.js";
import { DirectPost } from "../src/transport/direct/direct-post.js";
import type { DirectOptions } from "../src/transport/direct/direct-post.js";
import { NatsTransport } from "../src/transport/nats/nats-transport.js";
import type { Post } from "../src/transport/transport.js";
import { sharedNats } from "../test/support/brokers/nats-server.js";
import { sharedRabbit } from "../test/support/brokers/rabbitmq-server.js";
import { stopShared } from "../test/support/brokers/shared.js";
import { Mover } from "../test/support/mover.js";
import { BareStream, serveBare } from "./transfer/bare-stream.js";
import { collectGarbage, MemoryWatch } from "./transfer/memory.js";

const mebi = 1024 * 1024;
const blocks = 5;
/** Values in a block, but for the first: that one pays for the garbage of the block before. */
const inBlock = 4;
const rounds = blocks * inBlock;
const moved = 64 * mebi;
const large = 1024 * mebi;
const space = { prefix: "skein", cluster: "bench" };
const group = "skein.bench.presence.direct";
const [asker, holder] = [peerId("worker", "asks", "1"), peerId("worker", "holds", "1")];

type Note =
  | { readonly type: "announced"; readonly name: string; readonly info: readonly number[] }
  | { readonly type: "watch" | "watched" | "use" }
  | { readonly type: "ready"; readonly barePort: number }
  | { readonly type: "used"; readonly cpuMs: number }
  | { readonly type: "hold"; readonly run: number; readonly nbytes: number }
  | { readonly type: "held"; readonly checksum: number }
  | { readonly type: "unwatch" }
  | { readonly type: "grew"; readonly bytes: number };

/** What this process has used of the processor. */
function cpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1_000;
}

interface Line {
  send(note: Note): void;
  hear(listener: (note: Note) => void): void;
}

/** Presence of two processes that have a pipe between them. */
function presenceOver(line: Line): DirectOptions["bus"] {
  return {
    watch: () => () => undefined,
    announce: async (_, name, info) => {
      line.send({ type: "announced", name, info: [...info] });
      return { close: async () => undefined };
    },
    presence: async (_, watcher) => {
      line.hear((note) => {
        if (note.type === "announced") watcher.onJoined(note.name, Uint8Array.from(note.info));
      });
      return { close: async () => undefined };
    },
  };
}

async function openPost(way: string, line: Line): Promise<Post & { close(): Promise<void> }> {
  if (way.startsWith("nats")) return NatsTransport.connect({ url: way });
  if (way.startsWith("amqp")) return AmqpTransport.connect({ url: way });
  return DirectPost.start({ bus: presenceOver(line), group, listen: {} });
}

function move(post: Post, id: string): Promise<Mover> {
  return Mover.start({
    space,
    post,
    id,
    ...(post instanceof DirectPost ? { giveBack: (bytes) => post.giveBack(bytes) } : {}),
  });
}

/** The process that has the values: does what it is told over its pipe. */
async function serve(way: string): Promise<void> {
  const line: Line = {
    send: (note) => void process.send?.(note),
    hear: (listener) => void process.on("message", listener),
  };
  const { store } = await move(await openPost(way, line), holder);
  let watch: MemoryWatch | undefined;
  line.hear((note) => {
    if (note.type === "hold") {
      const bytes = new Uint8Array(new SharedArrayBuffer(note.nbytes));
      for (let at = 0; at < bytes.length; at += 1_000) bytes[at] = (at * 2_654_435_761) >>> 24;
      store.put(note.run, bytes.fill(7, 0, 500));
      // Every page of it is in memory before it is moved.
      line.send({ type: "held", checksum: crc32(bytes) });
    }
    if (note.type === "use") line.send({ type: "used", cpuMs: cpuMs() });
    if (note.type === "watch") {
      void collectGarbage().then(() => {
        watch = new MemoryWatch();
        line.send({ type: "watched" });
      });
    }
    if (note.type === "unwatch") line.send({ type: "grew", bytes: watch?.end() ?? NaN });
  });
  line.send({ type: "ready", barePort: await serveBare(moved) });
}

function lineTo(child: ChildProcess): Line & { next(type: Note["type"]): Promise<Note> } {
  return {
    send: (note) => void child.send(note),
    hear: (listener) => void child.on("message", (note) => listener(note as Note)),
    next: (type) =>
      new Promise((resolve) => {
        const look = (note: unknown): void => {
          if ((note as Note).type !== type) return;
          child.off("message", look);
          resolve(note as Note);
        };
        child.on("message", look);
      }),
  };
}

interface Measured {
  readonly perSecond: number;
  /** The rate as a part of the bare socket's. */
  readonly ofBare: number;
  readonly barePerSecond: number;
  /** Of the processor, for each value. */
  readonly askerMs: number;
  readonly bareAskerMs: number;
  readonly holderMs: number;
  readonly askerGrew: number;
  readonly holderGrew: number;
}

async function measure(way: string): Promise<Measured> {
  const child = fork(fileURLToPath(import.meta.url), ["serve", way]);
  const line = lineTo(child);
  const isReady = line.next("ready");
  const post = await openPost(way, line);
  const ready = await isReady;
  const bare = await BareStream.connect(ready.type === "ready" ? ready.barePort : 0, moved);
  const mover = await move(post, asker);
  const { store } = mover;

  const hold = async (run: number, nbytes: number): Promise<number> => {
    const held = line.next("held");
    line.send({ type: "hold", run, nbytes });
    const note = await held;
    return note.type === "held" ? note.checksum : NaN;
  };
  const holderCpuMs = async (): Promise<number> => {
    const used = line.next("used");
    line.send({ type: "use" });
    const note = await used;
    return note.type === "used" ? note.cpuMs : NaN;
  };
  const check = (run: number, checksum: number): void => {
    if (crc32(store.get(run) as Uint8Array) !== checksum) throw new Error("the value has changed on its way");
    store.drop(run);
  };

  const checksum = await hold(1, moved);
  const [times, bareTimes]: [number[], number[]] = [[], []];
  let [askerMs, holderMs, bareAskerMs] = [0, 0, 0];
  for (let block = 0; block < blocks; block += 1) {
    for (let i = 0; i <= inBlock; i += 1) {
      const askerAt = cpuMs();
      const ms = await timed(() => bare.fetch());
      if (i === 0) continue;
      bareTimes.push(ms);
      bareAskerMs += cpuMs() - askerAt;
    }
    for (let i = 0; i <= inBlock; i += 1) {
      const [askerAt, holderAt] = [cpuMs(), await holderCpuMs()];
      const ms = await timed(() => mover.fetch(1, moved, holder));
      if (i > 0) {
        times.push(ms);
        askerMs += cpuMs() - askerAt;
        holderMs += (await holderCpuMs()) - holderAt;
      }
      check(1, checksum);
    }
  }
  const largeChecksum = await hold(2, large);
  const watching = line.next("watched");
  line.send({ type: "watch" });
  await watching;
  await collectGarbage();
  const watch = new MemoryWatch();
  await mover.fetch(2, large, holder);
  const askerGrew = watch.end() - large;
  const grew = line.next("grew");
  line.send({ type: "unwatch" });
  const note = await grew;
  check(2, largeChecksum);
  await mover.shell.kill();
  bare.close();
  await post.close();
  child.kill();
  return {
    perSecond: (moved / median(times)) * 1_000,
    ofBare: median(bareTimes) / median(times),
    barePerSecond: (moved / median(bareTimes)) * 1_000,
    askerMs: askerMs / rounds,
    bareAskerMs: bareAskerMs / rounds,
    holderMs: holderMs / rounds,
    askerGrew,
    holderGrew: note.type === "grew" ? note.bytes : NaN,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

function show(what: string, measured: Measured, budget: string): void {
  const { perSecond, ofBare, barePerSecond, askerMs, bareAskerMs, holderMs, askerGrew, holderGrew } =
    measured;
  const megabytes = (bytes: number): string => `${(bytes / mebi).toFixed(0)} MiB`;
  const cells = [
    what,
    `${(perSecond / 1e6).toFixed(0)} MB/s`,
    budget,
    `${ofBare.toFixed(2)} × ${(barePerSecond / 1e6).toFixed(0)} MB/s`,
    `${askerMs.toFixed(0)} ms, bare ${bareAskerMs.toFixed(0)} ms`,
    `${holderMs.toFixed(0)} ms`,
    megabytes(askerGrew),
    megabytes(holderGrew),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

const ways = {
  direct: { name: "direct TCP", budget: "1,000 MB/s, 64 MiB", url: () => Promise.resolve({ url: "direct" }) },
  nats: { name: "NATS", budget: "200 MB/s, 64 MiB", url: sharedNats },
  amqp: { name: "RabbitMQ", budget: "200 MB/s, 64 MiB", url: sharedRabbit },
};

async function main(only: string | undefined): Promise<void> {
  console.log(
    `| 64 MiB values, median of ${rounds} | measured | budget | of a bare socket's | asker's processor | holder's | 1 GiB: asker grows beyond it by | holder grows by |`,
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
  try {
    for (const [way, { name, budget, url }] of Object.entries(ways))
      if (only === undefined || only === way) show(name, await measure((await url()).url), budget);
  } finally {
    await stopShared();
  }
}

const [, , role, way = ""] = process.argv;
if (role === "serve") await serve(way);
else await main(role);
