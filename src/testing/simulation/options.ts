/** What a simulated cluster is made of; checked, for a fault that is misspelt would be one that is never found. */

import { describe, InvalidArgumentError } from "../../errors.js";
import { Graph } from "../../graph/graph.js";
import { isPlainObject } from "../../graph/references.js";
import { noFaults, type Faults } from "./faults.js";

export interface SimulationOptions {
  readonly seed: number;
  /** The shape that is run; its functions are not called. Without one the seed draws graphs of its own. */
  readonly graph?: Graph;
  /** Of the graph, what is wanted; by default what nothing else needs. */
  readonly wants?: readonly string[];
  readonly workers?: number;
  /** About how many tasks, when the seed draws the graphs. */
  readonly tasks?: number;
  /** More than one: another takes over while the first only stands still. */
  readonly schedulers?: number;
  /** Tasks take longer, so that more goes wrong while something runs. By default that of the seed's own choice. */
  readonly busy?: boolean;
  /** Those that are not named are absent. `"drawn"`, the default: a mixture of the seed's own. */
  readonly faults?: Partial<Faults> | "drawn";
}

const isWhole =
  (least: number) =>
  (value: unknown): boolean =>
    Number.isSafeInteger(value) && (value as number) >= least;
const isBoolean = (value: unknown): boolean => typeof value === "boolean";

/** What each option may be, and that in words. */
const checks: {
  readonly [N in keyof Required<SimulationOptions>]: readonly [(value: unknown) => boolean, string];
} = {
  seed: [isWhole(0), "a whole number from 0 on"],
  graph: [(value) => value instanceof Graph, "a Graph"],
  wants: [Array.isArray, "an array of keys of the graph"],
  workers: [isWhole(1), "a whole number from 1 on"],
  tasks: [isWhole(1), "a whole number from 1 on"],
  schedulers: [isWhole(1), "a whole number from 1 on"],
  busy: [isBoolean, "true or false"],
  faults: [(value) => value === "drawn" || isPlainObject(value), '"drawn" or an object of faults'],
};

/** @throws InvalidArgumentError */
export function checkSimulationOptions(options: SimulationOptions): void {
  checkEach(options, "SimulatedCluster.run", checks);
  const { seed, graph, wants = [], faults } = options;
  if (seed === undefined)
    throw refused("SimulatedCluster.run({ seed })", seed, "Give a whole number from 0 on.");
  const missing = wants.find((key) => graph?.has(key) !== true);
  if (missing !== undefined)
    throw refused("SimulatedCluster.run({ wants })", missing, "Give keys that the graph has.");
  if (isPlainObject(faults)) checkEach(faults, "SimulatedCluster.run({ faults })", faultChecks);
}

type Check = readonly [(value: unknown) => boolean, string];

const isAmount = (value: unknown): boolean => typeof value === "number" && value >= 0 && value < Infinity;

/** Rates are parts of the whole, everything else is an amount, or there or not. */
const faultChecks: Readonly<Record<string, Check>> = Object.fromEntries(
  Object.entries(noFaults).map(([name, none]): [string, Check] => {
    if (typeof none === "boolean") return [name, [isBoolean, "true or false"]];
    if (!name.endsWith("Rate")) return [name, [isAmount, "a number from 0 on"]];
    return [name, [(value) => isAmount(value) && (value as number) <= 1, "a number from 0 to 1"]];
  }),
);

function checkEach(given: object, where: string, known: Readonly<Record<string, Check>>): void {
  for (const [name, value] of Object.entries(given)) {
    const at = where.endsWith("})") ? where.replace(" }", `: { ${name} } }`) : `${where}({ ${name} })`;
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined)
      throw refused(at, value, `There is no such name; known are ${Object.keys(known).join(", ")}.`);
    if (value !== undefined && !check[0](value)) throw refused(at, value, `Give ${check[1]}.`);
  }
}

function refused(where: string, value: unknown, remedy: string): InvalidArgumentError {
  return new InvalidArgumentError(where, `got ${describe(value)}`, remedy);
}
