/** What the `sync` scheduler takes from the world, as a port, so that tests can stand in for time and chance. */

import { inspect } from "node:util";
import type { LogFields } from "../current-task.js";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface Surroundings {
  /** Milliseconds on a clock that never goes back. */
  nowMs(): number;
  /** Calls `then` after `ms`; the function it gives calls that off. */
  after(ms: number, then: () => void): () => void;
  /** Calls `then` once everything that is waiting in the event loop had its turn. */
  nextTurn(then: () => void): void;
  /** In [0, 1). */
  random(): number;
  /** A line that the task `key` wrote. */
  log(key: string, level: LogLevel, message: string, fields: LogFields | undefined): void;
}

/** The real ones; what tasks log goes to stderr. */
export const processSurroundings: Surroundings = {
  nowMs: () => performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  nextTurn: (then) => void setImmediate(then),
  random: () => Math.random(),
  log(key, level, message, fields) {
    const details = fields === undefined ? "" : ` ${inspect(fields, { breakLength: Infinity })}`;
    process.stderr.write(`${level} ${key}: ${message}${details}\n`);
  },
};
