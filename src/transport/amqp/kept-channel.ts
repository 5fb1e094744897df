/**
 * A channel that stays: opened again when the broker closes it, and on every new session. While the broker has it
 * closed the transport counts as disconnected, since what went through it may be lost.
 *
 * Invariant: what `setup` has put on a channel is used only while that channel is `channel`.
 */

import type { Channel, ConfirmChannel } from "amqplib";
import type { Connection } from "./connection.js";
import type { Asked } from "./refusals.js";
import { asUserError } from "./refusals.js";
import type { Session } from "./session.js";

const firstRetryMs = 250;
const lastRetryMs = 5_000;

export interface KeptChannelOptions {
  readonly on: "publish" | "consume";
  /** Whether the broker confirms what is published. */
  readonly confirms?: boolean;
  readonly asked: Asked;
  /** Declares and consumes on a new channel; from `isCurrent` it can tell whether the channel still counts. */
  setup(channel: ConfirmChannel, isCurrent: () => boolean): Promise<void>;
  /** The channel is gone, by the broker's doing or with the session. */
  onLost?(): void;
}

export class KeptChannel {
  private readonly connection: Connection;
  private readonly options: KeptChannelOptions;
  private current: ConfirmChannel | undefined;
  private isOver = false;
  private readonly detach: () => void;

  constructor(connection: Connection, options: KeptChannelOptions) {
    this.connection = connection;
    this.options = options;
    this.detach = connection.attach({
      onLost: () => this.lose(),
      onSession: (session) => this.restore(session),
    });
  }

  get channel(): ConfirmChannel | undefined {
    return this.current;
  }

  /** The first opening; rejects, as the user's error, when it is refused. */
  async open(): Promise<void> {
    try {
      await this.openOn(this.connection.reach(this.options.asked.what));
    } catch (error) {
      await this.close();
      this.connection.checkOpen(this.options.asked.what);
      throw asUserError(error, this.connection.url, this.options.asked);
    }
  }

  async close(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    this.detach();
    this.connection.board.noteBroken(this, false);
    const { current } = this;
    this.current = undefined;
    await current?.close().catch(() => undefined);
  }

  private async openOn(session: Session): Promise<void> {
    const model = session[this.options.on];
    const opened: Channel = await (this.options.confirms === true
      ? model.createConfirmChannel()
      : model.createChannel());
    // The types differ in a callback of `publish`, which a channel without confirms ignores.
    const channel = opened as ConfirmChannel;
    let refusal: Error | undefined;
    channel.on("error", (error) => (refusal = error));
    if (this.isOver || session.ended) return void channel.close().catch(() => undefined);
    this.current = channel;
    let isSetUp = false;
    channel.on("close", () => {
      if (this.current !== channel) return;
      this.lose();
      if (isSetUp && !session.ended && !this.connection.isClosing) this.reopen(session, refusal);
    });
    await this.options.setup(channel, () => this.current === channel);
    isSetUp = true;
    if (this.current !== channel && !session.ended && !this.isOver)
      throw refusal ?? new Error("channel closed");
  }

  private lose(): void {
    if (this.current === undefined) return;
    this.current = undefined;
    this.options.onLost?.();
  }

  private reopen(session: Session, refusal: unknown): void {
    this.connection.board.noteBroken(this, true);
    // A connection that ends closes its channels a moment before it is known to have ended.
    setImmediate(() => {
      if (!session.ended)
        this.connection.trouble(asUserError(refusal, this.connection.url, this.options.asked));
    });
    this.retry(session, firstRetryMs);
  }

  private retry(session: Session, waitMs: number): void {
    setTimeout(() => void this.restore(session, waitMs), waitMs).unref();
  }

  private async restore(session: Session, waitMs = firstRetryMs): Promise<void> {
    if (this.isOver || session.ended || this.connection.isClosing) {
      this.connection.board.noteBroken(this, false);
      return;
    }
    try {
      await this.openOn(session);
      this.connection.board.noteBroken(this, false);
    } catch (error) {
      const isMoot = session.ended || this.isOver;
      this.connection.board.noteBroken(this, !isMoot);
      if (isMoot) return;
      this.connection.trouble(asUserError(error, this.connection.url, this.options.asked));
      this.retry(session, Math.min(2 * waitMs, lastRetryMs));
    }
  }
}
