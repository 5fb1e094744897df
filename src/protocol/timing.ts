/**
 * Every duration that the protocol decides by, in one object, so that a test runs the same protocol at a tenth of
 * its times. Milliseconds; none is compared with a wall clock.
 */

export interface Timing {
  // ---- links
  /** A received message is acknowledged at the latest after this, when nothing goes the other way. */
  readonly ackAfterMs: number;
  /** A gap this old is asked for. */
  readonly askAfterMs: number;
  /** The first resend of an unacknowledged message; each further one waits twice as long … */
  readonly resendAfterMs: number;
  /** … up to this. */
  readonly resendMaxMs: number;
  // ---- liveness
  readonly heartbeatIntervalMs: number;
  /** Silent for this long: given no new work. */
  readonly suspectAfterMs: number;
  /** Silent for this long: dead. */
  readonly deadAfterMs: number;
  /** A worker starts a task only while it has heard its scheduler within this. */
  readonly startLeaseMs: number;
  /** How long a worker without a scheduler keeps results. */
  readonly detachedKeepMs: number;
  readonly clientGoneMs: number;
  /** A turn of the event loop that took longer extends all deadlines by what it took. */
  readonly stallMs: number;
  // ---- leadership
  readonly leaseTtlMs: number;
  readonly leaseRenewMs: number;
  readonly leaseAbandonMs: number;
  /** After a take-over or reconnect nothing is called lost for this long. */
  readonly graceMs: number;
  // ---- supervision
  readonly restartBackoffMs: number;
  readonly restartBackoffMaxMs: number;
  readonly restartWindowMs: number;
}

export const defaultTiming: Timing = Object.freeze({
  ackAfterMs: 20,
  askAfterMs: 50,
  resendAfterMs: 200,
  resendMaxMs: 5_000,
  heartbeatIntervalMs: 1_000,
  suspectAfterMs: 3_000,
  deadAfterMs: 10_000,
  startLeaseMs: 6_000,
  detachedKeepMs: 600_000,
  clientGoneMs: 30_000,
  stallMs: 500,
  leaseTtlMs: 3_000,
  leaseRenewMs: 1_000,
  leaseAbandonMs: 2_000,
  graceMs: 3_000,
  restartBackoffMs: 200,
  restartBackoffMaxMs: 30_000,
  restartWindowMs: 30_000,
});

/** All times multiplied by `tempo`: 0.1 runs ten times as fast. */
export function timingAt(tempo: number, base: Timing = defaultTiming): Timing {
  const scaled = Object.entries(base).map(([name, ms]: [string, number]) => [name, ms * tempo]);
  return Object.freeze(Object.fromEntries(scaled)) as Timing;
}
