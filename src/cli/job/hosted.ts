/** Running a job's code inside a command: interrupts, errors nobody catches, and jobs that wait for ever. */

import { setTimeout as pause } from "node:timers/promises";
import { session } from "../../client/session.js";
import { exitCodeOf, failed, interrupted, printError, terminated, type OutputOptions } from "../output.js";

/** How long those clusters may take to hear that nobody waits for the job's tasks any more. */
const leaveWithinMs = 2_000;

/**
 * Runs `job` and gives the exit code. The first SIGINT or SIGTERM aborts its computations, and ends the process once the
 * job has ended, at once when nothing was computing; the second ends it at once. Synchronous tasks run in this thread,
 * so a signal is noticed between them.
 */
export async function runHosted(job: () => Promise<void>, output: OutputOptions): Promise<number> {
  const abort = new AbortController();
  session.host = { ...session.host, signal: abort.signal };
  let interruptedWith = interrupted;
  const exit = (code: number): void => process.exit(code);
  const leave = (code: number): void => void leaveClusters().then(() => exit(code));

  const hear = (code: number) => (): void => {
    if (abort.signal.aborted) return exit(code);
    interruptedWith = code;
    const isIdle = session.running === 0;
    if (!isIdle) console.error("\nStopping. Press again to stop at once.");
    abort.abort(new Error("interrupted"));
    if (isIdle) leave(code);
  };
  process.on("SIGINT", hear(interrupted));
  process.on("SIGTERM", hear(terminated));
  let isOver = false;
  const uncaught = (error: unknown): void => {
    // What its goodbyes cancel, the job has been told of.
    if (isOver) return;
    isOver = true;
    if (abort.signal.aborted) return leave(interruptedWith);
    printError(error, output);
    leave(exitCodeOf(error));
  };
  process.on("uncaughtException", uncaught);
  process.on("unhandledRejection", uncaught);
  const drained = (): void => {
    printError(new Error("the job waits for something that can no longer happen"), output);
    leave(failed);
  };
  process.once("beforeExit", drained);

  try {
    await job();
    if (!abort.signal.aborted) return 0;
  } catch (error) {
    if (!abort.signal.aborted) {
      isOver = true;
      printError(error, output);
      await leaveClusters();
      return exitCodeOf(error);
    }
  } finally {
    process.off("beforeExit", drained);
  }
  isOver = true;
  await leaveClusters();
  return interruptedWith;
}

/** Says goodbye to clusters elsewhere: they would go on with what this process wanted until its silence is noticed. */
async function leaveClusters(): Promise<void> {
  const goodbyes = [...session.guests].map((guest) => guest.close());
  await Promise.race([
    Promise.allSettled(goodbyes),
    pause(leaveWithinMs, undefined, { ref: goodbyes.length > 0 }),
  ]);
}
