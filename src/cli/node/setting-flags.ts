/** Flags that are settings, too: what the command line does not say, the environment or a configuration file may. */

import type { Command } from "commander";
import type { ResolvedConfig, SettingName } from "../../config.js";

/** What a flag's value is made of, when that is not the setting's text: the setting's value, and where it came from. */
export type Readers = Readonly<Partial<Record<SettingName, (value: string, origin: string) => unknown>>>;

/**
 * Gives a command what the settings say. Those at their default leave the flag at its own, which may be another.
 *
 * @param names the option of each setting; those that the command does not have are left out.
 */
export function takeSettings(
  command: Command,
  settings: ResolvedConfig,
  names: Readonly<Partial<Record<SettingName, string>>>,
  readers: Readers = {},
): void {
  const known = new Set(command.options.map((option) => option.attributeName()));
  for (const [setting, option] of Object.entries(names) as [SettingName, string][]) {
    const { value, origin } = settings[setting];
    if (origin === "default" || value === "" || !known.has(option)) continue;
    if (command.getOptionValueSource(option) === "cli") continue;
    const read = readers[setting];
    const given = typeof value === "boolean" ? value : (read?.(String(value), origin) ?? String(value));
    command.setOptionValueWithSource(option, given, "config");
  }
}
