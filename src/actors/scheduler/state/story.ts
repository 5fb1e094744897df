/** What happened to a task, in words and as data. */

import type { StoryLine } from "./history.js";
import type { SchedulerState } from "./state.js";

/** The state changes of `key` that are remembered, oldest first. */
export function storyOf(s: SchedulerState, key: string): readonly StoryLine[] {
  return s.history.of(key);
}

/** The story as lines of text. */
export function storyText(s: SchedulerState, key: string): string {
  const lines = storyOf(s, key).map(
    ({ atMs, from, event, to, run, worker }) =>
      `  ${atMs.toFixed(3)} ms  ${from} --${event}--> ${to}` +
      (run === 0 ? "" : `  run ${runText(run)}`) +
      (worker === undefined ? "" : `  on ${worker}`),
  );
  return lines.length === 0 ? "  (nothing is remembered)" : lines.join("\n");
}

/** `epoch.counter`, as people read it. */
export function runText(run: number): string {
  return `${Math.floor(run / 4294967296)}.${run % 4294967296}`;
}
