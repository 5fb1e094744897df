/**
 * Moving values between two processes: over a direct connection, and over NATS where a server is installed; with the
 * links, the transfer cores and the store of values that workers use. Then what one large value adds to the memory of
 * both processes, beyond the value itself.
 *
 *     npx tsx bench/transfer.ts
 */

import { fork, type ChildProcess } from "node:child_process";
import { memoryUsage } from "node:process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { crc32 } from "node:zlib";
import { ActorShell } from "../src/actors/runtime/actor-shell.js";
import type { Core, RuntimeStimulus } from "../src/actors/runtime/core.js";
import { systemClock } from "../src/actors/runtime/system-clock.js";
import { Fetches } from "../src/actors/transfer/fetches.js";
import { Servings } from "../src/actors/transfer/servings.js";
import type { SendChunk, SendToPeer, StoreChunk } from "../src/actors/transfer/transfer.js";
import { defaultTransferConfig } from "../src/actors/transfer/transfer.js";
import { ValueStore } from "../src/executor/values/store.js";
import { mailboxName, peerId } from "../src/protocol/addresses.js";
import { DirectPost } from "../src/transport/direct/direct-post.js";
import type { DirectOptions } from "../src/transport/direct/direct-post.js";
import { NatsTransport } from "../src/transport/nats/nats-transport.js";
import type { Post } from "../src/transport/transport.js";
import { startNats } from "../test/support/brokers/nats-server.js";

const mebi = 1024 * 1024;
const rounds = 21;
const moved = 64 * mebi;
const large = 1024 * mebi;
const space = { prefix: "skein", cluster: "bench" };
const group = "skein.bench.presence.direct";
const [asker, holder] = [peerId("worker", "asks", "1"), peerId("worker", "holds", "1")];

type Stimulus = RuntimeStimulus | { readonly type: "want"; readonly run: number };
type Instruction = SendToPeer | SendChunk | StoreChunk;

/** As much of a worker as moves values. */
class MovingCore implements Core<Stimulus, Instruction> {
  readonly #out: Instruction[] = [];
  readonly #fetches = new Fetches(defaultTransferConfig, this.#out);
  readonly #servings: Servings;

  constructor(sizeOf: (run: number) => number | undefined) {
    this.#servings = new Servings(defaultTransferConfig, { sizeOf }, this.#out);
  }

  handle(stimulus: Stimulus, at: number): void {
    if (stimulus.type === "want") this.#fetches.want(stimulus.run, "value", moved, [holder]);
    if (stimulus.type === "linkReset") this.#fetches.linkReset(stimulus.peer);
    if (stimulus.type === "message") {
      const { from, message } = stimulus;
      if (message.kind === "get") this.#servings.get(from, message.id, message.runs, message.credit, at);
      if (message.kind === "credit") this.#servings.credit(from, message.id, message.bytes, at);
      if (message.kind === "chunk") this.#fetches.chunk(from, message, at);
    }
    this.#fetches.pump(at);
  }

  drain(): Instruction[] {
    return this.#out.splice(0);
  }

  nextTimer(): undefined {
    return undefined;
  }
}

async function mover(post: Post, id: string, store: ValueStore, onWhole: (run: number) => void) {
  const bytesOf = (run: number): Uint8Array | undefined => store.get(run) as Uint8Array | undefined;
  const shell: ActorShell<Stimulus, Instruction> = await ActorShell.start<Stimulus, Instruction>({
    id,
    hello: { kind: "hello", role: "worker", name: id, versions: [1, 1] },
    core: new MovingCore((run) => bytesOf(run)?.length),
    post,
    address: (peer) => mailboxName(space, peer),
    clock: systemClock,
    perform(instruction) {
      if (instruction.type === "storeChunk") {
        const { run, offset, total, bytes } = instruction;
        store.putChunk(run, offset, total, bytes);
        if (post instanceof DirectPost) post.giveBack(bytes);
        if (offset + bytes.length === total) onWhole(run);
        return;
      }
      const { to, id: get, run, offset, length, total } = instruction as SendChunk;
      const bytes = bytesOf(run)?.subarray(offset, offset + length) ?? new Uint8Array();
      shell.send(to, { kind: "chunk", id: get, run, offset, total, bytes });
    },
    onFailed: (error) => {
      throw error;
    },
  });
  return shell;
}

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
  | { readonly type: "ready" | "watch" | "watched" }
  | { readonly type: "hold"; readonly run: number; readonly nbytes: number }
  | { readonly type: "held"; readonly checksum: number }
  | { readonly type: "unwatch" }
  | { readonly type: "grew"; readonly bytes: number };

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

/** The process that has the values: does what it is told over its pipe. */
async function serve(way: string): Promise<void> {
  const line: Line = {
    send: (note) => void process.send?.(note),
    hear: (listener) => void process.on("message", listener),
  };
  const store = new ValueStore("");
  const post = await openPost(way, line);
  await mover(post, holder, store, () => undefined);
  let watch: MemoryWatch | undefined;
  line.hear((note) => {
    if (note.type === "hold") {
      const bytes = new Uint8Array(new SharedArrayBuffer(note.nbytes));
      for (let at = 0; at < bytes.length; at += 1_000) bytes[at] = (at * 2_654_435_761) >>> 24;
      store.put(note.run, bytes.fill(7, 0, 500));
      // Every page of it is in memory before it is moved.
      line.send({ type: "held", checksum: crc32(bytes) });
    }
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
  readonly askerGrew: number;
  readonly holderGrew: number;
}

async function measure(way: string): Promise<Measured> {
  const child = fork(fileURLToPath(import.meta.url), ["serve", way]);
  const line = lineTo(child);
  const announced: Note[] = [];
  line.hear((note) => void (note.type === "announced" && announced.push(note)));
  const isReady = line.next("ready");
  const post = await openPost(way, line);
  await isReady;
  const store = new ValueStore("");
  let whole: () => void = () => undefined;
  const shell = await mover(post, asker, store, () => whole());

  const hold = async (run: number, nbytes: number): Promise<number> => {
    const held = line.next("held");
    line.send({ type: "hold", run, nbytes });
    const note = await held;
    return note.type === "held" ? note.checksum : NaN;
  };
  const fetch = (run: number): Promise<void> =>
    new Promise((resolve) => {
      whole = resolve;
      shell.tell({ type: "want", run });
    });
  const check = (run: number, checksum: number): void => {
    if (crc32(store.get(run) as Uint8Array) !== checksum) throw new Error("the value has changed on its way");
    store.drop(run);
  };

  const checksum = await hold(1, moved);
  const times: number[] = [];
  for (let i = 0; i < rounds; i += 1) {
    const startedAt = performance.now();
    await fetch(1);
    times.push(performance.now() - startedAt);
    check(1, checksum);
  }
  const largeChecksum = await hold(2, large);
  const watching = line.next("watched");
  line.send({ type: "watch" });
  await watching;
  await collectGarbage();
  const watch = new MemoryWatch();
  await fetch(2);
  const askerGrew = watch.end() - large;
  const grew = line.next("grew");
  line.send({ type: "unwatch" });
  const note = await grew;
  check(2, largeChecksum);
  await shell.kill();
  await post.close();
  child.kill();
  const median = times.slice(1).toSorted((a, b) => a - b)[Math.floor((rounds - 1) / 2)] ?? NaN;
  return {
    perSecond: (moved / median) * 1_000,
    askerGrew,
    holderGrew: note.type === "grew" ? note.bytes : NaN,
  };
}

function show(what: string, { perSecond, askerGrew, holderGrew }: Measured, budget: string): void {
  const megabytes = (bytes: number): string => `${(bytes / mebi).toFixed(0)} MiB`;
  console.log(
    `| ${what} | ${(perSecond / 1e6).toFixed(0)} MB/s | ${budget} | ${megabytes(askerGrew)} | ${megabytes(holderGrew)} |`,
  );
}

async function main(): Promise<void> {
  console.log(
    `| 64 MiB values, median of ${rounds - 1} | measured | budget | 1 GiB: asker grows beyond it by | holder grows by |`,
  );
  console.log("| --- | --- | --- | --- | --- |");
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
