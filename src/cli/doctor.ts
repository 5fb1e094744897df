/** `skein doctor`: examines a bus, whether or not a cluster runs there. */

import { Command, Option } from "commander";
import type { Role } from "../protocol/addresses.js";
import { jsonFlag, verboseFlag } from "./flags.js";
import { examine, type Examination } from "./inspect/doctor/examination.js";
import { examinationText } from "./inspect/doctor/examination-text.js";
import { busPlace, withBus, type BusFlags } from "./node/bus-flags.js";
import { failed } from "./output.js";

type Flags = BusFlags & { readonly json?: boolean; readonly role?: Role };

const roles: readonly Role[] = ["scheduler", "worker", "client"];

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .summary("examine a bus: version, limits, permissions, durability")
    .description(
      "Examines a bus as the user one connects as: the broker's version and the advisories on it that are known here, " +
        "its limits, which of the things that Skein needs are permitted, how far away it is, and what one can count on " +
        "to be kept. Runs beside a working cluster without being noticed.",
    );
  return withBus(command)
    .addOption(
      new Option("--role <role>", "What the user is for: its permissions must be enough for that.")
        .env("SKEIN_ROLE")
        .choices(roles),
    )
    .addOption(jsonFlag("Print it as JSON."))
    .addOption(verboseFlag())
    .addHelpText(
      "after",
      `
Exit codes:
  0  the permissions are enough for the role, or where none is named for one of them
  1  they are not
  2  wrong usage, or the bus cannot be reached

Examples:
  $ skein doctor --bus nats://127.0.0.1:4222
  $ skein doctor --bus amqps://bus.example/jobs --user skein-worker --role worker --json`,
    )
    .action(async (flags: Flags) => {
      const examination = await examine(busPlace(flags), flags.role ?? "scheduler");
      console.log(flags.json === true ? JSON.stringify(examination) : examinationText(examination));
      if (!isEnough(examination, flags.role)) process.exitCode = failed;
    });
}

function isEnough({ roles: lacks }: Examination, role: Role | undefined): boolean {
  const asked = role === undefined ? roles : [role];
  return asked.some((each) => lacks[each].length === 0);
}
