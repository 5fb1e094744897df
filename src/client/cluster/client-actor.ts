/**
 * A client's actor, through all its incarnations: when the scheduler has given one up, or it the scheduler, the next
 * one goes on with the same core, which says again all that it wants. So a future outlives any break.
 */

import { ActorShell } from "../../actors/runtime/actor-shell.js";
import { ClientCore } from "../../actors/client/client.core.js";
import { defaultClientConfig } from "../../actors/client/config.js";
import type { ClientInstruction, ClientNews, ClientStimulus } from "../../actors/client/stimuli.js";
import { ProtocolVersionError } from "../../errors.js";
import { spokenVersions } from "../../protocol/envelope.js";
import type { PeerId } from "../../protocol/addresses.js";
import type { Neighbourhood, ShellPlace } from "../place/neighbourhood.js";

type ClientShell = ActorShell<ClientStimulus, ClientInstruction>;

export interface ClientActorOptions {
  readonly neighbourhood: Neighbourhood;
  readonly name: string;
  readonly hear: (news: ClientNews) => void;
  readonly onFailed: (error: unknown) => void;
}

export class ClientActor {
  readonly #options: ClientActorOptions;
  readonly #core = new ClientCore(defaultClientConfig);
  /** What it is told while no incarnation is up. */
  readonly #waiting: ClientStimulus[] = [];
  readonly #lost = new Set<PeerId>();
  #shell: ClientShell | undefined;
  #unfollow: (() => void) | undefined;
  #scheduler: PeerId | undefined;
  #isOver = false;

  constructor(options: ClientActorOptions) {
    this.#options = options;
  }

  /** Starts the first incarnation. Gives its id. */
  async start(): Promise<PeerId> {
    const id = await this.#begin();
    this.#unfollow = this.#options.neighbourhood.follow((scheduler) => this.#meet(scheduler));
    if (this.#isOver) this.#unfollow();
    return id;
  }

  tell(stimulus: ClientStimulus): void {
    if (this.#shell === undefined) this.#waiting.push(stimulus);
    else this.#shell.tell(stimulus);
  }

  /** Says goodbye, and ends. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#unfollow?.();
    this.tell({ type: "close" });
    await this.#shell?.stop("closed");
  }

  async #begin(): Promise<PeerId> {
    const { neighbourhood, name, hear, onFailed } = this.#options;
    const place: ShellPlace = await neighbourhood.place("client", name);
    const shell: ClientShell = await ActorShell.start<ClientStimulus, ClientInstruction>({
      ...place,
      core: this.#core,
      perform: (news) => {
        if (this.#shell === shell) hear(news);
        if (news.type === "storeChunk") place.giveBack?.(news.bytes);
      },
      onLost: (peer, why) => {
        if (this.#shell !== shell || peer !== this.#scheduler || why === "bye") return;
        if (why === "version") return onFailed(new ProtocolVersionError("client", spokenVersions));
        this.#lost.add(peer);
        if (why === "gaveUp" || neighbourhood.leader === peer) this.#beginAgain(peer);
      },
      onFailed,
    });
    this.#shell = shell;
    for (const stimulus of this.#waiting.splice(0)) shell.tell(stimulus);
    if (this.#isOver) void shell.stop("closed");
    return place.id;
  }

  #meet(scheduler: PeerId): void {
    this.#scheduler = scheduler;
    if (this.#lost.has(scheduler)) this.#beginAgain(scheduler);
    else this.#shell?.link(scheduler);
  }

  #beginAgain(scheduler: PeerId): void {
    if (this.#isOver || this.#shell === undefined) return;
    const old = this.#shell;
    this.#shell = undefined;
    this.#lost.delete(scheduler);
    void old.kill();
    void this.#begin().then(
      () => {
        if (this.#scheduler !== undefined) this.#shell?.link(this.#scheduler);
      },
      (error: unknown) => this.#options.onFailed(error),
    );
  }
}
