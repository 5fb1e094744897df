/**
 * Who may lead a cluster, and in which term. One scheduler at a time holds the lease; each that begins to lead claims
 * the next place in a log, which is its term. On a bus that keeps neither, presence alone tells whether somebody leads,
 * and the term is one above the newest that was heard of: a term that is too low is corrected by whoever knows better.
 */

import { setTimeout as pause } from "node:timers/promises";
import { BusRefusedError, ClusterLedError, isNotConnected } from "../../errors.js";
import { sharedName, type Namespace } from "../../protocol/addresses.js";
import type { Timing } from "../../protocol/timing.js";
import type { Journal, Lease, Transport } from "../../transport/transport.js";
import type { BusNeighbourhood } from "../place/bus-neighbourhood.js";

/** How long others have to answer the question who leads. */
const answerMs = 500;
const retryMs = 250;

export interface LeadershipOptions {
  readonly transport: Transport;
  readonly space: Namespace;
  readonly neighbourhood: BusNeighbourhood;
  readonly timing: Timing;
  /** For people. */
  readonly holder: string;
  readonly onNote: (note: string) => void;
}

export class Leadership {
  readonly #options: LeadershipOptions;
  #journal: Journal | undefined;
  #lease: Lease | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #isOver = false;

  private constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** Resolves when this process may lead. @throws ClusterLedError when another does, BusRefusedError when it may not. */
  static async win(options: LeadershipOptions): Promise<Leadership> {
    const leadership = new Leadership(options);
    await leadership.#win();
    return leadership;
  }

  /** The number of a new term, above all earlier ones that are known. */
  async nextTerm(atLeast = 1): Promise<number> {
    const { neighbourhood, holder, onNote } = this.#options;
    const above = Math.max(atLeast, neighbourhood.newest.epoch + 1);
    if (this.#journal === undefined) return above;
    const claim = new TextEncoder().encode(holder);
    try {
      let term = await this.#journal.claim(claim);
      while (term < above) term = await this.#journal.claim(claim);
      await this.#journal.trim(term);
      return term;
    } catch (error) {
      if (!isNotConnected(error)) throw error;
      // Those at home go on meanwhile. If somebody else leads in a later term, that will be heard.
      onNote(`the bus is away, so its term is only guessed: ${above}`);
      return above;
    }
  }

  /** What cannot be given back now expires. Never rejects. */
  async release(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#heartbeat);
    await this.#lease?.release().catch(() => undefined);
  }

  async #win(): Promise<void> {
    const { transport, space, holder, timing, onNote } = this.#options;
    try {
      this.#journal = await transport.journal(sharedName(space, "journal", "terms"));
      this.#lease = transport.lease(sharedName(space, "lease", "scheduler"), {
        holder,
        ttlMs: timing.leaseTtlMs,
        onLost: (why) => onNote(`the lease is lost (${why})`),
      });
      await this.#acquire(this.#lease);
    } catch (error) {
      if (error instanceof ClusterLedError) throw error;
      // Where there are leases, others go by them: whoever may not hold one must not lead.
      if (error instanceof BusRefusedError && !error.isMissing) throw error;
      this.#journal = undefined;
      this.#lease = undefined;
      onNote(
        `the bus keeps no journal and no lease: ${error instanceof Error ? error.message : String(error)}`,
      );
      await pause(answerMs);
      this.#mustNotBeLed();
    }
    if (this.#lease !== undefined) this.#keep(this.#lease);
  }

  /** What a scheduler that crashed has left expires; what a living one holds does not. */
  async #acquire(lease: Lease): Promise<void> {
    const { timing } = this.#options;
    const until = performance.now() + timing.leaseTtlMs + answerMs;
    while (!(await lease.acquire())) {
      if (performance.now() > until) throw this.#led();
      await pause(retryMs);
    }
  }

  #mustNotBeLed(): void {
    if (this.#options.neighbourhood.leader !== undefined) throw this.#led();
  }

  #led(): ClusterLedError {
    const { space, transport, neighbourhood } = this.#options;
    return new ClusterLedError(
      space.cluster,
      transport.url,
      neighbourhood.leader ?? "which does not say its name",
    );
  }

  /** A lease that is lost with the bus is taken again when the bus is back, unless somebody else was faster. */
  #keep(lease: Lease): void {
    let isBusy = false;
    const beat = async (): Promise<void> => {
      if (isBusy || this.#isOver) return;
      isBusy = true;
      try {
        await (lease.held ? lease.renew() : lease.acquire());
      } catch {
        // The bus is away. Who leads in the meantime is decided by terms.
      } finally {
        isBusy = false;
      }
    };
    this.#heartbeat = setInterval(() => void beat(), this.#options.timing.leaseRenewMs);
    this.#heartbeat.unref();
  }
}
