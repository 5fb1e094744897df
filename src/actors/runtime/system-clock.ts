/**
 * The real clock. Timers do not keep the process alive: an actor that only waits is no reason to go on. What is
 * deferred runs in the next turn of the event loop, after the input that is there has been read.
 */

import type { Clock } from "./clock.js";

export const systemClock: Clock = {
  now: () => performance.now(),

  setTimer(atMs, run) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const waitMs = Math.max(0, atMs - performance.now());
      // A timer may ring a fraction of a millisecond early.
      timer = setTimeout(() => (performance.now() < atMs ? arm() : run()), Math.ceil(waitMs)).unref();
    };
    arm();
    return () => clearTimeout(timer);
  },

  defer(run) {
    setImmediate(run);
  },
};
