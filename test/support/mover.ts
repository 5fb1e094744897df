/** As much of a worker as moves values: the links, the transfer cores and the store of values, and nothing else. */

import { ActorShell } from "../../src/actors/runtime/actor-shell.js";
import type { Core, RuntimeStimulus } from "../../src/actors/runtime/core.js";
import type { Post } from "../../src/actors/runtime/post.js";
import { systemClock } from "../../src/actors/runtime/system-clock.js";
import { Fetches } from "../../src/actors/transfer/fetches.js";
import { Servings } from "../../src/actors/transfer/servings.js";
import type { SendChunk, SendToPeer, StoreChunk } from "../../src/actors/transfer/transfer.js";
import { defaultTransferConfig } from "../../src/actors/transfer/transfer.js";
import { ValueStore } from "../../src/executor/values/store.js";
import { mailboxName, parsePeerId } from "../../src/protocol/addresses.js";
import type { Namespace } from "../../src/protocol/addresses.js";
import type { Message } from "../../src/protocol/messages.js";

type Stimulus =
  | RuntimeStimulus
  | { readonly type: "want"; readonly run: number; readonly nbytes: number; readonly from: string };
type Instruction = SendToPeer | SendChunk | StoreChunk;

const tickMs = 100;

class MovingCore implements Core<Stimulus, Instruction> {
  readonly #out: Instruction[] = [];
  readonly #fetches = new Fetches(defaultTransferConfig, this.#out);
  readonly #servings: Servings;
  #tickAt = 0;

  constructor(sizeOf: (run: number) => number | undefined) {
    this.#servings = new Servings(defaultTransferConfig, { sizeOf, keyOf: () => undefined }, this.#out);
  }

  handle(stimulus: Stimulus, at: number): void {
    if (stimulus.type === "want")
      this.#fetches.want(stimulus.run, `k${stimulus.run}`, stimulus.nbytes, [stimulus.from]);
    else if (stimulus.type === "message") this.#hear(stimulus.from, stimulus.message, at, stimulus.streams);
    else if (stimulus.type === "linkReset") this.#fetches.linkReset(stimulus.peer);
    else if (stimulus.type === "peerLost") {
      this.#fetches.peerLost(stimulus.peer);
      this.#servings.peerLost(stimulus.peer);
    } else if (stimulus.type === "tick") {
      this.#tickAt = at + tickMs;
      this.#fetches.tick(at);
      this.#servings.tick(at);
    }
    this.#fetches.pump(at);
  }

  #hear(from: string, message: Message, at: number, streams?: true): void {
    if (message.kind === "get") this.#servings.get(from, message.id, message.runs, message.credit, at);
    if (message.kind === "credit") this.#servings.credit(from, message.id, message.bytes, at, streams);
    if (message.kind === "chunk") this.#fetches.chunk(from, message, at);
  }

  drain(): Instruction[] {
    return this.#out.splice(0);
  }

  nextTimer(): number {
    return this.#tickAt;
  }
}

export interface MoverOptions {
  readonly space: Namespace;
  readonly post: Post;
  readonly id: string;
  /** Memory of a chunk that has been stored. */
  readonly giveBack?: (bytes: Uint8Array) => void;
}

export class Mover {
  readonly store = new ValueStore("");
  readonly id: string;
  #shell: ActorShell<Stimulus, Instruction> | undefined;
  readonly #options: MoverOptions;
  readonly #whole = new Map<number, () => void>();

  private constructor(options: MoverOptions) {
    this.#options = options;
    this.id = options.id;
  }

  static async start(options: MoverOptions): Promise<Mover> {
    const mover = new Mover(options);
    const { id, post, space } = options;
    const { role = "worker", name = id } = parsePeerId(id) ?? {};
    mover.#shell = await ActorShell.start<Stimulus, Instruction>({
      id,
      hello: { kind: "hello", role, name, versions: [1, 1] },
      core: new MovingCore((run) => mover.#bytes(run)?.length),
      post,
      address: (peer) => mailboxName(space, peer),
      clock: systemClock,
      perform: (instruction) => mover.#perform(instruction as SendChunk | StoreChunk),
      onFailed: (error) => {
        throw error;
      },
    });
    return mover;
  }

  get shell(): ActorShell<Stimulus, Instruction> {
    if (this.#shell === undefined) throw new Error("it has not started");
    return this.#shell;
  }

  /** Resolves when the value is in the store. */
  fetch(run: number, nbytes: number, from: string): Promise<void> {
    return new Promise((resolve) => {
      this.#whole.set(run, resolve);
      this.shell.tell({ type: "want", run, nbytes, from });
    });
  }

  #bytes(run: number): Uint8Array | undefined {
    // Nothing is spilled here, so nothing has to be waited for.
    return this.store.get(run) as Uint8Array | undefined;
  }

  #perform(instruction: SendChunk | StoreChunk): void {
    if (instruction.type === "storeChunk") {
      const { run, offset, total, bytes } = instruction;
      this.store.putChunk(run, offset, total, bytes);
      this.#options.giveBack?.(bytes);
      if (offset + bytes.length === total) this.#whole.get(run)?.();
      return;
    }
    const { to, id, run, offset, length, total } = instruction;
    const bytes = this.#bytes(run)?.subarray(offset, offset + length) ?? new Uint8Array();
    this.shell.send(to, { kind: "chunk", id, run, offset, total, bytes });
  }
}
