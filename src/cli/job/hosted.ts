/** Running a job's code inside a command: interrupts, errors nobody catches, and jobs that wait for ever. */

import { session } from "../../client/session.js";
import { exitCodeOf, failed, interrupted, printError, type OutputOptions } from "../output.js";

/**
 * Runs `job` and gives the exit code. The first SIGINT aborts its computations, and ends the process once the job
 * has ended, at once when nothing was computing; the second ends it at once. Synchronous tasks run in this thread,
 * so a signal is noticed between them.
 */
export async function runHosted(job: () => Promise<void>, output: OutputOptions): Promise<number> {
  const abort = new AbortController();
  session.host = { ...session.host, signal: abort.signal };
  const exit = (code: number): void => process.exit(code);

  process.on("SIGINT", () => {
    if (abort.signal.aborted || session.running === 0) exit(interrupted);
    console.error("\nStopping. Press again to stop at once.");
    abort.abort(new Error("interrupted"));
  });
  const uncaught = (error: unknown): void => {
    if (abort.signal.aborted) exit(interrupted);
    printError(error, output);
    exit(exitCodeOf(error));
  };
  process.on("uncaughtException", uncaught);
  process.on("unhandledRejection", uncaught);
  const drained = (): void => {
    printError(new Error("the job waits for something that can no longer happen"), output);
    exit(failed);
  };
  process.once("beforeExit", drained);

  try {
    await job();
    return abort.signal.aborted ? interrupted : 0;
  } catch (error) {
    if (abort.signal.aborted) return interrupted;
    printError(error, output);
    return exitCodeOf(error);
  } finally {
    process.off("beforeExit", drained);
  }
}
