/**
 * One connection to NATS, whatever becomes of it: its status, what is published and subscribed on it, and questions to
 * the server that end when it does.
 *
 *   1. Nothing is handed to the client unless it is connected: the client would drop it, or send it out of its time.
 *   2. No callback's error gets into the client: it would end its reader for good, and nobody would be told.
 *   3. A question ends with its answer, or as soon as the connection does.
 */

import type { Msg, NatsConnection, Status, Subscription as NatsSubscription } from "@nats-io/transport-node";
import { errors } from "@nats-io/transport-node";
import { NotConnectedError, TransportClosedError } from "../../errors.js";
import type { Subscription, TransportStatus } from "../transport.js";
import { Outflow } from "./outflow.js";
import { explained } from "./refusal.js";

export interface ConnectionOptions {
  readonly url: string;
  readonly pendingBytes: number;
  readonly onTrouble: (error: Error) => void;
}

/** Troubles told apart while a connection lasts; past that, one is told again. */
const rememberedTroubles = 1_000;

export class Connection {
  readonly nc: NatsConnection;
  readonly url: string;
  private state: TransportStatus = "connected";
  private readonly onTrouble: (error: Error) => void;
  private readonly outflow: Outflow;
  private readonly listeners = new Set<(status: TransportStatus) => void>();
  private readonly interrupts = new Set<() => void>();
  /** Subjects being subscribed to: who subscribes is told of a refusal, and nobody else. */
  private readonly opening = new Set<string>();
  /** How often the connection has ended. */
  private breaks = 0;
  private readonly told = new Set<string>();

  constructor(nc: NatsConnection, options: ConnectionOptions) {
    this.nc = nc;
    this.url = options.url;
    this.onTrouble = options.onTrouble;
    this.outflow = new Outflow(
      options.pendingBytes,
      () => nc.flush(),
      (isFull) => this.become(isFull ? "blocked" : "connected", isFull ? "connected" : "blocked"),
    );
    void this.follow();
  }

  get status(): TransportStatus {
    return this.state;
  }

  get payloadBytes(): number {
    return this.nc.info?.max_payload ?? 1024 * 1024;
  }

  /** Tells each change of status, one turn after the call that caused it at the earliest. */
  watch(listener: (status: TransportStatus) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** False when it cannot be sent now. The bytes must stay as they are. */
  publish(subject: string, bytes: Uint8Array): boolean {
    if (this.state !== "connected") return false;
    try {
      this.nc.publish(subject, bytes);
    } catch (error) {
      if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError)
        return false;
      throw error;
    }
    this.outflow.note(bytes.length);
    return true;
  }

  /** Resolves when the server has the subscription; one that is made while the connection is down waits for it. */
  async subscribe(subject: string, onMessage: (message: Msg) => void): Promise<Subscription> {
    this.checkOpen(subject);
    let refusal: Error | undefined;
    this.opening.add(subject);
    const subscription = this.nc.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null) refusal ??= error;
        else this.guard(() => onMessage(message));
      },
    });
    try {
      await this.settled(`subscribing to ${subject}`);
    } finally {
      setImmediate(() => this.opening.delete(subject));
    }
    if (refusal !== undefined) throw explained(this.url, `subscribing to ${subject}`, refusal);
    return { close: async () => this.unsubscribe(subscription) };
  }

  /** Asks the server something. @throws NotConnectedError, TransportClosedError, BusRefusedError, and what the server says. */
  ask<T>(what: string, question: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.checkOpen(what);
      if (this.state === "disconnected") throw new NotConnectedError(this.url, what);
      const interrupt = (): void =>
        reject(
          this.state === "closed"
            ? new TransportClosedError(this.url, what)
            : new NotConnectedError(this.url, what),
        );
      this.interrupts.add(interrupt);
      question()
        .then(resolve, reject)
        .finally(() => this.interrupts.delete(interrupt));
    });
  }

  /** Waits until the server has read everything so far, over as many connections as it takes. */
  async settled(what: string): Promise<void> {
    for (;;) {
      this.checkOpen(what);
      if (this.state === "disconnected") await this.change();
      else if (await this.flushed(what)) return;
      // The end of a connection is told a little later than its questions end.
      else await new Promise(setImmediate);
    }
  }

  /** Whether the server has read everything so far; false when the connection ends before. */
  async flushed(what: string): Promise<boolean> {
    if (this.state === "disconnected" || this.state === "closed") return false;
    return this.ask(what, () => this.nc.flush()).then(
      () => true,
      () => false,
    );
  }

  /** Runs what is not ours to trust. */
  guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.trouble(error instanceof Error ? error : new Error(String(error)));
    }
  }

  trouble(error: Error): void {
    try {
      this.onTrouble(error);
    } catch {
      // It promised not to throw, and there is nobody left to tell.
    }
  }

  async close(): Promise<void> {
    this.become("closed");
    await this.nc.close();
  }

  checkOpen(what: string): void {
    if (this.state === "closed") throw new TransportClosedError(this.url, what);
  }

  private async follow(): Promise<void> {
    for await (const status of this.nc.status()) this.guard(() => this.heed(status));
    this.become("closed");
  }

  private heed(status: Status): void {
    if (status.type === "disconnect") {
      this.breaks += 1;
      this.become("disconnected");
    }
    if (status.type === "reconnect") {
      this.outflow.reset();
      this.told.clear();
      void this.comeBack(this.breaks);
    }
    if (status.type === "error") this.refused(status.error);
  }

  /** Connected again counts once the server has read the subscriptions: what comes before that is lost. */
  private async comeBack(breaks: number): Promise<void> {
    try {
      await this.nc.flush();
    } catch {
      // It broke again, which brings another return.
      return;
    }
    if (breaks === this.breaks) this.become("connected", "disconnected");
  }

  private refused(error: Error): void {
    const isPermission = error instanceof errors.PermissionViolationError;
    if (isPermission && error.operation === "subscription" && this.opening.has(error.subject)) return;
    if (this.told.has(error.message) || this.told.size >= rememberedTroubles) return;
    this.told.add(error.message);
    this.trouble(explained(this.url, "the connection", error));
  }

  /** @param from the only status it may change from; any by default. `closed` is the end. */
  private become(status: TransportStatus, from?: TransportStatus): void {
    if (this.state === status || this.state === "closed" || (from !== undefined && this.state !== from))
      return;
    this.state = status;
    if (status === "disconnected" || status === "closed") {
      for (const interrupt of this.interrupts) interrupt();
      this.interrupts.clear();
    }
    setImmediate(() => {
      for (const listener of this.listeners) this.guard(() => listener(status));
    });
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const unwatch = this.watch(() => {
        unwatch();
        resolve();
      });
    });
  }

  private unsubscribe(subscription: NatsSubscription): void {
    if (!subscription.isClosed() && !this.nc.isClosed()) subscription.unsubscribe();
  }
}
