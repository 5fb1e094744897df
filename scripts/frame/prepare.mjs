/**
 * Brings the project into a state in which a command can run.
 *
 * A step is `{ title, missing(), run() }`. `missing()` says in a few words why the step must run, or gives
 * undefined when its work stands; `run()` does it and gives a few words on what it did, or throws a `SetUpError`.
 * Steps look at what is really there (installed packages, built files), so a step cut short is simply done again.
 */

import { withLock } from "./lock.mjs";
import { failed, note, passed } from "./report.mjs";

/** A set-up step that could not do its work; the message is shown as it is. */
export class SetUpError extends Error {}

/** Runs the steps that are needed, in order. Gives false, with the reason printed, when one fails. */
export async function prepare(steps) {
  if (steps.every((step) => step.missing() === undefined)) {
    note("set-up", "nothing to do");
    return true;
  }
  const onWait = (pid) =>
    note("set-up", `waiting for another set-up${pid === undefined ? "" : ` (process ${pid})`}`);
  return withLock("set-up", onWait, async () => {
    for (const step of steps) {
      if (!(await runStep(step))) return false;
    }
    return true;
  });
}

async function runStep(step) {
  const why = step.missing();
  if (why === undefined) return true;
  const startedAt = performance.now();
  note(step.title, why);
  try {
    passed(step.title, await step.run(), startedAt);
    return true;
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    failed(step.title, "failed", startedAt);
    console.error(error.message);
    return false;
  }
}
