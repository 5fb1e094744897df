/** `skein cluster`: a scheduler and workers on this machine, on a bus. */

import { Command, Option } from "commander";
import { jsonFlag, verboseFlag } from "./flags.js";
import { busPlace, logLevelFlag, wholeNumber, withBus, type BusFlags } from "./node/bus-flags.js";
import { makeLog } from "./node/log.js";
import type { Plan } from "./node/plan.js";
import { runProcesses } from "./node/run-processes.js";
import { dataPlan, withWorker, workerSettings, type WorkerFlags } from "./node/worker-flags.js";

type Flags = BusFlags & WorkerFlags & { readonly workers: string; readonly logLevel: string };

export function clusterCommand(): Command {
  const command = new Command("cluster")
    .summary("run a scheduler and workers on this machine")
    .description(
      "Runs a whole cluster on this machine: a scheduler and workers, each a process of its own, which are started " +
        "again when they die. Clients anywhere on the bus compute on it.",
    );
  return withWorker(withBus(command))
    .addOption(
      new Option("--workers <n>", "How many workers; the cores and the memory are shared out among them.")
        .env("SKEIN_WORKERS")
        .default("2"),
    )
    .addOption(logLevelFlag())
    .addOption(jsonFlag("Print errors as JSON."))
    .addOption(verboseFlag())
    .addHelpText(
      "after",
      "\nWith --workers 2, --name w and --data-port 7000 the workers are w1 and w2, on ports 7000 and 7001. SIGTERM (or " +
        "Ctrl-C)\ndrains the workers, then ends the scheduler; a second one stops all of it at once.\n\nExit codes:\n" +
        "  0  it was told to end\n  1  one of them died again and again\n" +
        "  2  wrong usage, the bus cannot be reached, or another scheduler leads the cluster\n" +
        "\nExamples:\n  $ skein cluster --bus nats://127.0.0.1:4222 --workers 4 --tasks tasks.ts\n" +
        "  $ skein run job.ts --bus nats://127.0.0.1:4222",
    )
    .action(async (flags: Flags) => {
      await runProcesses(plansOf(flags), makeLog("cluster", flags.logLevel));
    });
}

/** The scheduler's plan, and one for each worker: they share out the machine, and have names and ports of their own. */
export function plansOf(flags: Flags): readonly Plan[] {
  const { logLevel, spillDirectory, name = "w" } = flags;
  const count = wholeNumber("--workers", flags.workers, 1, 1_024);
  const common = { place: busPlace(flags), logLevel };
  const settings = workerSettings({ ...flags, name: `${name}${count}` }, count);
  const workers = Array.from({ length: count }, (_, i): Plan => {
    return {
      ...{ ...common, role: "worker", settings: { ...settings, name: `${name}${i + 1}` } },
      ...(spillDirectory === undefined ? {} : { spillDirectory }),
      ...dataPlan(flags, i),
    };
  });
  return [{ ...common, role: "scheduler" }, ...workers];
}
