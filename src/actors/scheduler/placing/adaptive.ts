/**
 * How many workers the work there is would keep busy: as many as would be through with it within the target duration, and
 * as many as the values that are held need memory. (Dask's adaptive target, for workers of any number of slots.)
 */

import { S, type SchedulerState } from "../state/state.js";

/** What is queued is guessed from so many of its tasks. */
const sampled = 100;

/** Reads how much work there is; tells listeners when another number of workers should be there. */
export function readDesiredWorkers(s: SchedulerState): void {
  if (!s.desired.read(workersFor(s), s.nowMs)) return;
  s.events.tell("cluster.desired", { workers: s.workerList.length, desired: s.desired.workers });
}

function workersFor(s: SchedulerState): number {
  const { counts, config } = s;
  const ready = counts[S.processing]! + counts[S.queued]! + counts[S.noWorker]!;
  const staying = s.workerList.filter((worker) => worker.staying);
  if (staying.length > 0) s.slotsPerWorker = s.totalSlots / staying.length;
  const givenMs = s.workerList.reduce((sum, worker) => sum + worker.occupancyMs, 0);
  const slots = Math.ceil((givenMs + queuedMs(s) + unservedMs(s)) / config.targetDurationMs);
  // Few long tasks keep no more workers busy than they are.
  const busy = Math.ceil(Math.min(slots, ready) / s.slotsPerWorker);
  return Math.max(busy, holdersFor(s), ready > 0 ? 1 : 0);
}

/** As many as hold the values there are below the part of their memory from which values go to disk. */
function holdersFor(s: SchedulerState): number {
  let bytes = 0;
  let limit = 0;
  for (const worker of s.workerList) {
    bytes += worker.valueBytes;
    limit += worker.memoryLimitBytes;
  }
  if (bytes === 0 || limit === 0) return 0;
  return Math.ceil(bytes / (s.config.comfortableFraction * (limit / s.workerList.length)));
}

function queuedMs(s: SchedulerState): number {
  return guessMs(s, s.counts[S.queued]!, function* () {
    for (const constraint of s.constraints) if (constraint !== undefined) yield* constraint.queue.slots();
  });
}

function unservedMs(s: SchedulerState): number {
  return guessMs(s, s.counts[S.noWorker]!, function* () {
    for (const constraint of s.constraints) {
      if (constraint === undefined) continue;
      const { parked } = constraint;
      for (let i = 0; i < parked.length; i += 2)
        if (s.isSame(parked.items[i]!, parked.items[i + 1]! >>> 0)) yield parked.items[i]!;
    }
  });
}

/** What `count` tasks take, going by the first of them. */
function guessMs(s: SchedulerState, count: number, slots: () => Iterable<number>): number {
  if (count === 0) return 0;
  let ms = 0;
  let seen = 0;
  for (const slot of slots()) {
    ms += s.prefixes.estimate[s.tasks.prefix[slot]!]!;
    if (++seen === sampled) break;
  }
  return seen === 0 ? count * s.config.unknownDurationMs : (ms / seen) * count;
}
