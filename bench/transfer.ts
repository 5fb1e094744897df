/**
 * Moving values between two processes: over a direct connection, and over NATS where a server is installed; with the
 * links, the transfer cores and the store of values that workers use. Then what one large value adds to the memory of
 * both processes, beyond the value itself.
 *
 *     npx tsx bench/transfer.ts
 */

import { fork, type ChildProcess } from "node:child_process";
import { cpuUsage, memoryUsage } from "node:process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { crc32 } from "node:zlib";
import { peerId } from "../src/protocol/addresses.js";
import { DirectPost } from "../src/transport/direct/direct-post.js";
import type { DirectOptions } from "../src/transport/direct/direct-post.js";
import { NatsTransport } from "../src/transport/nats/nats-transport.js";
import type { Post } from "../src/transport/transport.js";
import { startNats } from "../test/support/brokers/nats-server.js";
import { Mover } from "../test/support/mover.js";

const mebi = 1024 * 1024;
const rounds = 21;
const moved = 64 * mebi;
const large = 1024 * mebi;
const space = { prefix: "skein", cluster: "bench" };
const group = "skein.bench.presence.direct";
const [asker, holder] = [peerId("worker", "asks", "1"), peerId("worker", "holds", "1")];

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Until what was let go of has gone back to the system. */
async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 5; i += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The highest resident size since `base` was taken, looked at all the time. */
class MemoryWatch {
  readonly #base = memoryUsage.rss();
  #peak = this.#base;
  readonly #timer = setInterval(() => this.look(), 5);

  look(): void {
    this.#peak = Math.max(this.#peak, memoryUsage.rss());
  }

  /** Bytes above the base. */
  end(): number {
    clearInterval(this.#timer);
    this.look();
    return this.#peak - this.#base;
  }
}

type Note =
  | { readonly type: "announced"; readonly name: string; readonly info: readonly number[] }
  | { readonly type: "ready" | "watch" | "watched" | "use" }
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
  if (way !== "direct") return NatsTransport.connect({ url: way });
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
  line.send({ type: "ready" });
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
  /** Of the processor, for each value. */
  readonly askerMs: number;
  readonly holderMs: number;
  readonly askerGrew: number;
  readonly holderGrew: number;
}

async function measure(way: string): Promise<Measured> {
  const child = fork(fileURLToPath(import.meta.url), ["serve", way]);
  const line = lineTo(child);
  const isReady = line.next("ready");
  const post = await openPost(way, line);
  await isReady;
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
  const times: number[] = [];
  let askerMs = 0;
  const holderBeforeMs = await holderCpuMs();
  for (let i = 0; i < rounds; i += 1) {
    const [startedAt, cpuAt] = [performance.now(), cpuMs()];
    await mover.fetch(1, moved, holder);
    times.push(performance.now() - startedAt);
    askerMs += cpuMs() - cpuAt;
    check(1, checksum);
  }
  const holderMs = (await holderCpuMs()) - holderBeforeMs;
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
  await post.close();
  child.kill();
  const median = times.slice(1).toSorted((a, b) => a - b)[Math.floor((rounds - 1) / 2)] ?? NaN;
  return {
    perSecond: (moved / median) * 1_000,
    askerMs: askerMs / rounds,
    holderMs: holderMs / rounds,
    askerGrew,
    holderGrew: note.type === "grew" ? note.bytes : NaN,
  };
}

function show(what: string, measured: Measured, budget: string): void {
  const { perSecond, askerMs, holderMs, askerGrew, holderGrew } = measured;
  const megabytes = (bytes: number): string => `${(bytes / mebi).toFixed(0)} MiB`;
  const cells = [
    what,
    `${(perSecond / 1e6).toFixed(0)} MB/s`,
    budget,
    `${askerMs.toFixed(0)} ms`,
    `${holderMs.toFixed(0)} ms`,
    megabytes(askerGrew),
    megabytes(holderGrew),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

async function main(): Promise<void> {
  console.log(
    `| 64 MiB values, median of ${rounds - 1} | measured | budget | asker's processor | holder's | 1 GiB: asker grows beyond it by | holder grows by |`,
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  show("direct TCP", await measure("direct"), "1,000 MB/s, 64 MiB");
  const server = await startNats();
  try {
    show("NATS", await measure(server.url), "200 MB/s, 64 MiB");
  } finally {
    await server.stop();
  }
}

const [, , role, way = ""] = process.argv;
if (role === "serve") await serve(way);
else await main();
