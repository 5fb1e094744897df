/** How far a process's memory grows. */

import { memoryUsage } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Until what was let go of has gone back to the system. */
export async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 5; i += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The highest resident size since it was made, looked at all the time. */
export class MemoryWatch {
  readonly #base = memoryUsage.rss();
  #peak = this.#base;
  readonly #timer = setInterval(() => this.look(), 5);

  look(): void {
    this.#peak = Math.max(this.#peak, memoryUsage.rss());
  }

  /** Bytes above what it was at first. */
  end(): number {
    clearInterval(this.#timer);
    this.look();
    return this.#peak - this.#base;
  }
}
