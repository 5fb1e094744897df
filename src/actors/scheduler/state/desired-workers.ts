/**
 * How many workers there should be, as whoever starts and ends them is told. One reading may be a whim: only readings that
 * agree for some time make a step, to the least they agree upon, and after a step nothing is taken back for a while.
 */

export interface DesiredWorkersConfig {
  /** Readings that must agree before a step. */
  readonly scaleReadings: number;
  /** After a step the number does not fall for this long. */
  readonly scaleCoolDownMs: number;
}

export class DesiredWorkers {
  readonly #config: DesiredWorkersConfig;
  /** The last readings, oldest first. */
  #readings: number[] = [];
  #steppedAtMs = Number.NEGATIVE_INFINITY;
  #workers = 0;

  constructor(config: DesiredWorkersConfig) {
    this.#config = config;
  }

  get workers(): number {
    return this.#workers;
  }

  /** One more reading of how many would be busy. True when the number changes. */
  read(reading: number, nowMs: number): boolean {
    const { scaleReadings, scaleCoolDownMs } = this.#config;
    this.#readings = [...this.#readings, reading].slice(-scaleReadings);
    if (this.#readings.length < scaleReadings) return false;
    const least = Math.min(...this.#readings);
    const most = Math.max(...this.#readings);
    if (least > this.#workers) this.#workers = least;
    else if (most < this.#workers && nowMs - this.#steppedAtMs >= scaleCoolDownMs) this.#workers = most;
    else return false;
    this.#steppedAtMs = nowMs;
    return true;
  }
}
