/** Where a process spills to, and clearing up after processes that could not do it themselves. */

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError } from "../../errors.js";

const prefix = "skein-spill-";

/**
 * A directory for this process alone, not made yet; directories of processes that are gone are removed.
 *
 * @throws InvalidArgumentError when `root` is no directory that can be had.
 */
export function spillDirectory(name: string, root: string = tmpdir()): string {
  try {
    mkdirSync(root, { recursive: true });
  } catch (error) {
    throw new InvalidArgumentError(
      "spillDirectory",
      `${root} cannot be made (${(error as Error).message})`,
      "Name a directory that this process may write to.",
    );
  }
  for (const entry of readdirSync(root)) {
    const pid = Number(/^skein-spill-(\d+)-/.exec(entry)?.[1]);
    if (Number.isInteger(pid) && pid !== process.pid && !isAlive(pid)) {
      rmSync(join(root, entry), { recursive: true, force: true });
    }
  }
  return join(root, `${prefix}${process.pid}-${name}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
