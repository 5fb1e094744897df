/** `skein scheduler`: leads a cluster on a bus. */

import { Command } from "commander";
import { jsonFlag, verboseFlag } from "./flags.js";
import { busPlace, logLevelFlag, withBus, type BusFlags } from "./node/bus-flags.js";
import { serveScheduler } from "./node/serve-scheduler.js";
import { untilTold } from "./node/until-told.js";

type Flags = BusFlags & { readonly logLevel: string };

export function schedulerCommand(): Command {
  return withBus(
    new Command("scheduler")
      .summary("lead a cluster on a bus")
      .description(
        "Runs the scheduler of a cluster. One leads a cluster at a time. When it is started again, workers tell it " +
          "what they hold and clients offer their graphs again: nothing that is still held is computed twice.",
      ),
  )
    .addOption(logLevelFlag())
    .addOption(jsonFlag("Print errors as JSON."))
    .addOption(verboseFlag())
    .addHelpText(
      "after",
      `
Exit codes:
  0  it was told to end
  1  it failed again and again
  2  wrong usage, the bus cannot be reached, or another scheduler leads the cluster

Examples:
  $ skein scheduler --bus nats://127.0.0.1:4222
  $ skein scheduler --bus amqps://bus.example/jobs --cluster team-a --tls-ca ca.pem`,
    )
    .action(async (flags: Flags) => {
      await serveUntilTold(flags);
    });
}

function serveUntilTold(flags: Flags): Promise<void> {
  const plan = { role: "scheduler", place: busPlace(flags), logLevel: flags.logLevel } as const;
  return new Promise((resolve, reject) => {
    const serving = serveScheduler(plan, { onEnded: reject });
    const end = (signal: string): void =>
      void serving.then((each) => each.stop(signal)).then(resolve, reject);
    const forget = untilTold({ drain: end, stop: () => process.exit(130) });
    serving.catch((error: unknown) => {
      forget();
      reject(error as Error);
    });
  });
}
