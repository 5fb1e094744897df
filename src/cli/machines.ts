/** `skein machines`: the statecharts of the engine, as Mermaid diagrams or as JSON. */

import { Command, Option } from "commander";
import { InvalidArgumentError } from "../errors.js";
import { machineToMermaid, machines, stateDescriptions, transitionDescriptions } from "../machines.js";
import { jsonFlag } from "./flags.js";

export function machinesCommand(): Command {
  return new Command("machines")
    .description("Print the statecharts of tasks, workers, schedulers, clients, links and supervisors.")
    .argument("[name]", "One machine only, such as worker; all unless given.")
    .addOption(new Option("--markdown", "As the documentation page docs/machines.md.").env("SKEIN_MARKDOWN"))
    .addOption(jsonFlag("As JSON, for programs."))
    .addHelpText(
      "after",
      "\nExamples:\n  $ skein machines workerRun\n  $ skein machines --markdown > docs/machines.md",
    )
    .action((name: string | undefined, options: { readonly markdown?: boolean; readonly json?: boolean }) => {
      const chosen = machines.filter(({ machine }) => name === undefined || machine.id === name);
      if (chosen.length === 0) {
        const known = machines.map(({ machine }) => machine.id).join(", ");
        throw new InvalidArgumentError(
          "skein machines",
          `there is no machine ${JSON.stringify(name)}`,
          `Known are ${known}.`,
        );
      }
      const print = options.json === true ? asJson : options.markdown === true ? machinesPage : asText;
      process.stdout.write(`${print(chosen)}\n`);
    });
}

type Chosen = typeof machines;

function asText(chosen: Chosen): string {
  return chosen.map(({ machine, about }) => `%% ${about}\n${machineToMermaid(machine)}`).join("\n\n");
}

function asJson(chosen: Chosen): string {
  const all = chosen.map(({ machine, about }) => ({
    id: machine.id,
    about,
    states: Object.fromEntries(stateDescriptions(machine)),
    mermaid: machineToMermaid(machine),
  }));
  return JSON.stringify(all, null, 2);
}

/** The documentation page. A test compares it with docs/machines.md. */
export function machinesPage(chosen: Chosen = machines): string {
  const sections = chosen.map(({ machine, about }) => {
    const states = stateDescriptions(machine).map(([state, meaning]) => `| \`${state}\` | ${meaning} |`);
    const events = transitionDescriptions(machine).map(
      ([from, event, to, meaning]) => `- \`${from}\` → \`${to}\` on ${event}: ${meaning}.`,
    );
    return [
      `## ${machine.id}`,
      about,
      `\`\`\`mermaid\n${machineToMermaid(machine)}\n\`\`\``,
      ["| state | what it means |", "| --- | --- |", ...states].join("\n"),
      ...(events.length > 0 ? [events.join("\n")] : []),
    ].join("\n\n");
  });
  const intro =
    "Every lifecycle of the engine is a statechart. This page is generated from them by `skein machines --markdown`; " +
    "a test fails when it is stale. The machines of tasks and runs are compiled into flat tables, and a test proves " +
    "table and machine equal. From programs they are to be had as `skein/machines`.";
  return ["# The statecharts", intro, ...sections].join("\n\n");
}
