/** A transport's status, put together from what is known of its connection, and told to its watchers in later turns. */

import type { TransportStatus } from "../transport.js";

interface Facts {
  /** Both connections are up, and what lived on them has been restored. */
  readonly up: boolean;
  /** The broker has said that it takes nothing. */
  readonly alarmed: boolean;
  /** Too much waits in this process to be sent. */
  readonly congested: boolean;
  readonly closed: boolean;
}

export class StatusBoard {
  private facts: Facts = { up: true, alarmed: false, congested: false, closed: false };
  private readonly broken = new Set<object>();
  private shown: TransportStatus = "connected";
  private readonly watchers = new Set<(status: TransportStatus) => void>();

  get status(): TransportStatus {
    return this.shown;
  }

  /** Whether the connections are up, whatever may be said of publishing. */
  get isUp(): boolean {
    return this.facts.up && !this.facts.closed;
  }

  get isClosed(): boolean {
    return this.facts.closed;
  }

  watch(listener: (status: TransportStatus) => void): () => void {
    this.watchers.add(listener);
    return () => void this.watchers.delete(listener);
  }

  note(facts: Partial<Facts>): void {
    this.facts = { ...this.facts, ...facts };
    this.show();
  }

  /** A channel that the broker has closed: what went through it may be lost, and until it is open again more will be. */
  noteBroken(channel: object, isBroken: boolean): void {
    if (isBroken) this.broken.add(channel);
    else this.broken.delete(channel);
    this.show();
  }

  private show(): void {
    const status = this.judge();
    if (status === this.shown) return;
    this.shown = status;
    setImmediate(() => {
      for (const watcher of this.watchers) watcher(status);
    });
  }

  private judge(): TransportStatus {
    const { up, alarmed, congested, closed } = this.facts;
    if (closed) return "closed";
    if (!up || this.broken.size > 0) return "disconnected";
    return alarmed || congested ? "blocked" : "connected";
  }
}
