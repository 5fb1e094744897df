/** The log of a process that serves a cluster: one line of JSON a fact, on stderr. */

import { destination, pino, type Logger } from "pino";

export type Log = Logger;

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/** @param name which process it is, such as `worker w1`. */
export function makeLog(name: string, level: string): Log {
  // Written at once: what a process says just before it dies is what one wants to read.
  return pino({ name, level, base: { name, pid: process.pid } }, destination({ fd: 2, sync: true }));
}
