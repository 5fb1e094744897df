/**
 * The flags of the commands. Every flag has an environment variable: those that are settings are settings' own,
 * handed on to the job through the environment; the others are read by commander.
 */

import { Option, type Command } from "commander";
import { checkSetting, environmentName, settings, type SettingName } from "../config.js";
import { configuredScheduler } from "../client/scheduler.js";

/** Flags of commands that compute, by the setting each stands for. */
const settingFlags: readonly (readonly [setting: SettingName, flag: string, negative?: string])[] = [
  ["scheduler", "--scheduler <name>"],
  ["concurrency", "--concurrency <n>"],
  ["workers", "--workers <n>"],
  ["retries", "--retries <n>"],
  ["progress", "--progress", "--no-progress"],
  ["optimize", "--optimize", "--no-optimize"],
  ["bus", "--bus <url>"],
  ["cluster", "--cluster <name>"],
  ["prefix", "--prefix <name>"],
  ["user", "--user <name>"],
  ["password", "--password <text>"],
  ["token", "--token <text>"],
  ["creds", "--creds <file>"],
  ["nkey", "--nkey <file>"],
  ["tlsCa", "--tls-ca <file>"],
  ["tlsCert", "--tls-cert <file>"],
  ["tlsKey", "--tls-key <file>"],
  ["tlsInsecure", "--tls-insecure"],
  ["connectTimeoutMs", "--connect-timeout <ms>"],
];

/** Adds the flags that are settings. */
export function withSettings(command: Command): Command {
  for (const [name, flag, negative] of settingFlags) {
    const { doc } = settings[name];
    command.option(flag, `${doc} (env: ${environmentName(name)})`);
    if (negative !== undefined) command.option(negative);
  }
  return command;
}

/** Hands the flags that were given on to every computation of this process. @throws ConfigError */
export function applySettings(flags: Readonly<Record<string, unknown>>): void {
  for (const [name, flag] of settingFlags) {
    const option = new Option(flag);
    const given = flags[option.attributeName()] as string | boolean | undefined;
    if (given === undefined) continue;
    const value = typeof settings[name].fallback === "number" ? Number(given) : given;
    checkSetting(name, Number.isNaN(value) ? given : value, option.long ?? flag);
    if (name === "scheduler") configuredScheduler(String(value), "--scheduler");
    process.env[environmentName(name)] = String(value);
  }
}

/** `--verbose`: whole stacks. */
export const verboseFlag = (): Option =>
  new Option("--verbose", "Show errors with their whole stacks.").env("SKEIN_VERBOSE");

/** `--json`: output for programs. */
export const jsonFlag = (what: string): Option => new Option("--json", what).env("SKEIN_JSON");

/** Commander takes any value of a flag's variable for yes; an unset variable is the way to tell it no. */
export function forgetNegatedVariables(environment: NodeJS.ProcessEnv): void {
  for (const name of ["SKEIN_VERBOSE", "SKEIN_JSON", "SKEIN_OPTIMIZED", "SKEIN_MARKDOWN"]) {
    if (/^(0|false|no|off|)$/i.test(environment[name] ?? "")) {
      Reflect.deleteProperty(environment, name);
    }
  }
}
