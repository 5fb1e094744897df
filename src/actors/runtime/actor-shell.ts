/**
 * Runs one actor: its core, its mailbox with the links over it, and its timers.
 *
 * - Nothing re-enters the core: stimuli are handed over one by one; what it asks for is carried out once a turn,
 *   after the stimuli of that turn, so that one turn makes few messages.
 * - One timer is armed at a time, for the earliest of what core and links want.
 * - When core or hands throw, the shell stops at once, says goodbye and reports; it never goes on with a core that
 *   may be broken. A supervisor starts a new incarnation with a new core (supervisor.ts).
 */

import type { PeerId } from "../../protocol/addresses.js";
import type { Codec } from "../../protocol/codec/codec.js";
import { createCodec } from "../../protocol/codec/codec.js";
import type { Limits } from "../../protocol/limits.js";
import { defaultLimits } from "../../protocol/limits.js";
import type { Hello, Message } from "../../protocol/messages.js";
import type { Timing } from "../../protocol/timing.js";
import { defaultTiming } from "../../protocol/timing.js";
import type { Clock } from "./clock.js";
import type { Core, PeerLostWhy, RuntimeInstruction, RuntimeStimulus } from "./core.js";
import type { Counters, ShellRefusal } from "./counters.js";
import { Links } from "./links.js";
import type { Mailbox, Post, PostStatus } from "./post.js";

export interface ShellOptions<Stimulus, Instruction extends { readonly type: string }> {
  readonly id: PeerId;
  readonly hello: Hello;
  readonly core: Core<Stimulus, Instruction>;
  readonly post: Post;
  /** Where a peer's mailbox is on the bus: `(peer) => mailboxName(space, peer)`. */
  readonly address: (peer: PeerId) => string;
  readonly clock: Clock;
  /** Does what of the core's instructions is not the runtime's. May call `tell`. */
  readonly perform: (instruction: Exclude<Instruction, RuntimeInstruction>) => void;
  /** Called when the core or `perform` threw; by then the shell has stopped. */
  readonly onFailed: (error: unknown) => void;
  /** A stimulus that is to come before each tick, such as what a worker's host has measured. */
  readonly beforeTick?: () => Stimulus;
  /** A peer has heard this actor at `atMs` or later: what it acknowledged was sent then. */
  readonly onConfirmed?: (peer: PeerId, atMs: number) => void;
  /** An incarnation is gone for good, after the core was told. */
  readonly onLost?: (peer: PeerId, why: PeerLostWhy) => void;
  readonly onRefused?: (why: ShellRefusal, detail: string, from: PeerId | undefined) => void;
  readonly timing?: Timing;
  readonly limits?: Limits;
  readonly codec?: Codec;
  /** False: links never resend, they start afresh. */
  readonly resend?: boolean;
  /** Checks the core's and the links' invariants after every stimulus. */
  readonly validate?: boolean;
}

export class ActorShell<Stimulus, Instruction extends { readonly type: string }> {
  readonly id: PeerId;
  private readonly options: ShellOptions<Stimulus, Instruction>;
  private readonly links: Links;
  private readonly timing: Timing;
  private mailbox: Mailbox | undefined;
  private unwatch: (() => void) | undefined;
  private state: "running" | "stopped" = "running";
  private isFlushDue = false;
  private isBusDown = false;
  private armedAt = Infinity;
  private disarm: (() => void) | undefined;

  private constructor(options: ShellOptions<Stimulus, Instruction>) {
    this.id = options.id;
    this.options = options;
    this.timing = options.timing ?? defaultTiming;
    const { id, hello, address, clock, post } = options;
    this.links = new Links(
      {
        id,
        hello,
        address,
        clock,
        codec: options.codec ?? createCodec(options.limits),
        timing: this.timing,
        limits: options.limits ?? defaultLimits,
        resend: options.resend ?? true,
        parcelBytes: post.limits.parcelBytes,
      },
      {
        onMessage: (from, message) =>
          this.inform({ type: "message", from, message, ...this.way(from, message) }),
        onUp: (peer, hello, first) =>
          this.inform(
            first ? { type: "peerUp", peer, hello, ...this.near(peer) } : { type: "linkReset", peer },
          ),
        onLost: (peer, why) => {
          this.inform({ type: "peerLost", peer, why });
          options.onLost?.(peer, why);
        },
        onPressure: (peer, full) => this.inform({ type: full ? "linkFull" : "linkDrained", peer }),
        onStale: (from, why, epoch) => this.inform({ type: "stale", from, why, epoch }),
        onConfirmed: (peer, atMs) => options.onConfirmed?.(peer, atMs),
        onRefused: (why, detail, from) => options.onRefused?.(why, detail, from),
        onTimer: (atMs) => this.arm(atMs),
      },
    );
  }

  /** Opens the mailbox and starts. Resolves when others can reach it. */
  static async start<S, I extends { readonly type: string }>(
    options: ShellOptions<S, I>,
  ): Promise<ActorShell<S, I>> {
    const shell = new ActorShell(options);
    const { post, address, id } = options;
    shell.mailbox = await post.mailbox(address(id), {
      onParcel: (parcel) => shell.guard(() => shell.links.receive(parcel)),
      onNobody: (at) => shell.guard(() => shell.links.nobody(at)),
    });
    shell.links.use(shell.mailbox);
    shell.unwatch = post.watch((status) => shell.guard(() => shell.onStatus(status)));
    if (post.status !== "connected") shell.guard(() => shell.onStatus(post.status));
    shell.flushLater();
    return shell;
  }

  get isRunning(): boolean {
    return this.state === "running";
  }

  get counters(): Readonly<Counters> {
    return this.links.counters;
  }

  /** Peers with which there is a link. */
  get peers(): readonly PeerId[] {
    return this.links.peers;
  }

  /** Gives the core a stimulus of its owner's. */
  tell(stimulus: Stimulus): void {
    this.guard(() => this.feed(stimulus));
  }

  /** Sends a message that the core's hands have made, such as one that carries a value. */
  send(to: PeerId, message: Message): void {
    this.guard(() => this.links.send(to, message));
  }

  private near(peer: PeerId): { readonly sharesMemory?: true } {
    const { post, address } = this.options;
    return post.sharesMemory?.(address(this.id), address(peer)) === true ? { sharesMemory: true } : {};
  }

  private way(peer: PeerId, { kind }: Message): { readonly streams?: true } {
    if (kind !== "get" && kind !== "credit") return {};
    const { post, address } = this.options;
    return post.streams?.(address(this.id), address(peer)) === true ? { streams: true } : {};
  }

  /** Opens the link to a peer without anything to say yet; the core hears of it by `peerUp`. */
  link(peer: PeerId): void {
    this.guard(() => this.links.open(peer));
  }

  /** Whether a message sent now goes out at once. */
  isWritable(peer: PeerId): boolean {
    return this.links.isWritable(peer);
  }

  /** Carries out what the core has asked for, says goodbye to everyone, and ends. Idempotent. */
  async stop(reason: string): Promise<void> {
    this.guard(() => this.flush());
    this.guard(() => this.links.close(reason));
    this.end();
    await this.mailbox?.close();
  }

  /** Ends without a word, as a crash would. */
  async kill(): Promise<void> {
    this.end();
    await this.mailbox?.close();
  }

  private inform(stimulus: RuntimeStimulus): void {
    // Which messages may come is checked by the links (directions.ts), so this is what the core is written for.
    this.feed(stimulus as Stimulus);
  }

  private feed(stimulus: Stimulus): void {
    this.options.core.handle(stimulus, this.options.clock.now());
    if (this.options.validate === true) {
      this.options.core.validate?.();
      this.links.validate();
    }
    this.flushLater();
  }

  private flushLater(): void {
    if (this.isFlushDue) return;
    this.isFlushDue = true;
    this.options.clock.defer(() => this.guard(() => this.flush()));
  }

  private flush(): void {
    this.isFlushDue = false;
    for (const instruction of this.options.core.drain()) this.carryOut(instruction);
    const next = this.options.core.nextTimer();
    if (next !== undefined) this.arm(next);
  }

  private carryOut(instruction: Instruction): void {
    const known = instruction as unknown as RuntimeInstruction;
    switch (known.type) {
      case "send":
        this.links.send(known.to, known.message);
        break;
      case "forget":
        this.links.forget(known.peer);
        break;
      case "lead":
        this.links.lead(known.epoch);
        break;
      default:
        this.options.perform(instruction as Exclude<Instruction, RuntimeInstruction>);
    }
  }

  private arm(atMs: number): void {
    if (atMs >= this.armedAt || this.state === "stopped") return;
    this.disarm?.();
    this.armedAt = atMs;
    this.disarm = this.options.clock.setTimer(atMs, () => this.guard(() => this.wake(atMs)));
  }

  private wake(dueMs: number): void {
    this.armedAt = Infinity;
    const { clock, core, beforeTick } = this.options;
    const now = clock.now();
    const lateMs = now - dueMs;
    if (lateMs > this.timing.stallMs) {
      this.links.stalled(lateMs);
      this.inform({ type: "stalled", ms: lateMs });
    }
    const linksNext = this.links.tick(now);
    if ((core.nextTimer() ?? Infinity) <= now) {
      if (beforeTick !== undefined) this.feed(beforeTick());
      this.inform({ type: "tick" });
    }
    this.arm(Math.min(linksNext, core.nextTimer() ?? Infinity));
  }

  private onStatus(status: PostStatus): void {
    if (status === "closed") {
      this.end();
      return;
    }
    this.links.bus(status === "connected" ? "up" : status === "blocked" ? "blocked" : "down");
    // Nobody is heard who cannot speak: a bus that takes nothing silences the others as one that is away does.
    const isDown = status !== "connected";
    if (isDown !== this.isBusDown) this.inform({ type: isDown ? "busDown" : "busUp" });
    this.isBusDown = isDown;
  }

  /** Runs a piece of the actor; an error ends the actor, not its process. */
  private guard(run: () => void): void {
    if (this.state === "stopped") return;
    try {
      run();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    try {
      this.links.close("failed");
    } catch {
      // The links may be what failed; peers will notice the silence.
    }
    this.end();
    void this.closeMailbox();
    this.options.onFailed(error);
  }

  /** Where it cannot be closed, the bus has no more of it than this actor. */
  private async closeMailbox(): Promise<void> {
    await this.mailbox?.close().catch(() => undefined);
  }

  private end(): void {
    this.state = "stopped";
    this.disarm?.();
    this.unwatch?.();
  }
}
