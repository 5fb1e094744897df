/** What running a task somewhere costs in time, going by what its like took and by where its inputs are. */

import { isHeldBy } from "./locations.js";
import type { SchedulerState } from "../state/state.js";
import { bit } from "../tables/task-table.js";
import { hasFlag, isInline } from "./task-facts.js";
import type { WorkerRecord } from "../state/worker-record.js";

/** What the inputs take that have to be brought together on one worker; those from here are small. */
export function inputBytes(s: SchedulerState, slot: number): number {
  const { tasks, edges } = s;
  const start = tasks.edgeStart[slot]!;
  const end = start + tasks.dataCount[slot]!;
  let bytes = 0;
  for (let e = start; e < end; e++) {
    const input = edges.to[e]!;
    if (tasks.holder[input]! >= 0) bytes += tasks.nbytes[input]!;
  }
  return bytes;
}

/** The time to bring to the worker those inputs that are on other workers. */
export function transferMs(s: SchedulerState, slot: number, worker: WorkerRecord): number {
  const { tasks, edges } = s;
  const start = tasks.edgeStart[slot]!;
  const end = start + tasks.dataCount[slot]!;
  let bytes = 0;
  let missing = 0;
  for (let e = start; e < end; e++) {
    const input = edges.to[e]!;
    if (tasks.holder[input]! < 0 || isInline(s, input) || isHeldBy(s, input, worker)) continue;
    bytes += tasks.nbytes[input]!;
    missing++;
  }
  return missing === 0 ? 0 : bytes / s.config.bandwidthBytesPerMs + s.config.latencyMs;
}

/** The time of work that the worker may be given in advance, for each slot. */
export function lookaheadMs(s: SchedulerState, worker: WorkerRecord): number {
  const { lookaheadMinMs, lookaheadMaxMs } = s.config;
  return Math.min(lookaheadMaxMs, Math.max(lookaheadMinMs, 2 * worker.roundTripMs));
}

/**
 * Whether the worker may be given this task before it asks: always up to `saturation` tasks a slot, beyond that as
 * much as covers a round trip, when it is known how long such tasks take and that their results are small.
 */
export function hasRoomFor(s: SchedulerState, worker: WorkerRecord, slot: number): boolean {
  const { config, prefixes } = s;
  if (worker.processing < Math.ceil(config.saturation * worker.slots)) return true;
  if (worker.processing >= config.maxDepthPerSlot * worker.slots) return false;
  const prefix = s.tasks.prefix[slot]!;
  if (prefixes.mean[prefix] === 0 || prefixes.meanBytes[prefix]! > config.largeResultBytes) return false;
  return worker.occupancyMs + prefixes.estimate[prefix]! <= lookaheadMs(s, worker) * worker.slots;
}

/** The share of an assigned task in its worker's occupancy: nothing, once it runs without a slot. */
export function costOf(s: SchedulerState, slot: number): number {
  if (hasFlag(s, slot, bit.seceded)) return 0;
  return s.prefixes.estimate[s.tasks.prefix[slot]!]! + s.assignments.extraMs[s.tasks.assignment[slot]!]!;
}

/** The kind of task takes another time than thought: so do all of them that workers have. */
export function reestimate(s: SchedulerState, prefix: number): void {
  const { prefixes } = s;
  const before = prefixes.estimate[prefix]!;
  const after = prefixes.mean[prefix]!;
  prefixes.estimate[prefix] = after;
  for (const worker of s.workerList) worker.occupancyMs += worker.countOf(prefix) * (after - before);
  // Whoever had no room for such tasks may have it now.
  if (after < before) s.dealAll = true;
}
