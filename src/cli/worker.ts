/** `skein worker`: runs tasks of a cluster on a bus. */

import { Command } from "commander";
import { jsonFlag, verboseFlag } from "./flags.js";
import { busPlace, logLevelFlag, withBus, type BusFlags } from "./node/bus-flags.js";
import { makeLog } from "./node/log.js";
import { runProcesses } from "./node/run-processes.js";
import { dataPlan, withWorker, workerSettings, type WorkerFlags } from "./node/worker-flags.js";

type Flags = BusFlags & WorkerFlags & { readonly logLevel: string };

export function workerCommand(): Command {
  const command = new Command("worker")
    .summary("run tasks of a cluster on a bus")
    .description(
      "Runs tasks for a cluster: a process that talks to the bus, with threads that run the tasks, and a supervisor " +
        "that starts it again when it dies. It runs tasks of the modules named by --tasks, and code that travels " +
        "with the tasks only with --allow-inline.",
    );
  return withWorker(withBus(command))
    .addOption(logLevelFlag())
    .addOption(jsonFlag("Print errors as JSON."))
    .addOption(verboseFlag())
    .addHelpText(
      "after",
      `
SIGTERM (or Ctrl-C) drains: it takes nothing new, finishes or hands back what it has, moves what only it has to
others, and leaves. A second one stops it at once.

Exit codes:
  0  it has left
  1  it died again and again
  2  wrong usage, or the bus cannot be reached

Examples:
  $ skein worker --bus nats://127.0.0.1:4222 --tasks tasks.ts
  $ skein worker --bus amqp://127.0.0.1 --cluster team-a --threads 4 --memory-limit 8GB --resources gpu=1`,
    )
    .action(async (flags: Flags) => {
      const settings = workerSettings(flags);
      const { logLevel, spillDirectory } = flags;
      await runProcesses(
        [
          {
            ...{ role: "worker", place: busPlace(flags), logLevel, settings },
            ...(spillDirectory === undefined ? {} : { spillDirectory }),
            ...dataPlan(flags),
          },
        ],
        makeLog(`supervisor of ${settings.name}`, logLevel),
      );
    });
}
