/**
 * What a worker does about its memory: writes values to disk, has garbage collected, pauses.
 *
 * The engine collects garbage by how much its heap grows, and does not count what lies in shared memory: without being
 * asked it keeps the memory of values that nobody has any more, in an idle worker for ever.
 */

import { L, LE, type WorkerState } from "./state.js";
import type { Observed } from "./stimuli.js";

/** Takes note of what was measured. Spills above the spill fractions; pauses above the pause fraction. */
export function observe(state: WorkerState, observed: Observed): void {
  state.observed = observed;
  const { memoryLimitBytes, spillFraction, processSpillFraction, pauseFraction } = state.config;
  const { processBytes, managedBytes } = observed;
  const excess = processBytes - processSpillFraction * memoryLimitBytes;
  noteShortage(state, excess > 0);
  let toBytes = spillFraction * memoryLimitBytes;
  if (isLastingShortage(state)) toBytes = Math.min(toBytes, Math.max(0, managedBytes - excess));
  if (managedBytes > toBytes) state.out.push({ type: "spill", toBytes });
  if (mayCollect(state) && (excess > 0 || hasGarbage(state))) collect(state, excess > 0);
  state.live(processBytes > pauseFraction * memoryLimitBytes ? LE.MEMORY_HIGH : LE.MEMORY_OK);
}

/** Whether there is no memory for what others have. */
export function isShort(state: WorkerState): boolean {
  return state.life === L.paused;
}

function noteShortage({ care, at }: WorkerState, isShortNow: boolean): void {
  care.shortSince = isShortNow ? (care.shortSince ?? at) : undefined;
}

/** What was short of memory before the garbage was gone may have been short of nothing else. */
function isLastingShortage({ care, at, config }: WorkerState): boolean {
  return care.shortSince !== undefined && at - care.shortSince >= config.collectSettleMs;
}

function mayCollect({ care, at, config }: WorkerState): boolean {
  return at - care.collectedAt >= config.collectIntervalMs;
}

/** A worker without work has the time, and nothing else that would make the engine collect. */
function hasGarbage({ care, config, observed, runs }: WorkerState): boolean {
  const { memoryLimitBytes, collectFraction, collectBytes, collectIdleBytes } = config;
  const freed = observed.freedBytes - care.collectedFreed;
  const much = Math.min(collectFraction * memoryLimitBytes, collectBytes);
  return freed > (runs.size === 0 ? Math.min(collectIdleBytes, much) : much);
}

function collect(state: WorkerState, urgent: boolean): void {
  state.care.collectedAt = state.at;
  state.care.collectedFreed = state.observed.freedBytes;
  state.out.push({ type: "collect", urgent });
}
