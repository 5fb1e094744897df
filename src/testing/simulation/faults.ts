/**
 * What goes wrong in a simulated cluster. Each seed draws its own mixture: a class of faults is absent from about half
 * of the seeds, for what always fails hides what fails only alone.
 */

import type { Dice } from "./dice.js";

/** Rates are chances for each message; counts are events in the time before the cluster is healed. */
export interface Faults {
  // ---- on the bus
  readonly lossRate: number;
  readonly duplicateRate: number;
  readonly maxDelayMs: number;
  /** The part of messages that others overtake. */
  readonly overtakenRate: number;
  /** Times a direction between two processes is stopped up, and what was sent arrives all at once afterwards. */
  readonly clogs: number;
  /** Times messages in one direction, or in both, are lost between two processes. */
  readonly partitions: number;
  /** Times one process loses its connection to the bus. */
  readonly disconnects: number;
  /** Times all of them do. */
  readonly brokerRestarts: number;
  /** The bus tells a sender that nobody is there. */
  readonly tellsNobody: boolean;

  // ---- in processes
  /** Times a process stands still for a while. */
  readonly pauses: number;
  readonly workerCrashes: number;
  readonly workerDrains: number;
  readonly workerJoins: number;
  /** A thread ends under its task. */
  readonly threadLosses: number;
  /** Times a worker is short of memory for a while. */
  readonly memoryShortages: number;
  readonly schedulerCrashes: number;
  /** Times a second scheduler takes over while the first only stands still. */
  readonly takeOvers: number;
  readonly clientCrashes: number;
  readonly clientGoodbyes: number;

  // ---- what users do
  readonly failingTasks: number;
  readonly flakyTasks: number;
  readonly impureTasks: number;
  readonly releases: number;
  readonly cancels: number;
  readonly retries: number;

  // ---- in processes, once more: last, so that what older seeds draw stays as it was
  /** Times a worker is silent until its scheduler has given it up, and then comes back. */
  readonly resurrections: number;
}

export type FaultName = keyof Faults;

export const noFaults: Faults = Object.freeze({
  lossRate: 0,
  duplicateRate: 0,
  maxDelayMs: 0,
  overtakenRate: 0,
  clogs: 0,
  partitions: 0,
  disconnects: 0,
  brokerRestarts: 0,
  tellsNobody: false,
  pauses: 0,
  workerCrashes: 0,
  workerDrains: 0,
  workerJoins: 0,
  threadLosses: 0,
  memoryShortages: 0,
  schedulerCrashes: 0,
  takeOvers: 0,
  clientCrashes: 0,
  clientGoodbyes: 0,
  failingTasks: 0,
  flakyTasks: 0,
  impureTasks: 0,
  releases: 0,
  cancels: 0,
  retries: 0,
  resurrections: 0,
});

/** A seed's own mixture of faults. */
export function drawFaults(dice: Dice): Faults {
  const rate = (most: number): number => (dice.chance(0.5) ? dice.next() * most : 0);
  const count = (most: number): number => (dice.chance(0.5) ? dice.between(1, most) : 0);
  const seldom = (most: number, chance: number): number => (dice.chance(chance) ? dice.between(1, most) : 0);
  return {
    lossRate: rate(0.3),
    duplicateRate: rate(0.5),
    maxDelayMs: rate(100),
    overtakenRate: rate(0.1),
    clogs: count(4),
    partitions: count(4),
    disconnects: count(3),
    brokerRestarts: seldom(2, 0.25),
    tellsNobody: dice.chance(0.5),
    pauses: count(4),
    workerCrashes: count(4),
    workerDrains: count(2),
    workerJoins: count(2),
    threadLosses: count(4),
    memoryShortages: count(2),
    schedulerCrashes: seldom(2, 0.35),
    takeOvers: seldom(1, 0.15),
    clientCrashes: seldom(1, 0.35),
    clientGoodbyes: seldom(1, 0.35),
    failingTasks: rate(0.06),
    flakyTasks: rate(0.15),
    impureTasks: rate(0.4),
    releases: rate(0.5),
    cancels: count(3),
    retries: count(2),
    resurrections: seldom(3, 0.35),
  };
}

/** Names of the classes of faults that a mixture has. */
export function faultNames(faults: Faults): FaultName[] {
  return (Object.keys(faults) as FaultName[]).filter((name) => Number(faults[name]) > 0);
}
