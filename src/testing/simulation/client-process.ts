/**
 * A client of a simulated cluster: a real core in a process, and the futures of its user. When its scheduler has given
 * it up, it goes on as a new incarnation with the same core; what it wants it says again.
 */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
import { ClientCore } from "../../actors/client/client.core.js";
import { defaultClientConfig } from "../../actors/client/config.js";
import { inlineOutcome } from "../../actors/client/outcome.js";
import type { ClientInstruction, ClientStimulus, Outcome } from "../../actors/client/stimuli.js";
import type { RuntimeInstruction } from "../../actors/runtime/core.js";
import { peerId, type PeerId } from "../../protocol/addresses.js";
import { spokenVersions } from "../../protocol/envelope.js";
import type { StatusError } from "../../protocol/messages.js";
import { InvariantBroken } from "./ledger.js";
import type { Process } from "./process.js";
import type { SimulatedTask } from "./simulated-task.js";
import { submissionOf } from "./submission.js";
import type { BusPost } from "./virtual-bus.js";
import { WatchedCore } from "./watched-core.js";
import type { World } from "./world.js";

type News = Exclude<ClientInstruction, RuntimeInstruction>;

const reconnectMs = 200;

/** What the user of a client sees of a key. */
export interface SimulatedFuture {
  readonly key: string;
  /** Wanted by name only: somebody else has submitted it. */
  readonly isForeign: boolean;
  /** The user waits for the value, not only for the end. */
  readonly wantsValue: boolean;
  outcome: Outcome;
  /** The value, once it was here. */
  value: number | undefined;
  error: StatusError | undefined;
}

interface Life {
  readonly id: PeerId;
  readonly process: Process;
  readonly post: BusPost;
  shell: ActorShell<ClientStimulus, ClientInstruction> | undefined;
}

export class ClientProcess {
  readonly name: string;
  readonly core: ClientCore;
  readonly futures = new Map<string, SimulatedFuture>();
  life: Life | undefined;
  /** The scheduler it met last. */
  met: PeerId | undefined;
  /** It has said goodbye, or is no more. */
  isGone = false;
  /**
   * Keys it has ever cancelled, with all that needs them. That it was cancelled may be heard so late that the key is
   * wanted again by then.
   */
  readonly cancelled = new Set<string>();
  /** How the futures of this client ended, those that were let go of included. */
  readonly ends: string[] = [];
  readonly #world: World;
  readonly #arriving = new Map<number, Uint8Array>();

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.core = new ClientCore({
      ...defaultClientConfig,
      chunkBytes: 300,
      creditBytes: 600,
      fetchBatchBytes: 2_000,
      fetchesOut: 4,
    });
  }

  async start(): Promise<void> {
    const world = this.#world;
    const { timing, limits, codec, resend, address, trace, validateEvery } = world;
    const id = peerId("client", this.name, world.incarnation());
    const process = world.process(id);
    const life: Life = { id, process, post: world.bus.connect(process), shell: undefined };
    this.life = life;
    life.shell = await ActorShell.start<ClientStimulus, ClientInstruction>({
      id,
      hello: { kind: "hello", role: "client", name: this.name, versions: spokenVersions },
      core: new WatchedCore<ClientStimulus, ClientInstruction>(this.core, {
        name: id,
        trace,
        validateEvery: Math.min(4, validateEvery),
        onStimulus: (stimulus) => this.#hear(life, stimulus),
      }),
      post: life.post,
      address,
      clock: process.clock,
      perform: (news) => this.#perform(news),
      onFailed: world.fail,
      timing,
      limits,
      codec,
      resend,
      validate: validateEvery === 1,
    });
    if (this.life === life && world.leader !== undefined) this.meet(world.leader);
  }

  meet(scheduler: PeerId): void {
    const { life } = this;
    life?.process.enter(() => life.shell?.link(scheduler));
  }

  // ---- what its user does -------------------------------------------------------------------------------------

  submit(graphId: string, tasks: readonly SimulatedTask[], wants: ReadonlySet<string>, parts: number): void {
    for (const key of wants) this.#hold(key, false, true);
    const partTasks = Math.ceil(tasks.length / parts);
    const submits = submissionOf({ graphId, tasks, wants, priority: 0, retries: 0, partTasks });
    this.#tell({ type: "submit", parts: submits, wants: [...wants] });
    this.#tell({ type: "need", keys: [...wants] });
  }

  want(keys: readonly string[]): void {
    for (const key of keys) this.#hold(key, true, true);
    this.#tell({ type: "want", keys });
    this.#tell({ type: "need", keys });
  }

  release(keys: readonly string[]): void {
    for (const key of keys) this.ends.push(this.futures.get(key)?.outcome.state ?? "unknown");
    const mine = keys.filter((key) => this.futures.delete(key));
    if (mine.length > 0) this.#tell({ type: "release", keys: mine });
  }

  cancel(keys: readonly string[]): void {
    const mine = keys.filter((key) => this.futures.has(key));
    if (mine.length === 0) return;
    const doomed = new Set(mine);
    // Definitions stand in order: inputs before what needs them.
    for (const { key, inputs, after } of this.#world.oracle.tasks.values()) {
      if ([...inputs, ...after].some((input) => doomed.has(input))) doomed.add(key);
    }
    for (const key of doomed) this.cancelled.add(key);
    this.#tell({ type: "cancel", keys: mine, reason: "its user said so" });
  }

  retry(keys: readonly string[]): void {
    const mine = keys.filter((key) => this.futures.get(key)?.error !== undefined);
    if (mine.length === 0) return;
    for (const key of mine) {
      const future = this.futures.get(key) as SimulatedFuture;
      future.error = undefined;
      future.outcome = { state: "pending" };
    }
    this.#tell({ type: "retry", keys: mine });
    this.#tell({ type: "need", keys: mine });
  }

  /** Says goodbye. */
  close(): void {
    const { life } = this;
    this.isGone = true;
    life?.process.enter(() => {
      life.shell?.tell({ type: "close" });
      void life.shell?.stop("closed");
    });
  }

  crash(): void {
    this.isGone = true;
    this.#end();
  }

  /** Futures that have not come to their end. */
  get open(): SimulatedFuture[] {
    if (this.isGone) return [];
    return [...this.futures.values()].filter(
      ({ outcome, wantsValue, value, error }) =>
        error === undefined &&
        (outcome.state === "pending" || (outcome.state === "finished" && wantsValue && value === undefined)),
    );
  }

  #hold(key: string, isForeign: boolean, wantsValue: boolean): void {
    const known = this.futures.get(key);
    if (known !== undefined) {
      if (known.outcome.state !== "cancelled" && known.outcome.state !== "lost") return;
      known.error = undefined;
      known.outcome = { state: "pending" };
      return;
    }
    this.futures.set(key, {
      key,
      isForeign,
      wantsValue,
      outcome: { state: "pending" },
      value: undefined,
      error: undefined,
    });
  }

  #tell(stimulus: ClientStimulus): void {
    const { life } = this;
    if (life === undefined || life.shell === undefined) this.core.handle(stimulus, this.#world.clock.now());
    else life.process.enter(() => life.shell?.tell(stimulus));
  }

  // ---- what it hears ------------------------------------------------------------------------------------------

  #perform(news: News): void {
    switch (news.type) {
      case "settled":
        return this.#settled(news.key, news.outcome);
      case "finished":
        for (const row of news.rows) this.#settled(news.keys[row] as string, inlineOutcome(news.values, row));
        return;
      case "storeChunk": {
        const { run, offset, total, bytes } = news;
        let value = this.#arriving.get(run);
        if (value?.length !== total) this.#arriving.set(run, (value = new Uint8Array(total)));
        value.set(bytes, offset);
        return;
      }
      case "value": {
        const bytes = this.#arriving.get(news.run);
        this.#arriving.delete(news.run);
        const future = this.futures.get(news.key);
        if (future === undefined) return;
        if (bytes === undefined)
          throw new InvariantBroken("I3", `${this.name} has no bytes of ${news.key}`, news.key);
        this.#arrived(future, news.run, bytes);
        return;
      }
      case "refused":
        throw new InvariantBroken(
          "I2",
          `graph ${news.graphId} was refused: ${news.error.error.message}`,
          news.keys[0],
        );
      case "answer":
      case "event":
      case "put":
        return;
    }
  }

  #settled(key: string, outcome: Outcome): void {
    const future = this.futures.get(key);
    // An end is an end: who waited for the value was told why there is none.
    if (future === undefined || future.error !== undefined) return;
    future.outcome = outcome;
    if (outcome.state === "finished") {
      const { run, inline } = outcome.located;
      if (inline !== undefined) this.#arrived(future, run, inline);
    } else if (outcome.state !== "pending") future.error = outcome.error;
  }

  #arrived(future: SimulatedFuture, run: number, bytes: Uint8Array): void {
    future.value = this.#world.ledger.read(future.key, run, bytes, this.name);
  }

  #hear(life: Life, stimulus: ClientStimulus): void {
    const { leader } = this.#world;
    if (stimulus.type === "peerUp" && stimulus.hello.role === "scheduler") this.met = stimulus.peer;
    const isLost = stimulus.type === "peerLost" && stimulus.peer === leader;
    const isDead = stimulus.type === "stale" && stimulus.why === "dead" && stimulus.from === leader;
    if ((isLost || isDead) && !this.isGone) this.#world.later(0, () => this.#reconnect(life));
  }

  /** The same core under a new name: to its old one the scheduler does not talk any more. */
  #reconnect(life: Life): void {
    if (this.life !== life || this.isGone) return;
    const peers = life.shell?.peers ?? [];
    this.#end();
    const now = this.#world.clock.now();
    for (const peer of peers) this.core.handle({ type: "peerLost", peer, why: "silent" }, now);
    this.#world.later(reconnectMs, () => {
      if (!this.isGone) this.#world.launch(() => this.start());
    });
  }

  #end(): void {
    const { life } = this;
    this.life = undefined;
    life?.process.kill();
    void life?.shell?.kill();
  }
}
