/** `skein status`: the scheduler and the workers of a cluster, at the moment. */

import { Command, Option } from "commander";
import type { WorkerInfo } from "../actors/scheduler/clients/stats.js";
import { shownUrl } from "../transport/connect-options.js";
import { jsonFlag, verboseFlag } from "./flags.js";
import { askCluster } from "./inspect/ask-cluster.js";
import { statusText, type ClusterStatus } from "./inspect/status-text.js";
import { busPlace, withBus, type BusFlags } from "./node/bus-flags.js";
import { failed } from "./output.js";

type Flags = BusFlags & { readonly json?: boolean; readonly worker?: string };

export function statusCommand(): Command {
  const command = new Command("status")
    .summary("show a cluster's scheduler and workers")
    .description(
      "Shows what the scheduler of a cluster knows: tasks by state, clients and slots, and of each worker what it " +
        "runs and holds, how much memory it has, and how far away it is.",
    );
  return withBus(command)
    .addOption(
      new Option("--worker <name>", "End with 1 unless this worker is there and heard from.").env(
        "SKEIN_WORKER",
      ),
    )
    .addOption(jsonFlag("Print it as JSON."))
    .addOption(verboseFlag())
    .addHelpText(
      "after",
      `
Exit codes:
  0  the cluster has a scheduler, and the worker asked for is there
  1  the worker asked for is not there, or silent
  2  wrong usage, the bus cannot be reached, or nobody leads the cluster

Examples:
  $ skein status --bus nats://127.0.0.1:4222
  $ skein status --bus amqp://127.0.0.1 --cluster team-a --worker w1 --json`,
    )
    .action(async (flags: Flags) => {
      const status = await askForStatus(flags);
      console.log(flags.json === true ? JSON.stringify(status) : statusText(status));
      if (flags.worker !== undefined) mustBeThere(flags.worker, status.workers);
    });
}

async function askForStatus(flags: BusFlags): Promise<ClusterStatus> {
  const { connection, space } = busPlace(flags);
  const [scheduler, workers] = await askCluster(flags, (client) =>
    Promise.all([client.stats(), client.workers() as Promise<unknown> as Promise<WorkerInfo[]>]),
  );
  return { bus: shownUrl(connection.url), cluster: space.cluster, scheduler, workers };
}

function mustBeThere(name: string, workers: readonly WorkerInfo[]): void {
  const [worker] = workers.filter((each) => each.name === name).toSorted(aliveFirst);
  if (worker !== undefined && worker.state !== "suspect") return;
  const problem = worker === undefined ? "is not there" : "has not been heard from lately";
  console.error(`The worker ${JSON.stringify(name)} ${problem}.`);
  process.exitCode = failed;
}

/** An incarnation that died may still be listed beside the one that took its place. */
function aliveFirst(a: WorkerInfo, b: WorkerInfo): number {
  return Number(a.state === "suspect") - Number(b.state === "suspect");
}
