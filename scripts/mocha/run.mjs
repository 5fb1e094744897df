/** Runs the tests and counts them: all of them in lanes side by side, or a selection as mocha would by itself. */

import { lanes } from "./lanes.mjs";
import { runLane } from "./lane.mjs";

/** What all tests together may take. They take half of it on two cores. */
const deadlineMs = 25 * 60_000;

/** All tests when `selection` is empty; otherwise mocha's own arguments: files, folders, `--grep`. */
export async function runMocha(selection) {
  const results = await Promise.all(
    selection.length > 0
      ? [runLane({ args: selection, detail: true, deadlineMs })]
      : lanes().map((files) => runLane({ args: files, detail: false, deadlineMs })),
  );
  const sum = (field) => results.reduce((total, result) => total + result[field], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}
