/** `skein sim`: whole clusters from seeds, with everything that can go wrong in them. */

import { Command, Option } from "commander";
import pc from "picocolors";
import { SimulatedCluster, type SimulationResult } from "../testing/simulated-cluster.js";
import { jsonFlag } from "./flags.js";
import { failed, WrongUsage } from "./output.js";

interface SimFlags {
  readonly seed: string;
  readonly seeds: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** Seeds after which progress is told. */
const progressEvery = 500;

export function simCommand(): Command {
  return new Command("sim")
    .summary("run simulated clusters, to find what goes wrong in them")
    .description(
      "Runs the real scheduler, workers, clients and links on a virtual clock and a bus that loses, repeats and " +
        "delays; processes crash, stop and come back. The seed decides everything: the same seed is the same story. " +
        "Ends with 1 when an invariant was broken, and says how to see it again.",
    )
    .addOption(new Option("--seed <n>", "The first seed.").env("SKEIN_SEED").default("1"))
    .addOption(new Option("--seeds <n>", "How many, from that one on.").env("SKEIN_SEEDS").default("1"))
    .addOption(new Option("--verbose", "Say how each seed went.").env("SKEIN_VERBOSE"))
    .addOption(jsonFlag("Print one line of JSON for each seed."))
    .addHelpText("after", "\nExamples:\n  $ skein sim --seed 4711 --verbose\n  $ skein sim --seeds 20000")
    .action(async (flags: SimFlags) => {
      const first = wholeNumber("--seed", flags.seed);
      const count = wholeNumber("--seeds", flags.seeds);
      const failures = await runSeeds(first, count, flags);
      if (failures > 0) process.exitCode = failed;
    });
}

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new WrongUsage(flag, `got ${JSON.stringify(text)}`, "Give a whole number from 0 on.");
}

async function runSeeds(first: number, count: number, flags: SimFlags): Promise<number> {
  const totals = { seeds: 0, failures: 0, steps: 0, tasks: 0, runs: 0, gifts: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const result = await SimulatedCluster.run({ seed });
    totals.seeds++;
    totals.steps += result.steps;
    totals.tasks += result.tasks;
    totals.runs += result.runs;
    totals.gifts += result.gifts.taken;
    if (result.outcome === "failed") totals.failures++;
    show(result, flags, count);
    if (flags.json !== true && totals.seeds % progressEvery === 0 && totals.seeds < count)
      console.log(pc.dim(`${totals.seeds} of ${count} seeds, ${totals.failures} failed`));
  }
  if (flags.json !== true) {
    const { seeds, failures, tasks, runs, gifts, steps } = totals;
    const verdict = failures === 0 ? pc.green("none failed") : pc.red(`${failures} failed`);
    console.log(
      `${seeds} seeds, ${verdict}: ${tasks} tasks, ${runs} runs, ${gifts} gifts taken, ${steps} events`,
    );
  }
  return totals.failures;
}

function show(result: SimulationResult, { json, verbose }: SimFlags, count: number): void {
  if (json === true) {
    console.log(JSON.stringify(result));
  } else if (result.outcome === "failed") {
    console.log(verbose === true || count === 1 ? result.report : briefly(result));
  } else if (verbose === true) {
    const { seed, traceHash, virtualMs, steps, tasks, runs, futures, faults } = result;
    const ends = Object.entries(futures).map(([end, n]) => `${n} ${end}`);
    console.log(
      `seed ${seed} ${pc.green("ok")}  trace ${traceHash}  ${(virtualMs / 1000).toFixed(1)} s, ${steps} events, ` +
        `${tasks} tasks, ${runs} runs; futures: ${ends.join(", ") || "none"}; ${faults.join(", ") || "no faults"}`,
    );
  }
}

/** The report without its events. */
function briefly({ report = "" }: SimulationResult): string {
  const end = report.indexOf("\n  the last ");
  return end < 0 ? report : report.slice(0, end);
}
