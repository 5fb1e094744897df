/** What has gone wrong with a task so far. Few tasks have one. */

import type { StatusError, WireError } from "../../../protocol/messages.js";

export interface Trouble {
  /** Attempts that began and brought nothing. */
  failures: number;
  /** Of those, the ones that counted against the task's retries. */
  retriesUsed: number;
  /** Workers that died, or lost a thread, while it ran. */
  deaths: string[];
  /** It may have begun, and even ended, on a worker that died before that was heard of. */
  suspected: boolean;
  /** Times it was lost beside another that went wrong. */
  losses: number;
  /** Times it ran out of memory, and the largest limit it did so under. */
  ooms: number;
  oomLimitBytes: number;
  /** Times it was stolen. */
  moves: number;
  /** Times its value was lost and had to be made again. */
  recomputes: number;
  /** Runs that were given up and may still bring a value, newest last. */
  oldRuns: number[];
  /** Causes of failures, newest last. */
  causes: WireError[];
}

/** More old runs than this are not waited for. */
export const oldRunsKept = 8;
export const causesKept = 4;

export function newTrouble(): Trouble {
  return {
    failures: 0,
    retriesUsed: 0,
    deaths: [],
    suspected: false,
    losses: 0,
    ooms: 0,
    oomLimitBytes: 0,
    moves: 0,
    recomputes: 0,
    oldRuns: [],
    causes: [],
  };
}

/** Whether it may have brought a worker down, and so is to meet no innocent a second time. */
export function isSuspect(trouble: Trouble | undefined): boolean {
  return trouble !== undefined && (trouble.deaths.length > 0 || trouble.suspected);
}

/** Why a task is erred; one record for all the tasks that are so for the same reason. */
export type Erred = StatusError & {
  /** Its value is gone and cannot be made again. */
  readonly lost?: true;
};
