/**
 * The connection to the broker, which is made anew for ever once it has been made: 250 ms and a little more after it
 * ended. What lives on it (channels, leases, announcements) is attached as a part: told when it is lost, and asked
 * to restore itself on the next session before the status says `connected` again.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Channel } from "amqplib";
import { BusUnreachableError, NotConnectedError, TransportClosedError } from "../../errors.js";
import type { Dial } from "./dial.js";
import { openSession } from "./dial.js";
import type { Asked } from "./refusals.js";
import { asUserError, finalRefusal } from "./refusals.js";
import type { Session } from "./session.js";
import { StatusBoard } from "./status-board.js";

export interface Part {
  /** The session is over. */
  onLost?(): void;
  /** A new one is there. Never rejects: a part that cannot restore itself tries on, and says so on the board. */
  onSession?(session: Session): Promise<void>;
}

const waitMs = 250;
const jitterMs = 100;
/** After a refusal, which somebody has to mend first. */
const refusedWaitMs = 5_000;
const closeWithinMs = 5_000;
const lookAgainMs = 20;

export class Connection {
  readonly board = new StatusBoard();
  readonly url: string;
  readonly trouble: (error: Error) => void;
  private readonly dial: Dial;
  private readonly dialTimeoutMs: number;
  private readonly parts = new Set<Part>();
  private current: Session | undefined;
  private readonly closing = new AbortController();

  constructor(dial: Dial, dialTimeoutMs: number, trouble: (error: Error) => void) {
    this.dial = dial;
    this.url = dial.url;
    this.dialTimeoutMs = dialTimeoutMs;
    this.trouble = trouble;
  }

  get session(): Session | undefined {
    return this.current;
  }

  get isClosing(): boolean {
    return this.closing.signal.aborted;
  }

  /** The first connect. @throws BusUnreachableError, BusRefusedError */
  async begin(): Promise<void> {
    const giveUpAt = performance.now() + this.dialTimeoutMs;
    for (;;) {
      try {
        this.adopt(await openSession(this.dial, giveUpAt - performance.now()));
        return;
      } catch (error) {
        const refusal = finalRefusal(error, this.url, this.dial.user, this.dial.vhost);
        if (refusal !== undefined) throw refusal;
        if (performance.now() + waitMs >= giveUpAt) throw unreachable(this.url, this.dialTimeoutMs, error);
        await sleep(waitMs);
      }
    }
  }

  attach(part: Part): () => void {
    this.parts.add(part);
    return () => void this.parts.delete(part);
  }

  checkOpen(what: string): void {
    if (this.isClosing) throw new TransportClosedError(this.url, what);
  }

  /** The session there is. @throws TransportClosedError, NotConnectedError */
  reach(what: string): Session {
    this.checkOpen(what);
    const { current } = this;
    if (current === undefined || current.ended) throw new NotConnectedError(this.url, what);
    return current;
  }

  /**
   * Tries for as long as all that is in the way is that the connection is down.
   *
   * @throws TransportClosedError, and what the broker refuses.
   */
  async patiently<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof NotConnectedError)) throw error;
      }
      // A channel may end a moment before its connection is known to have ended.
      do await sleep(lookAgainMs);
      while (!this.board.isUp && !this.isClosing);
    }
  }

  /** Runs something on a channel of its own; an answer of the broker's that closes the channel hurts nobody else. */
  async ask<T>(asked: Asked, run: (channel: Channel) => Promise<T>): Promise<T> {
    const session = this.reach(asked.what);
    try {
      const channel = await session.consume.createChannel();
      let isOpen = true;
      channel.on("error", () => undefined);
      channel.on("close", () => (isOpen = false));
      try {
        return await run(channel);
      } finally {
        if (isOpen) void channel.close().catch(() => undefined);
      }
    } catch (error) {
      this.checkOpen(asked.what);
      throw asUserError(error, this.url, asked);
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    const { current } = this;
    this.current = undefined;
    await current?.close(closeWithinMs);
    for (const part of this.parts) part.onLost?.();
    this.board.note({ closed: true });
  }

  private adopt(session: Session): void {
    this.current = session;
    session.onAlarm((alarmed) => {
      if (this.current === session) this.board.note({ alarmed });
    });
    session.onEnd(() => this.lose(session));
  }

  private lose(session: Session): void {
    if (this.current !== session || this.isClosing) return;
    this.current = undefined;
    this.board.note({ up: false, alarmed: false, congested: false });
    for (const part of this.parts) part.onLost?.();
    void this.comeBack();
  }

  private async comeBack(): Promise<void> {
    let pauseMs = waitMs;
    while (!this.isClosing) {
      try {
        await sleep(pauseMs + Math.random() * jitterMs, undefined, { signal: this.closing.signal });
        const session = await openSession(this.dial, this.dialTimeoutMs);
        if (this.isClosing) {
          await session.close(closeWithinMs);
          return;
        }
        this.adopt(session);
        if (this.current !== session) return;
        await Promise.all([...this.parts].map(async (part) => part.onSession?.(session)));
        if (this.current === session) this.board.note({ up: true });
        return;
      } catch (error) {
        if (this.isClosing) return;
        const refusal = finalRefusal(error, this.url, this.dial.user, this.dial.vhost);
        if (refusal !== undefined) this.trouble(refusal);
        pauseMs = refusal === undefined ? waitMs : refusedWaitMs;
      }
    }
  }
}

function unreachable(url: string, afterMs: number, cause: unknown): BusUnreachableError {
  return new BusUnreachableError(
    url,
    `connecting was tried for ${afterMs} ms`,
    "Check that RabbitMQ runs there, the host and the port (5672, or 5671 for amqps), and what lies between.",
    cause,
  );
}
