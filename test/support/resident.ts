/** What a process takes of the machine's memory, as its kernel counts. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { platform } from "node:process";

export const MiB = 1024 * 1024;

/** In bytes. */
export function resident(pid: number): number {
  if (platform !== "linux")
    return 1024 * Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));
  // A process that has ended and was not waited for has no such line.
  const kB = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return 1024 * Number(kB ?? 0);
}
