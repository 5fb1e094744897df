/**
 * A lease as a key that the server forgets after its time, unless it is written again. Who writes must know the revision
 * that is there, so that only one can. The holder counts its time from when it asked, and so never holds on for longer than
 * the server does; a question whose answer was lost is settled by reading who stands there.
 */

import { randomUUID } from "node:crypto";
import type { KV } from "@nats-io/kv";
import { Kvm } from "@nats-io/kv";
import type { Lease, LeaseOptions } from "../transport.js";
import type { JetStream } from "./jetstream.js";
import { apiCodes, isApiError } from "./jetstream.js";
import { storeName } from "./names.js";

const key = "holder";
const encoder = new TextEncoder();
const wrongRevision = [apiCodes.wrongLastSequence] as const;

export class NatsLease implements Lease {
  private readonly jet: JetStream;
  private readonly name: string;
  private readonly options: LeaseOptions;
  private readonly replicas: number;
  private readonly mark: string;
  private bucket: Promise<KV> | undefined;
  private revision: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(jet: JetStream, name: string, options: LeaseOptions, replicas: number) {
    this.jet = jet;
    this.name = name;
    this.options = options;
    this.replicas = replicas;
    this.mark = `${randomUUID()} ${options.holder}`;
  }

  get held(): boolean {
    return this.revision !== undefined;
  }

  async acquire(): Promise<boolean> {
    const askedAtMs = performance.now();
    const bucket = await this.open();
    if (this.held) return true;
    const won = await this.write("acquiring", () => bucket.create(key, encoder.encode(this.mark)));
    const revision = won ?? (await this.mine(bucket));
    if (revision === undefined) return false;
    return this.hold(revision, askedAtMs);
  }

  async renew(): Promise<boolean> {
    const bucket = await this.open();
    if (this.revision === undefined) return false;
    for (let revision: number | undefined = this.revision; revision !== undefined;) {
      const expected = revision;
      const askedAtMs = performance.now();
      const written = await this.write("renewing", () =>
        bucket.update(key, encoder.encode(this.mark), expected),
      );
      if (!this.held) return false;
      if (written !== undefined) return this.hold(written, askedAtMs);
      revision = await this.mine(bucket);
    }
    this.lose("somebody else has it now");
    return false;
  }

  async release(): Promise<void> {
    const bucket = await this.open();
    const { revision } = this;
    if (revision === undefined) return;
    this.end();
    await this.write("releasing", async () => {
      await bucket.delete(key, { previousSeq: revision });
      return revision;
    });
  }

  /** For the end of its transport: told as lost, and freed for others where the server can still be asked. */
  async abandon(): Promise<void> {
    const { revision, bucket } = this;
    if (revision === undefined || bucket === undefined) return;
    this.lose("its transport was closed");
    const opened = await bucket;
    await this.jet.ask(`giving back ${this.name}`, () => opened.delete(key, { previousSeq: revision }));
  }

  private hold(revision: number, askedAtMs: number): boolean {
    const leftMs = askedAtMs + this.options.ttlMs - performance.now();
    this.revision = revision;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lose("it was not renewed in time"), Math.max(0, leftMs));
    this.timer.unref();
    return true;
  }

  private lose(why: string): void {
    if (!this.held) return;
    this.end();
    setImmediate(() => this.jet.connection.guard(() => this.options.onLost(why)));
  }

  private end(): void {
    clearTimeout(this.timer);
    this.revision = undefined;
  }

  /** The revision when this very lease stands there, whoever wrote it last thought. */
  private async mine(bucket: KV): Promise<number | undefined> {
    const entry = await this.jet.ask(`reading ${this.name}`, () => bucket.get(key));
    return entry?.operation === "PUT" && entry.string() === this.mark ? entry.revision : undefined;
  }

  /** The new revision; undefined when another one was there than expected. */
  private async write(what: string, run: () => Promise<number>): Promise<number | undefined> {
    try {
      return await this.jet.ask(`${what} ${this.name}`, run, ...wrongRevision);
    } catch (error) {
      if (isApiError(error, ...wrongRevision)) return undefined;
      throw error;
    }
  }

  private open(): Promise<KV> {
    this.jet.connection.checkOpen(this.name);
    if (this.bucket === undefined) {
      const opened = this.make();
      opened.catch(() => (this.bucket = undefined));
      this.bucket = opened;
    }
    return this.bucket;
  }

  private async make(): Promise<KV> {
    const { ttlMs } = this.options;
    const maxAge = ttlMs * 1_000_000;
    return this.jet.ask(`opening ${this.name}`, async (client, manager) => {
      // Answers come from the leader of the stream: another member may lag behind.
      const kvm = new Kvm(client);
      const kv = await kvm.create(storeName(this.name), {
        ttl: ttlMs,
        replicas: this.replicas,
        allow_direct: false,
      });
      const stream = `KV_${storeName(this.name)}`;
      const { config } = await manager.streams.info(stream);
      if (config.max_age !== maxAge) {
        await manager.streams.update(stream, { ...config, max_age: maxAge, duplicate_window: maxAge });
      }
      return kv;
    });
  }
}
