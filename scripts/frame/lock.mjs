/**
 * One process at a time may change `node_modules` and `dist`.
 *
 * The lock is a folder, because making one either succeeds or fails as a whole. Inside stands the holder's
 * process id; the lock of a process that is gone is broken. Breaking has a lock of its own, so that two waiters
 * cannot break twice and both come in.
 */

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { scratch } from "./project.mjs";

const pollMs = 200;
/** A folder without a process id, or a breaker's folder, is left over from a crash after this long. */
const leftOverMs = 10_000;

/** Runs `work` while holding the lock; `onWait(pid)` is called once if another process holds it. */
export async function withLock(name, onWait, work) {
  mkdirSync(scratch, { recursive: true });
  const folder = join(scratch, `${name}.lock`);
  let waited = false;
  while (!tryMake(folder)) {
    if (isLeftOver(folder)) {
      breakLock(folder);
      continue;
    }
    if (!waited) onWait(holderOf(folder));
    waited = true;
    await wait(pollMs);
  }
  writeFileSync(join(folder, "pid"), String(process.pid));
  try {
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tryMake(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function holderOf(folder) {
  try {
    return Number(readFileSync(join(folder, "pid"), "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

function isLeftOver(folder) {
  const pid = holderOf(folder);
  return pid === undefined ? isOld(folder) : !isAlive(pid);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function isOld(folder) {
  try {
    return Date.now() - statSync(folder).mtimeMs > leftOverMs;
  } catch {
    return false;
  }
}

function breakLock(folder) {
  const breaking = `${folder}.breaking`;
  if (!tryMake(breaking)) {
    if (isOld(breaking)) rmSync(breaking, { recursive: true, force: true });
    return;
  }
  try {
    if (isLeftOver(folder)) rmSync(folder, { recursive: true, force: true });
  } finally {
    rmSync(breaking, { recursive: true, force: true });
  }
}
