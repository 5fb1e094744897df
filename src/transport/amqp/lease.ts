/**
 * A lease is an exclusive queue: the broker lets one connection declare it. It goes with that connection, and by its
 * `x-expires` also when the holder has not declared it anew for the lease's time, however long its connection lasts.
 * The holder counts from before it asked, so that it gives up before the broker does.
 *
 * Invariant: a name is held by at most one `Lease` of a transport, since to the broker these are one connection.
 */

import type { Channel } from "amqplib";
import { systemClock } from "../../actors/runtime/system-clock.js";
import type { Lease, LeaseOptions } from "../transport.js";
import type { Connection } from "./connection.js";
import { keyOf } from "./names.js";
import { reply, replyCode } from "./refusals.js";
import type { Asked } from "./refusals.js";
import type { Session } from "./session.js";

export class AmqpLeases {
  private readonly connection: Connection;
  private readonly holders = new Map<string, QueueLease>();

  constructor(connection: Connection) {
    this.connection = connection;
    connection.attach({ onLost: () => this.loseAll("the connection ended") });
  }

  lease(name: string, options: LeaseOptions): Lease {
    return new QueueLease(this.connection, this.holders, name, options);
  }

  loseAll(why: string): void {
    for (const holder of this.holders.values()) holder.lose(why);
  }
}

class QueueLease implements Lease {
  private readonly connection: Connection;
  private readonly holders: Map<string, QueueLease>;
  private readonly name: string;
  private readonly queue: string;
  private readonly options: LeaseOptions;
  private readonly asked: Asked;
  private heldOn: Session | undefined;
  private disarm: () => void = () => undefined;

  constructor(connection: Connection, holders: Map<string, QueueLease>, name: string, options: LeaseOptions) {
    this.connection = connection;
    this.holders = holders;
    this.name = name;
    this.queue = keyOf(name);
    this.options = options;
    this.asked = { what: `to hold the lease ${name}`, subject: this.queue, permission: "configure" };
  }

  get held(): boolean {
    return this.heldOn !== undefined && !this.heldOn.ended;
  }

  async acquire(): Promise<boolean> {
    const session = this.connection.reach(this.asked.what);
    if (this.held) return true;
    if (this.holders.has(this.name)) return false;
    this.holders.set(this.name, this);
    const askedAt = systemClock.now();
    let isWon = false;
    try {
      isWon = await this.connection.ask(this.asked, (channel) => this.declare(channel));
    } finally {
      if (!isWon) this.holders.delete(this.name);
    }
    if (!isWon || session.ended) {
      this.holders.delete(this.name);
      return false;
    }
    this.heldOn = session;
    this.extend(askedAt);
    return this.held;
  }

  async renew(): Promise<boolean> {
    const session = this.connection.reach(this.asked.what);
    if (!this.held) return false;
    const askedAt = systemClock.now();
    const isThere = await this.connection.ask(this.asked, (channel) => this.look(channel));
    if (this.heldOn !== session) return false;
    if (isThere) this.extend(askedAt);
    else this.lose("the broker has given it up");
    return this.held;
  }

  async release(): Promise<void> {
    if (!this.held) return void this.connection.reach(this.asked.what);
    this.forget();
    await this.connection.ask(this.asked, (channel) => this.remove(channel));
  }

  lose(why: string): void {
    if (this.heldOn === undefined) return;
    this.forget();
    setImmediate(() => this.options.onLost(why));
  }

  private forget(): void {
    this.heldOn = undefined;
    this.disarm();
    if (this.holders.get(this.name) === this) this.holders.delete(this.name);
  }

  private extend(fromMs: number): void {
    this.disarm();
    this.disarm = systemClock.setTimer(fromMs + this.options.ttlMs, () =>
      this.lose("it was not renewed in time"),
    );
  }

  private async declare(channel: Channel): Promise<boolean> {
    try {
      await channel.assertQueue(this.queue, {
        exclusive: true,
        durable: false,
        expires: this.options.ttlMs,
        arguments: { "x-skein-holder": this.options.holder },
      });
      return true;
    } catch (error) {
      if (replyCode(error) === reply.resourceLocked) return false;
      throw error;
    }
  }

  /** Where it has expired and somebody else has it, there is nothing to remove. */
  private async remove(channel: Channel): Promise<void> {
    try {
      await channel.deleteQueue(this.queue);
    } catch (error) {
      if (replyCode(error) !== reply.resourceLocked) throw error;
    }
  }

  /** A passive declaration makes nothing, and starts the queue's time anew. */
  private async look(channel: Channel): Promise<boolean> {
    try {
      await channel.checkQueue(this.queue);
      return true;
    } catch (error) {
      const code = replyCode(error);
      if (code === reply.notFound || code === reply.resourceLocked) return false;
      throw error;
    }
  }
}
