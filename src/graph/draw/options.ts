/** How a graph is to be drawn. */

import { InvalidArgumentError, describe } from "../../errors.js";

/** Which way the arrows run. */
export type Direction = "TB" | "LR" | "BT" | "RL";

export interface DrawOptions {
  /** Keys whose results are wanted: drawn with a strong outline. */
  readonly outputs?: Iterable<string> | undefined;
  /**
   * What a colour stands for: the function (`"name"`, the default), the place in the order of execution (`"order"`,
   * dark first), or what `states` says (`"state"`).
   */
  readonly color?: "name" | "order" | "state" | undefined;
  /** The state of each key, such as `"finished"` or `"processing"`; keys without one stay pale. */
  readonly states?: ReadonlyMap<string, string> | Readonly<Record<string, string>> | undefined;
  /** Chosen by the graph's shape when it is not given. */
  readonly rankdir?: Direction | undefined;
  /** Stands above the picture. */
  readonly title?: string | undefined;
}

const choices = {
  color: ["name", "order", "state"],
  rankdir: ["TB", "LR", "BT", "RL"],
} as const;

/** @throws InvalidArgumentError for a colour or direction that does not exist. */
export function checkDrawOptions(options: DrawOptions): void {
  for (const name of ["color", "rankdir"] as const) {
    const value: unknown = options[name];
    const known: readonly unknown[] = choices[name];
    if (value !== undefined && !known.includes(value)) {
      throw new InvalidArgumentError(
        `draw({ ${name} })`,
        `got ${describe(value)}`,
        `Known are ${known.join(", ")}.`,
      );
    }
  }
}

/** The state of a key, however the states were given. */
export function stateLookup(states: DrawOptions["states"] = {}): (key: string) => string | undefined {
  if (states instanceof Map) return (key) => states.get(key) as string | undefined;
  const record = states as Readonly<Record<string, string>>;
  return (key) => (Object.hasOwn(record, key) ? record[key] : undefined);
}
