/** `skein config`: every setting, its value, and where that comes from. */

import { Command } from "commander";
import pc from "picocolors";
import { settingsInForce } from "../client/settings.js";
import { environmentName, settingNames, settings, type ResolvedConfig, type SettingName } from "../config.js";
import { jsonFlag } from "./flags.js";
import { nearNames } from "./near.js";

/** Variables that are flags of commands, not settings. */
const otherVariables = [
  "SKEIN_VERBOSE",
  "SKEIN_JSON",
  "SKEIN_COLOR",
  "SKEIN_OUTPUT",
  "SKEIN_OPTIMIZED",
  "SKEIN_REPL_HISTORY",
  "SKEIN_SEED",
  "SKEIN_SEEDS",
  ...["SKEIN_WORKER", "SKEIN_ROLE", "SKEIN_MARKDOWN"],
];

export function configCommand(): Command {
  return new Command("config")
    .summary("show every setting, its value, and where that comes from")
    .description(
      "Shows the settings in force here. A setting is taken from a command's flag or a call's options, else from " +
        'its environment variable, else from the nearest skein.config.json, .js, .mjs or .ts or the "skein" part ' +
        "of a package.json, else it has its default.",
    )
    .addOption(jsonFlag("Print them as JSON."))
    .addHelpText("after", "\nExamples:\n  $ skein config\n  $ SKEIN_RETRIES=3 skein config --json")
    .action(async (flags: { readonly json?: boolean }) => {
      const resolved = await settingsInForce();
      console.log(flags.json === true ? JSON.stringify(asJson(resolved), null, 2) : asText(resolved));
      for (const line of unknownVariables(process.env)) console.error(line);
    });
}

function asJson(resolved: ResolvedConfig): unknown {
  return Object.fromEntries(
    settingNames.map((name) => {
      const { fallback, doc, accepts } = settings[name];
      const { origin } = resolved[name];
      const value = shownValue(resolved, name);
      return [name, { value, origin, default: fallback, environment: environmentName(name), accepts, doc }];
    }),
  );
}

function shownValue(resolved: ResolvedConfig, name: SettingName): unknown {
  const { shown } = settings[name] as { readonly shown?: (value: unknown) => string };
  const { value } = resolved[name];
  return shown === undefined ? value : shown(value);
}

function asText(resolved: ResolvedConfig): string {
  return settingNames
    .map((name) => {
      const { doc, accepts } = settings[name];
      const { origin } = resolved[name];
      const value = shownValue(resolved, name);
      const source = origin === "default" ? pc.dim("default") : `from ${origin}`;
      return `${pc.bold(`${name} = ${String(value)}`)}  ${source}\n    ${doc}\n    ${pc.dim(`${accepts}; ${environmentName(name)}`)}`;
    })
    .join("\n");
}

/** A line for each variable that looks like a setting and is none. */
function unknownVariables(environment: NodeJS.ProcessEnv): string[] {
  const known = [...settingNames.map(environmentName), ...otherVariables];
  return Object.keys(environment)
    .filter((name) => name.startsWith("SKEIN_") && !known.includes(name))
    .map((name) => {
      const [near] = nearNames(name, known);
      return `${pc.yellow("note:")} ${name} is no setting.${near === undefined ? "" : ` Did you mean ${near}?`}`;
    });
}
