/** `skein run`: runs a script that computes. */

import { Command } from "commander";
import { applySettings, jsonFlag, verboseFlag, withSettings } from "./flags.js";
import { runHosted } from "./job/hosted.js";
import { jobArguments } from "./job/job-arguments.js";
import { loadJob } from "./job/load-job.js";
import { runDefault } from "./job/show-exports.js";
import { printValue, type OutputOptions } from "./output.js";

export function runCommand(): Command {
  const command = new Command("run")
    .summary("run a script that computes")
    .description(
      "Runs a script, TypeScript or JavaScript, with `skein` to import wherever it lies. Arguments that are no " +
        "options of this command reach the script; so does everything behind --. A function that it exports as " +
        "its default is called with them; a lazy value or a graph is computed and shown.",
    )
    .argument("<job>", "the script's file")
    .argument("[args...]", "what it finds in process.argv")
    .addOption(jsonFlag("Print what the default export gives, and errors, as JSON."))
    .addOption(verboseFlag())
    .allowUnknownOption()
    .addHelpText(
      "after",
      `
Exit codes:
  0    done
  1    the job failed; the error names the task
  2    wrong usage: no such file, it does not compile, a setting is wrong
  130  interrupted; interrupt twice to stop at once

Examples:
  $ skein run job.ts --progress
  $ skein run job.ts 2024-05 --concurrency 64
  $ skein run job.ts -- --progress        the script's own --progress`,
    );
  return withSettings(command).action(
    async (job: string, args: readonly string[], flags: OutputOptions & Record<string, unknown>) => {
      const output = { json: flags.json, verbose: flags.verbose };
      const code = await runHosted(async () => {
        const rest = jobArguments(command, job, args);
        applySettings(flags);
        const value = await runDefault(await loadJob(job, rest), rest);
        if (value !== undefined) printValue(value, output);
      }, output);
      // A job that is done may leave a server running; one that failed may leave tasks running.
      if (code === 0) process.exitCode = 0;
      else process.exit(code);
    },
  );
}
