/** A task's story as lines of text. */

import type { StoryLine } from "../../actors/scheduler/state/history.js";
import { runName } from "./ledger.js";

export function storyLines(story: readonly StoryLine[]): string[] {
  if (story.length === 0) return ["(nothing is remembered)"];
  return story.map(({ atMs, from, event, to, run, worker }) => {
    const where = worker === undefined ? "" : `  on ${worker}`;
    return `${atMs.toFixed(2).padStart(10)}  ${from} --${event}--> ${to}${run === 0 ? "" : `  run ${runName(run)}`}${where}`;
  });
}
