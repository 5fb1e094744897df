/** Which scheduler computes: by name, or an object that is one. */

import type { ResolvedConfig } from "../config.js";
import { ConfigError, InvalidArgumentError, describe } from "../errors.js";
import type { GraphRunner, RunnerOwner } from "../executor/graph-runner.js";
import { session } from "./session.js";

/** A scheduler's name, a client, or anything else that can run graphs. */
export type Scheduler = string | GraphRunner | RunnerOwner;

/**
 * Makes `scheduler` the one that computes from here on, unless a call names another; `undefined` goes back to what
 * the settings say.
 *
 * @throws InvalidArgumentError for an unknown name.
 */
export function setScheduler(scheduler: Scheduler | undefined): void {
  session.scheduler = scheduler === undefined ? undefined : schedulerOf(scheduler, "setScheduler(scheduler)");
}

/** The runner meant by `scheduler`; `where` says in errors who named it. @throws InvalidArgumentError */
export function schedulerOf(scheduler: unknown, where: string): GraphRunner {
  if (typeof scheduler === "string") {
    const known = session.runners.get(scheduler);
    if (known !== undefined) return known;
    throw new InvalidArgumentError(where, ...unknownScheduler(scheduler));
  }
  const runner = (scheduler as Partial<RunnerOwner> | null | undefined)?.graphRunner ?? scheduler;
  if (isRunner(runner)) return runner;
  throw new InvalidArgumentError(
    where,
    `got ${describe(scheduler)}`,
    "Give a scheduler's name, a client, or an object with a name and a run method.",
  );
}

/** The scheduler that the settings name; `origin` says where they do. @throws ConfigError */
export function configuredScheduler(name: string, origin: string): GraphRunner {
  const known = session.runners.get(name);
  if (known !== undefined) return known;
  throw new ConfigError("scheduler", origin, ...unknownScheduler(name));
}

/** The scheduler that all settings together make the default: a bus that is named is meant to be used. */
export function schedulerInForce({ scheduler, bus }: ResolvedConfig): GraphRunner {
  const { value, origin } = scheduler;
  return configuredScheduler(origin === "default" && bus.value !== "" ? "bus" : value, origin);
}

function unknownScheduler(name: string): [problem: string, remedy: string] {
  const known = [...session.runners.keys()].map((each) => JSON.stringify(each)).join(", ");
  return [`there is no scheduler ${JSON.stringify(name)}`, `Known are ${known}.`];
}

function isRunner(value: unknown): value is GraphRunner {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<GraphRunner>).run === "function" &&
    typeof (value as Partial<GraphRunner>).name === "string"
  );
}
