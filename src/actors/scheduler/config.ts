/** The scheduler's settings with their defaults. Times are milliseconds at tempo 1, sizes bytes; the unit stands last. */

import { defaultTiming } from "../../protocol/timing.js";

export interface SchedulerConfig {
  // ---- liveness
  readonly heartbeatIntervalMs: number;
  /** A worker silent for this long gets no new work … */
  readonly suspectAfterMs: number;
  /** … and for this long is dead. */
  readonly deadAfterMs: number;
  readonly clientGoneMs: number;
  /** After a take-over: how long workers and clients have to say what they hold and want before work is given out. */
  readonly graceMs: number;

  // ---- failures
  /** Workers that may die under a task; one more and it is given up. */
  readonly allowedFailures: number;
  /** From this many deaths on a task runs alone on its worker; before, apart from others under which one died. */
  readonly aloneAfterFailures: number;
  /** How often a task may be lost beside others that went wrong before it counts as failed. */
  readonly lossLimit: number;
  /** How often a value that was lost is made again. */
  readonly recomputeLimit: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffFactor: number;
  readonly retryBackoffMaxMs: number;
  readonly retryJitter: number;
  /** How long a task whose `workers` or `resources` nobody satisfies waits for somebody who does. */
  readonly noWorkersTimeoutMs: number;

  // ---- placement
  /** What a task is thought to take before the first of its kind has run. */
  readonly unknownDurationMs: number;
  readonly bandwidthBytesPerMs: number;
  readonly latencyMs: number;
  /** Tasks per slot that a worker always gets. */
  readonly saturation: number;
  /** Tasks per slot that a worker gets at most. */
  readonly maxDepthPerSlot: number;
  /** The least and the most time of work that a worker is given in advance. */
  readonly lookaheadMinMs: number;
  readonly lookaheadMaxMs: number;
  /** Root tasks with results larger than this are not given out in advance. */
  readonly largeResultBytes: number;
  /** A task with more dependents or inputs than this is not looked at for sending ahead or keeping siblings together. */
  readonly fanLimit: number;

  // ---- balance
  readonly stealing: boolean;
  readonly stealIntervalMinMs: number;
  readonly stealIntervalMaxMs: number;
  readonly stealMaxMoves: number;
  /** A worker is a victim with more work than this, and more than `stealSaturation` times the mean. */
  readonly stealMinWorkMs: number;
  readonly stealSaturation: number;
  /** Run stragglers a second time on an idle worker. Pure tasks only. */
  readonly speculate: boolean;
  /** A task is a straggler when it has run this many times as long as its like. */
  readonly stragglerFactor: number;
  readonly stragglerMinMs: number;
  readonly replicaIntervalMs: number;

  // ---- size
  /** The work there is should be done within this by the workers that are wished for. */
  readonly targetDurationMs: number;
  /** Readings, one a heartbeat, that must agree before another number of workers is wished for. */
  readonly scaleReadings: number;
  /** After that no fewer are wished for, for this long. */
  readonly scaleCoolDownMs: number;
  /** The part of the workers' memory that values should not take more of. */
  readonly comfortableFraction: number;

  // ---- limits
  /** State changes remembered for stories. */
  readonly storyLimit: number;
  /** State changes that one stimulus may cause, for each task there is, and in any case. */
  readonly stepsPerTask: number;
  readonly stepsAtLeast: number;
  /** Different name prefixes whose durations are told apart. */
  readonly prefixLimit: number;
  /** Events that one client is sent at most in one turn. */
  readonly eventsPerTurn: number;
  /** How long a place reserved for a scattered value is kept. */
  readonly reservationMs: number;
}

export const defaultSchedulerConfig: SchedulerConfig = Object.freeze({
  heartbeatIntervalMs: defaultTiming.heartbeatIntervalMs,
  suspectAfterMs: defaultTiming.suspectAfterMs,
  deadAfterMs: defaultTiming.deadAfterMs,
  clientGoneMs: defaultTiming.clientGoneMs,
  graceMs: defaultTiming.graceMs,
  allowedFailures: 3,
  aloneAfterFailures: 2,
  lossLimit: 10,
  recomputeLimit: 3,
  retryBackoffMs: 100,
  retryBackoffFactor: 2,
  retryBackoffMaxMs: 30_000,
  retryJitter: 0.2,
  noWorkersTimeoutMs: 30_000,
  unknownDurationMs: 500,
  bandwidthBytesPerMs: 100_000,
  latencyMs: 2,
  saturation: 1.1,
  maxDepthPerSlot: 4_096,
  lookaheadMinMs: 5,
  lookaheadMaxMs: 200,
  largeResultBytes: 1024 * 1024,
  fanLimit: 8,
  stealing: true,
  stealIntervalMinMs: 100,
  stealIntervalMaxMs: 1_000,
  stealMaxMoves: 3,
  stealMinWorkMs: 400,
  stealSaturation: 1.9,
  speculate: false,
  stragglerFactor: 3,
  stragglerMinMs: 100,
  replicaIntervalMs: 2_000,
  targetDurationMs: 5_000,
  scaleReadings: 3,
  scaleCoolDownMs: 30_000,
  comfortableFraction: 0.6,
  storyLimit: 65_536,
  stepsPerTask: 64,
  stepsAtLeast: 100_000,
  prefixLimit: 4_096,
  eventsPerTurn: 256,
  reservationMs: 60_000,
});
