/**
 * What the host and a thread know of each run in the thread's queue, in shared memory: the host can take a run back
 * for as long as the thread has not begun it, and sees what runs and since when, even while the thread computes and
 * answers nobody.
 */

/** Queued: nobody has touched it yet. */
export const queued = 0;
/** The thread has begun it. */
export const begun = 1;
/** The host took it back before that. */
export const takenBack = 2;
/** It has ended; the report is on its way, or was lost with the thread. */
export const over = 3;

/** Room for as many runs as a thread is ever given, and as many again that were taken back and not yet passed over. */
export const slotCount = 16_384;

export interface SharedSlots {
  readonly state: Int32Array;
  /** By `standingClockMs`. */
  readonly startedAt: Float64Array;
  /** Until when the thread may begin runs, by `standingClockMs`: one number. */
  readonly lease: Float64Array;
}

/** @param leaseMs until when runs may begin. */
export function makeSlots(leaseMs: number): SharedSlots {
  const lease = new SharedArrayBuffer(8);
  const slots = viewSlots(new SharedArrayBuffer(slotCount * 4), new SharedArrayBuffer(slotCount * 8), lease);
  slots.lease[0] = leaseMs;
  return slots;
}

export function viewSlots(
  state: SharedArrayBuffer,
  startedAt: SharedArrayBuffer,
  lease: SharedArrayBuffer,
): SharedSlots {
  return {
    state: new Int32Array(state),
    startedAt: new Float64Array(startedAt),
    lease: new Float64Array(lease),
  };
}

/** True for one of the two who try: the thread that begins, or the host that takes back. */
export function claim(slots: SharedSlots, slot: number, as: typeof begun | typeof takenBack): boolean {
  return Atomics.compareExchange(slots.state, slot, queued, as) === queued;
}

/** Threads count from their own beginning, by one and the same clock. */
const originMs = processClockMs() - performance.now();

/** A clock that host and threads read alike, and that nobody sets: not that of the day, which leases must not go by. */
export function standingClockMs(): number {
  return originMs + performance.now();
}

function processClockMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
