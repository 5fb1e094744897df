/** Time for shells: monotonic milliseconds of any origin, timers, and "after this turn". Cores never see it. */

export interface Clock {
  now(): number;
  /** Calls `run` once when `now()` has reached `atMs`; the returned function takes it back. */
  setTimer(atMs: number, run: () => void): () => void;
  /** Calls `run` once after the current turn, in the order of the calls. */
  defer(run: () => void): void;
}
