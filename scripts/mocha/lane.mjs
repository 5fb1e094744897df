/**
 * One mocha with a process group of its own, watched from outside: it ends, with all that its tests have started,
 * also when a test never returns, when a thread cannot be stopped, or when this process is told to end.
 */

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { failed, note } from "../frame/report.mjs";
import { stillThere } from "./still-there.mjs";
import { root, scratch, tool } from "../frame/project.mjs";

/** A mocha whose last test has ended has this long to end by itself. Its reporter speaks up before that. */
const lingerMs = 30_000;

let lanesStarted = 0;

/**
 * Runs mocha with these arguments on this terminal and counts. One that dies, is ended, or leaves no count is one
 * more failure.
 *
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runLane({ args, detail, deadlineMs }) {
  mkdirSync(scratch, { recursive: true });
  const file = join(scratch, `mocha-${process.pid}-${(lanesStarted += 1)}.json`);
  const { code, why } = await watch(start(args, file, detail), file, deadlineMs);
  const record = read(file);
  rmSync(file, { force: true });
  if (record?.ended !== true) {
    const during = record?.during === undefined ? "" : `, during: ${record.during}`;
    failed("tests", `mocha ended before its tests did, ${why ?? `with exit code ${code}`}${during}`);
    return { passed: record?.passed ?? 0, failed: (record?.failed ?? 0) + 1 };
  }
  if (why !== undefined) {
    // Whatever keeps its event loop busy its reporter has named and counted; this is Node that does not come to its end.
    note("tests", `mocha was ended ${why}`);
    return { passed: record.passed, failed: record.failed };
  }
  if (code !== 0 && record.failed === 0) {
    failed("tests", `mocha ended with exit code ${code}, though no test failed`);
    return { passed: record.passed, failed: 1 };
  }
  return { passed: record.passed, failed: record.failed };
}

function start(args, file, detail) {
  const options = `counts=${file},detail=${detail}`;
  const reporter = ["--reporter", join(root, "scripts/mocha/reporter.mjs"), "--reporter-option", options];
  return spawn(process.execPath, [tool("mocha"), ...reporter, ...args], {
    cwd: root,
    // Mocha starts itself again for its options of Node; a group has both, and what the tests leave behind.
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** Until the group is gone: with its exit code, and why it was ended if it did not end by itself. */
function watch(child, file, deadlineMs) {
  return new Promise((settle) => {
    const startedAt = performance.now();
    let why;
    let endedAt;
    const end = (reason) => {
      if (why === undefined) for (const line of stillThere(child.pid)) console.error(line);
      why ??= reason;
      signalGroup(child.pid, "SIGKILL");
    };
    const look = setInterval(() => {
      const now = performance.now();
      if (endedAt === undefined && read(file)?.ended === true) endedAt = now;
      if (endedAt !== undefined && now - endedAt > lingerMs)
        end(`by us: it was still there ${lingerMs / 1000} s after its last test`);
      if (now - startedAt > deadlineMs) end(`by us: ${deadlineMs / 60_000} minutes had passed`);
    }, 1_000);
    // Ctrl-C does not reach another group by itself.
    const forward = (signal) => signalGroup(child.pid, signal);
    process.on("SIGINT", forward).on("SIGTERM", forward);
    const done = (code) => {
      clearInterval(look);
      process.off("SIGINT", forward).off("SIGTERM", forward);
      void endRest(child.pid).then(() => settle({ code, why }));
    };
    child.once("error", (error) => {
      console.error(error.message);
      done(1);
    });
    child.once("exit", (code, signal) => done(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}

/** What mocha started ends soon after it; what does not was left behind by a test. */
async function endRest(pid) {
  for (let i = 0; i < 40 && signalGroup(pid, 0); i += 1) await sleep(50);
  if (signalGroup(pid, "SIGKILL")) note("tests", "processes that tests had left behind were ended");
}

/** Whether there was anybody to signal. */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** What the reporter has said so far. It replaces the file as a whole. */
function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}
