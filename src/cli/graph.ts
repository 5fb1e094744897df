/** `skein graph`: draws what a script would compute, without computing it. */

import { extname } from "node:path";
import { Command, Option } from "commander";
import { session } from "../client/session.js";
import { drawInto, formatOf, pictureEndings } from "../client/visualize.js";
import type { DrawFormat } from "../graph/draw/render.js";
import type { Graph } from "../graph/graph.js";
import { jsonFlag, verboseFlag } from "./flags.js";
import { runHosted } from "./job/hosted.js";
import { jobArguments } from "./job/job-arguments.js";
import { loadJob, type Exports } from "./job/load-job.js";
import { exportedGraph, type Drawable } from "./job/exported-graph.js";
import { runDefault } from "./job/show-exports.js";
import { WrongUsage, type OutputOptions } from "./output.js";

interface GraphFlags extends OutputOptions {
  readonly output: string;
  readonly optimized?: boolean;
  readonly color: "name" | "order";
}

export function graphCommand(): Command {
  const command = new Command("graph")
    .summary("draw what a script would compute")
    .description(
      "Runs a script up to its first computation, which is drawn instead of run. A script that ends without one " +
        "is drawn by what it exports: its default (a lazy value, a structure of them, a graph, or a function, " +
        "which is called), else all its exported lazy values or graphs together. Whatever the script does before " +
        "is done.",
    )
    .argument("<job>", "the script's file")
    .argument("[args...]", "what it finds in process.argv")
    .addOption(
      new Option("-o, --output <file>", "The picture; its ending is the format: .svg, .png, .dot or .mmd.")
        .env("SKEIN_OUTPUT")
        .default("graph.svg"),
    )
    .addOption(
      new Option("--optimized", "Draw the graph as it would run, after optimisation.").env("SKEIN_OPTIMIZED"),
    )
    .addOption(
      new Option("--color <by>", "What colours stand for: the function's name, or the order of execution.")
        .choices(["name", "order"])
        .env("SKEIN_COLOR")
        .default("name"),
    )
    .addOption(jsonFlag("Print what was drawn as JSON."))
    .addOption(verboseFlag())
    .allowUnknownOption()
    .addHelpText(
      "after",
      `
Examples:
  $ skein graph job.ts -o graph.svg
  $ skein graph job.ts -o out/graph.png --optimized`,
    );
  return command.action(async (job: string, args: readonly string[], flags: GraphFlags) => {
    process.exit(
      await runHosted(async () => {
        const rest = jobArguments(command, job, args);
        const format = formatNamed(flags.output);
        const { graph, keys } = await drawableOf(job, rest);
        await drawInto(flags.output, graph, keys, format, { optimize: flags.optimized, color: flags.color });
        const about = { file: flags.output, tasks: graph.size, outputs: keys };
        console.log(flags.json ? JSON.stringify(about) : `${about.file}: ${about.tasks} entries`);
      }, flags),
    );
  });
}

function formatNamed(output: string): DrawFormat {
  const ending = extname(output);
  if (pictureEndings.includes(ending)) return formatOf(output);
  throw new WrongUsage(
    "--output",
    `${JSON.stringify(output)} ends in no known format`,
    `Name a file that ends in ${pictureEndings.join(", ")}.`,
  );
}

/** The first computation that the job asks for, else what it exports. */
async function drawableOf(job: string, args: readonly string[]): Promise<Drawable> {
  const recorded = new Promise<Drawable>((resolve) => {
    const record = (graph: Graph, keys: readonly string[]): void => resolve({ graph, keys });
    session.host = { ...session.host, record };
  });
  const exported = async (): Promise<Drawable> => {
    const exports: Exports = await loadJob(job, args);
    const drawable = exportedGraph(exports);
    if (drawable !== undefined) return drawable;
    // A function's computations are recorded; one that returns lazy values has them computed, which records them.
    await runDefault(exports, args);
    throw new WrongUsage(
      job,
      "there is nothing to draw: the script computes nothing and exports no lazy value or graph",
      "Let it compute something, or export what is to be drawn.",
    );
  };
  return Promise.race([recorded, exported()]);
}
