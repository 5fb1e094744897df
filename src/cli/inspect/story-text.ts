/** What happened to a task, as lines of text. */

import type { StoryLine } from "../../actors/scheduler/state/history.js";
import { runText } from "../../actors/scheduler/state/story.js";

/** One line a state change: the time since the first, the change, and on which run and worker it bears. */
export function storyLines(story: readonly StoryLine[]): string[] {
  const [first] = story;
  if (first === undefined) return [];
  const times = story.map(({ atMs }) => `+${((atMs - first.atMs) / 1000).toFixed(3)} s`);
  const width = Math.max(...times.map((time) => time.length));
  return story.map(({ from, event, to, run, worker }, i) =>
    [
      `${times[i]!.padStart(width)}  ${from} --${event}--> ${to}`,
      ...(run === 0 ? [] : [`run ${runText(run)}`]),
      ...(worker === undefined ? [] : [`on ${worker}`]),
    ].join("  "),
  );
}
