/**
 * One direct connection: its greeting, and then frames both ways until either end, or a fault, ends it. What was
 * under way then is lost.
 *
 * - Nothing is sent or heard before the greeting is done. A greeting that does not come in time, or is wrong, ends it.
 * - What waits to be written is bounded: `send` refuses what would come on top.
 * - It does not keep the process alive.
 * - Each end gives a sign of life when it has nothing to say; an end that hears nothing for some beats gives up. A
 *   network that has swallowed the connection would say nothing for many minutes.
 */

import { connect, type Socket } from "node:net";
import type { Clock } from "../../actors/runtime/clock.js";
import type { Parcel } from "../../protocol/parcel.js";
import type { FrameLimits } from "./frames.js";
import { FrameReader, signOfLife, writeFrame } from "./frames.js";
import { OutgoingMemories } from "./memories.js";
import type { ReceivePool } from "./receive-pool.js";

/**
 * Bytes that may wait in one connection: what several links may have under way, for a peer that stands still for a
 * moment takes nothing at all. Parcels of a few bytes, such as acknowledgements, may go past it.
 */
const waitingBytes = 32 * 1024 * 1024;
const waitingBytesOfSmall = 2 * waitingBytes;
const beatsUntilSilent = 4;
const keepAliveMs = 10_000;

/** Why a connection ended. `left`: the peer is not announced any more. */
export type ConnectionEnd =
  "closed" | "lost" | "token" | "preamble" | "late" | "size" | "silent" | "left" | "idle" | "full";

export interface ConnectionOwner {
  /** The first bytes have come. An answer to them, if any; or why the connection is to end. */
  greeted(bytes: Uint8Array): { readonly reply: Uint8Array | undefined } | { readonly end: ConnectionEnd };
  /** The greeting is done. */
  ready(): void;
  parcel(to: string, parcel: Parcel): void;
  /** Called once. */
  ended(why: ConnectionEnd): void;
}

export interface ConnectionOptions {
  readonly limits: FrameLimits;
  readonly pool: ReceivePool;
  readonly clock: Clock;
  readonly greetingTimeoutMs: number;
  /** What is awaited first from the other end. */
  readonly greetingBytes: number;
}

export class Connection {
  readonly #owner: ConnectionOwner;
  readonly #reader: FrameReader;
  readonly #memories = new OutgoingMemories();
  readonly #clock: Clock;
  readonly #disarm: () => void;
  #socket: Socket | undefined;
  #state: "greeting" | "open" | "ended" = "greeting";
  #finishing: ConnectionEnd | undefined;
  #isCorked = false;
  #hasHeard = true;
  #hasSpoken = true;
  #silentBeats = 0;
  /** When it last carried a parcel. */
  usedAtMs: number;

  private constructor(options: ConnectionOptions, owner: ConnectionOwner) {
    const { limits, pool, clock, greetingTimeoutMs, greetingBytes } = options;
    this.#owner = owner;
    this.#clock = clock;
    this.usedAtMs = clock.now();
    this.#disarm = clock.setTimer(clock.now() + greetingTimeoutMs, () => this.end("late"));
    this.#reader = new FrameReader(greetingBytes, limits, pool, {
      onGreeting: (bytes) => this.#greeted(bytes),
      onFrame: (to, parcel) => {
        this.usedAtMs = clock.now();
        owner.parcel(to, parcel);
        return this.#state === "open";
      },
      onTooLarge: () => this.end("size"),
    });
  }

  /** Calls a peer, and says hello. What comes back is read straight into the memory where it is to stay. */
  static dial(
    to: { readonly host: string; readonly port: number },
    hello: Uint8Array,
    options: ConnectionOptions,
    owner: ConnectionOwner,
  ): Connection {
    const connection = new Connection(options, owner);
    const socket = connect({
      host: to.host,
      port: to.port,
      onread: {
        buffer: () => connection.#reader.target(),
        callback: (count) => {
          connection.#hasHeard = true;
          connection.#reader.filled(count);
          return true;
        },
      },
    });
    connection.#use(socket);
    socket.write(hello);
    return connection;
  }

  /** Takes up a connection that somebody has made to this process. */
  static accept(socket: Socket, options: ConnectionOptions, owner: ConnectionOwner): Connection {
    const connection = new Connection(options, owner);
    connection.#use(socket);
    socket.on("data", (bytes) => {
      connection.#hasHeard = true;
      connection.#reader.feed(bytes);
    });
    return connection;
  }

  #use(socket: Socket): void {
    this.#socket = socket;
    socket.setNoDelay(true).setKeepAlive(true, keepAliveMs).unref();
    for (const event of ["error", "end", "close"]) socket.on(event, () => this.#lost());
  }

  get isOpen(): boolean {
    return this.#state === "open" && this.#socket?.writable === true;
  }

  /** Hands a parcel to the socket; false when too much waits there already. */
  send(to: string, parcel: Parcel): boolean {
    const socket = this.#socket;
    if (!this.isOpen || socket === undefined) return false;
    const most = parcel.buffers.length > 0 ? waitingBytes : waitingBytesOfSmall;
    if (socket.writableLength > most) return false;
    this.usedAtMs = this.#clock.now();
    this.#hasSpoken = true;
    this.#cork(socket);
    for (const piece of writeFrame(to, parcel, this.#memories)) socket.write(piece);
    return true;
  }

  /** What is sent in one turn goes out in one call. */
  #cork(socket: Socket): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    socket.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      socket.uncork();
    });
  }

  /** Time for a sign of life, and to judge by those of the other end. */
  beat(): void {
    if (this.#state !== "open") return;
    this.#silentBeats = this.#hasHeard ? 0 : this.#silentBeats + 1;
    if (this.#silentBeats >= beatsUntilSilent) {
      this.end("silent");
      return;
    }
    if (!this.#hasSpoken) this.#socket?.write(signOfLife);
    this.#hasHeard = false;
    this.#hasSpoken = false;
  }

  /** Ends it at once; what waits is lost. Idempotent. */
  end(why: ConnectionEnd): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#disarm();
    this.#socket?.destroy();
    this.#owner.ended(why);
  }

  /**
   * Sends nothing more; what waits goes out, and what is on its way is heard, until the other end has closed as well
   * or the time is over.
   */
  finish(why: ConnectionEnd, withinMs: number): Promise<void> {
    const socket = this.#socket;
    if (!this.isOpen || socket === undefined) {
      this.end(why);
      return Promise.resolve();
    }
    this.#finishing = why;
    // For as long as that takes, it is a reason for the process to go on.
    socket.ref().end();
    return new Promise((resolve) => {
      const disarm = this.#clock.setTimer(this.#clock.now() + withinMs, () => this.end(why));
      socket.once("close", () => {
        disarm();
        resolve();
      });
    });
  }

  #lost(): void {
    this.end(this.#finishing ?? "lost");
  }

  #greeted(bytes: Uint8Array): boolean {
    const answer = this.#owner.greeted(bytes);
    if ("end" in answer) {
      this.end(answer.end);
      return false;
    }
    this.#disarm();
    this.#state = "open";
    if (answer.reply !== undefined) this.#socket?.write(answer.reply);
    this.#owner.ready();
    return true;
  }
}
