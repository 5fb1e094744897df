/** Figures for people, dashboards and scalers. */

import { schedulerTaskTable } from "../../task/tables.js";
import type { SchedulerState } from "../state/state.js";
import type { WorkerRecord } from "../state/worker-record.js";

export interface WorkerInfo {
  readonly name: string;
  readonly peer: string;
  readonly state: "running" | "paused" | "suspect" | "leaving";
  readonly threads: number;
  readonly concurrency: number;
  readonly resources: Readonly<Record<string, number>>;
  readonly memoryLimitBytes: number;
  readonly memoryBytes: number;
  readonly processing: number;
  readonly occupancyMs: number;
  readonly values: number;
  readonly valueBytes: number;
  readonly roundTripMs: number;
  readonly loopDelayMs: number;
}

export interface SchedulerStats {
  readonly epoch: number;
  readonly tasks: number;
  /** Tasks by state. */
  readonly states: Readonly<Record<string, number>>;
  readonly workers: number;
  /** Workers that the work and the values there are would keep busy. */
  readonly desiredWorkers: number;
  readonly clients: number;
  readonly slots: number;
  readonly inlineBytes: number;
  /** State changes ever. */
  readonly steps: number;
  /** Work that all workers together have been given, in milliseconds. */
  readonly occupancyMs: number;
  readonly published: number;
}

export function statsOf(s: SchedulerState): SchedulerStats {
  const { states, state } = schedulerTaskTable;
  const living = states.filter((name) => name !== "forgotten");
  return {
    epoch: s.epoch,
    tasks: s.tasks.live,
    states: Object.fromEntries(living.map((name) => [name, s.counts[state[name]]!])),
    workers: s.workerList.length,
    desiredWorkers: s.desired.workers,
    clients: s.clientOf.size,
    slots: s.totalSlots,
    inlineBytes: s.inline.bytes,
    steps: s.stepsEver,
    occupancyMs: s.workerList.reduce((sum, worker) => sum + worker.occupancyMs, 0),
    published: s.published.size,
  };
}

export function describeWorker(worker: WorkerRecord): WorkerInfo {
  return {
    name: worker.name,
    peer: worker.peer,
    state: stateOf(worker),
    threads: worker.threads,
    concurrency: worker.concurrency,
    resources: worker.resources,
    memoryLimitBytes: worker.memoryLimitBytes,
    memoryBytes: worker.memoryBytes,
    processing: worker.processing,
    occupancyMs: worker.occupancyMs,
    values: worker.values,
    valueBytes: worker.valueBytes,
    roundTripMs: worker.roundTripMs,
    loopDelayMs: worker.loopDelayMs,
  };
}

function stateOf(worker: WorkerRecord): WorkerInfo["state"] {
  if (worker.leaving !== undefined) return "leaving";
  if (worker.suspect) return "suspect";
  return worker.paused ? "paused" : "running";
}
