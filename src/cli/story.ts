/** `skein story`: what has happened to a task. */

import { Command } from "commander";
import type { StoryLine } from "../actors/scheduler/state/history.js";
import { jsonFlag, verboseFlag } from "./flags.js";
import { askCluster } from "./inspect/ask-cluster.js";
import { storyLines } from "./inspect/story-text.js";
import { withBus, type BusFlags } from "./node/bus-flags.js";
import { failed } from "./output.js";

type Flags = BusFlags & { readonly json?: boolean };

export function storyCommand(): Command {
  const command = new Command("story")
    .summary("tell what has happened to a task")
    .description(
      "Lists the state changes of a task that its cluster's scheduler remembers, oldest first: when, what changed, in " +
        "which run and on which worker. Tasks that are forgotten keep their story for a while.",
    )
    .argument("<key>", "the task's key");
  return withBus(command)
    .addOption(jsonFlag("Print it as JSON: an array of state changes."))
    .addOption(verboseFlag())
    .addHelpText(
      "after",
      `
Exit codes:
  0  told
  1  nothing is remembered of such a task
  2  wrong usage, the bus cannot be reached, or nobody leads the cluster

Examples:
  $ skein story inc-3f2a --bus nats://127.0.0.1:4222`,
    )
    .action(async (key: string, flags: Flags) => {
      const story = (await askCluster(flags, (client) => client.story(key))) as readonly StoryLine[];
      if (flags.json === true) console.log(JSON.stringify(story));
      else for (const line of storyLines(story)) console.log(line);
      if (story.length > 0) return;
      console.error(
        `Nothing is remembered of a task ${JSON.stringify(key)}: it was never submitted to this cluster, or too much ` +
          "has happened since.",
      );
      process.exitCode = failed;
    });
}
