/** The arguments of a job among those of a command. */

import type { Command } from "commander";
import { nearNames } from "../near.js";
import { WrongUsage } from "../output.js";

/**
 * What goes on to the job. Options that the command does not know belong to the job, but only behind its name.
 *
 * @throws WrongUsage for an unknown option before the job.
 */
export function jobArguments(command: Command, job: string, args: readonly string[]): readonly string[] {
  if (!job.startsWith("-")) return args;
  const known = command.options.map((option) => option.long ?? option.short ?? "");
  const near = nearNames(job, known);
  throw new WrongUsage(
    `skein ${command.name()}`,
    `there is no option ${job}`,
    near.length > 0
      ? `Did you mean ${near.join(", ")}?`
      : `\`skein ${command.name()} --help\` lists those there are; options of the script come behind its name.`,
  );
}
