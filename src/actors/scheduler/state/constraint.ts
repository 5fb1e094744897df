/** A kind of wish about where to run, shared by all the tasks that have the same; number 0 is no wish at all. */

import type { WireTaskOptions } from "../../../protocol/messages.js";
import { IntList } from "../tables/int-list.js";
import type { ReadyQueue } from "../tables/ready-queue.js";
import type { WorkerRecord } from "./worker-record.js";

export class Constraint {
  readonly index: number;
  readonly identity: string;
  readonly workers: ReadonlySet<string> | undefined;
  readonly allowOtherWorkers: boolean;
  readonly resources: readonly (readonly [string, number])[];
  readonly queue: ReadyQueue;
  /** Tasks with it. */
  uses = 0;
  /** Tasks that wait for a worker that may run them: slot, stamp. */
  readonly parked = new IntList();

  constructor(index: number, identity: string, wishes: Wishes, queue: ReadyQueue) {
    this.index = index;
    this.identity = identity;
    this.workers = wishes.workers === undefined ? undefined : new Set(wishes.workers);
    this.allowOtherWorkers = wishes.allowOtherWorkers === true;
    this.resources = Object.entries(wishes.resources ?? {}).filter(([, amount]) => amount > 0);
    this.queue = queue;
  }

  /** Whether the worker is named, or none is. */
  names(worker: WorkerRecord): boolean {
    return this.workers === undefined || this.workers.has(worker.name);
  }

  /** Whether the worker has enough resources when nothing else runs there. */
  isSuppliedBy(worker: WorkerRecord): boolean {
    return this.resources.every(([name, amount]) => (worker.resources[name] ?? 0) >= amount);
  }

  /** Whether the worker has enough resources now. */
  fitsNow(worker: WorkerRecord): boolean {
    return this.resources.every(([name, amount]) => (worker.available.get(name) ?? 0) >= amount);
  }
}

export type Wishes = Pick<WireTaskOptions, "workers" | "allowOtherWorkers" | "resources">;

/** The same for equal wishes, in whatever order they are given; empty for none. */
export function constraintIdentity(wishes: Wishes): string {
  const workers = wishes.workers === undefined ? undefined : [...new Set(wishes.workers)].sort();
  const resources = Object.entries(wishes.resources ?? {})
    .filter(([, amount]) => amount > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  if (workers === undefined && resources.length === 0) return "";
  return JSON.stringify([workers ?? null, wishes.allowOtherWorkers === true, resources]);
}
