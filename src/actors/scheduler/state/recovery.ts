/**
 * What is said before it can be understood. A scheduler that takes over knows no task: workers offer runs and values
 * of keys it has not heard of, clients want keys whose graphs are still to come, graphs refer to each other. All of
 * it is kept for a grace, during which no work is given out; what nobody has asked for by then is let go of.
 */

import type { Submit } from "../../../protocol/messages.js";
import type { ClientRecord } from "./client-record.js";
import type { WorkerRecord } from "./worker-record.js";

export interface OfferedValue {
  readonly worker: WorkerRecord;
  readonly run: number;
  readonly nbytes: number;
  /** It came with an incarnation that was given up: what that one ran was run elsewhere, perhaps to its end. */
  readonly gift?: boolean;
  /** The value itself, when it is so small that the worker has not kept it. */
  readonly inline?: Uint8Array;
}

export interface OfferedRun {
  readonly worker: WorkerRecord;
  readonly run: number;
  readonly started: boolean;
}

/** A graph whose externals are not all known yet. */
export interface EarlyGraph {
  readonly client: ClientRecord;
  readonly parts: readonly Submit[];
}

export class Recovery {
  /** When the grace is over; known from the first stimulus on. */
  untilMs = Infinity;
  readonly values = new Map<string, OfferedValue[]>();
  readonly runs = new Map<string, OfferedRun[]>();
  readonly wants = new Map<string, Set<ClientRecord>>();
  graphs: EarlyGraph[] = [];

  get hasOffers(): boolean {
    return this.values.size > 0 || this.runs.size > 0;
  }

  offerValue(key: string, offer: OfferedValue): void {
    const known = this.values.get(key);
    if (known === undefined) this.values.set(key, [offer]);
    else if (!known.some((each) => each.worker === offer.worker && each.run === offer.run)) known.push(offer);
  }

  offerRun(key: string, offer: OfferedRun): void {
    const known = this.runs.get(key);
    if (known === undefined) this.runs.set(key, [offer]);
    else if (!known.some((each) => each.run === offer.run)) known.push(offer);
  }

  /** An offered run has come to its end: nobody is to count on it. Gives its key. */
  endRun(worker: WorkerRecord, run: number): string | undefined {
    for (const [key, offers] of this.runs) {
      const others = offers.filter((offer) => offer.worker !== worker || offer.run !== run);
      if (others.length === offers.length) continue;
      if (others.length === 0) this.runs.delete(key);
      else this.runs.set(key, others);
      return key;
    }
    return undefined;
  }

  /** What the worker offered is gone with it, or is about to be said anew. */
  withdraw(worker: WorkerRecord): void {
    withoutWorker(this.values, worker);
    withoutWorker(this.runs, worker);
  }

  forgetClient(client: ClientRecord): void {
    for (const [key, clients] of this.wants) {
      clients.delete(client);
      if (clients.size === 0) this.wants.delete(key);
    }
    this.graphs = this.graphs.filter((graph) => graph.client !== client);
  }
}

function withoutWorker<O extends { readonly worker: WorkerRecord }>(
  offers: Map<string, O[]>,
  worker: WorkerRecord,
): void {
  for (const [key, known] of offers) {
    const others = known.filter((offer) => offer.worker !== worker);
    if (others.length === 0) offers.delete(key);
    else if (others.length < known.length) offers.set(key, others);
  }
}
