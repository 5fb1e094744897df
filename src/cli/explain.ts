/** `skein explain`: why a task is where it is. */

import { Command } from "commander";
import { jsonFlag, verboseFlag } from "./flags.js";
import { askCluster } from "./inspect/ask-cluster.js";
import { withBus, type BusFlags } from "./node/bus-flags.js";
import { failed } from "./output.js";

type Flags = BusFlags & { readonly json?: boolean };

export function explainCommand(): Command {
  const command = new Command("explain")
    .summary("say what a task is doing, or what it waits for")
    .description("Says in a sentence what a task is doing or what it waits for, and what went wrong before.")
    .argument("<key>", "the task's key");
  return withBus(command)
    .addOption(jsonFlag("Print it as JSON: { key, known, explanation }."))
    .addOption(verboseFlag())
    .addHelpText(
      "after",
      `
Exit codes:
  0  said
  1  there is no such task now
  2  wrong usage, the bus cannot be reached, or nobody leads the cluster

Examples:
  $ skein explain inc-3f2a --bus nats://127.0.0.1:4222`,
    )
    .action(async (key: string, flags: Flags) => {
      const [known, explanation] = await askCluster(flags, (client) =>
        Promise.all([client.query({ type: "known", key }) as Promise<boolean>, client.explain(key)]),
      );
      if (flags.json === true) console.log(JSON.stringify({ key, known, explanation }));
      else console[known ? "log" : "error"](explanation);
      if (!known) process.exitCode = failed;
    });
}
