/** How long to wait before a failed task is tried again. */

export interface BackOff {
  readonly retryBackoffMs: number;
  readonly retryBackoffFactor: number;
  readonly retryBackoffMaxMs: number;
  readonly retryJitter: number;
}

/**
 * The wait in milliseconds after the `failures`th failure: the first wait times the factor for each failure
 * before, at most the longest, spread evenly by the jitter to both sides. `random` is in [0, 1).
 */
export function backOffMs(failures: number, settings: BackOff, random: number): number {
  const { retryBackoffMs, retryBackoffFactor, retryBackoffMaxMs, retryJitter } = settings;
  const wait = Math.min(retryBackoffMaxMs, retryBackoffMs * retryBackoffFactor ** (failures - 1));
  return wait * (1 + retryJitter * (2 * random - 1));
}
