/** Checks the options of a pass. */

import { describe, InvalidArgumentError } from "../../errors.js";

/** By option: whether a value will do, and what would. */
export type OptionChecks<O extends object> = {
  readonly [K in keyof Required<O>]: readonly [(value: unknown) => boolean, string];
};

/** @throws InvalidArgumentError for an option that is unknown, or of the wrong kind or range. */
export function checkOptions<O extends object>(pass: string, options: O, checks: OptionChecks<O>): void {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(
      `${pass}(graph, outputs, options)`,
      `options is ${describe(options)}`,
      `Give an object with any of ${Object.keys(checks).join(", ")}, or nothing.`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, name)) {
      throw new InvalidArgumentError(
        `${pass}(graph, outputs, { ${name} })`,
        "there is no such option",
        `Known are ${Object.keys(checks).join(", ")}.`,
      );
    }
    if (value === undefined) continue;
    const [accepts, wanted] = checks[name as keyof O];
    if (!accepts(value)) {
      throw new InvalidArgumentError(
        `${pass}(graph, outputs, { ${name} })`,
        `got ${describe(value)}`,
        `Give ${wanted}.`,
      );
    }
  }
}
