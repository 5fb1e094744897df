/** The command line as a whole: which commands there are, their help, and what happens when it is called wrongly. */

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { clusterCommand } from "./cluster.js";
import { configCommand } from "./config.js";
import { doctorCommand } from "./doctor.js";
import { explainCommand } from "./explain.js";
import { forgetNegatedVariables } from "./flags.js";
import { graphCommand } from "./graph.js";
import { exitCodeOf, printError, wrongUsage } from "./output.js";
import { machinesCommand } from "./machines.js";
import { replCommand } from "./repl.js";
import { runCommand } from "./run.js";
import { schedulerCommand } from "./scheduler.js";
import { simCommand } from "./sim.js";
import { statusCommand } from "./status.js";
import { storyCommand } from "./story.js";
import { workerCommand } from "./worker.js";

/** Runs the command that `args` (without node and script) name, and sets the exit code. */
export async function runProgram(args: readonly string[]): Promise<void> {
  ignoreBrokenPipes();
  forgetNegatedVariables(process.env);
  try {
    await program().parseAsync(args, { from: "user" });
  } catch (error) {
    // Commander has printed its own errors already; for help and version it "throws" 0.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : wrongUsage;
    else {
      const flags = args.slice(0, args.includes("--") ? args.indexOf("--") : args.length);
      const asked = (flag: string, variable: string): boolean =>
        flags.includes(flag) || process.env[variable] !== undefined;
      printError(error, {
        json: asked("--json", "SKEIN_JSON"),
        verbose: asked("--verbose", "SKEIN_VERBOSE"),
      });
      // A job's own errors do not come here: what was given wrongly here was given to the command.
      const isUsage = (error as { code?: unknown } | null)?.code === "ERR_INVALID_ARGUMENT";
      process.exitCode = isUsage ? wrongUsage : exitCodeOf(error);
    }
  }
}

function program(): Command {
  const root = new Command("skein")
    .description("Task graphs for TypeScript: run them, draw them, try them out.")
    .version(version(), "-V, --version", "Print the version.")
    .helpOption("-h, --help", "Show help, of a command when one is named.")
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .showHelpAfterError("(skein --help lists the commands and options)")
    .addHelpText(
      "after",
      `
Examples:
  $ skein run job.ts --progress        run a script, with a progress bar
  $ skein graph job.ts -o graph.svg    draw what it would compute
  $ skein repl                         try things out
  $ skein config                       show the settings, and where they come from`,
    );
  for (const command of [
    runCommand(),
    schedulerCommand(),
    workerCommand(),
    clusterCommand(),
    statusCommand(),
    storyCommand(),
    explainCommand(),
    doctorCommand(),
    graphCommand(),
    replCommand(),
    configCommand(),
    machinesCommand(),
    simCommand(),
  ]) {
    root.addCommand(command.copyInheritedSettings(root));
  }
  // Errors are thrown instead of ending the process, also by the commands.
  for (const each of [root, ...root.commands]) each.exitOverride();
  return root;
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** Whoever reads our output may stop reading (`skein … | head`); that is no reason to fail. */
function ignoreBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}
