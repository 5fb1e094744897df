/** Which scheduler computes: by name, or an object that is one. */

import { ConfigError, InvalidArgumentError, describe } from "../errors.js";
import type { GraphRunner } from "../executor/graph-runner.js";
import { syncRunner } from "../executor/sync/sync-runner.js";
import { session } from "./session.js";
import { threadsRunner } from "./threads.js";

/** What has a scheduler of its own, as a client of a cluster has. */
export interface RunnerOwner {
  readonly graphRunner: GraphRunner;
}

/** A scheduler's name, a client, or anything else that can run graphs. */
export type Scheduler = string | GraphRunner | RunnerOwner;

const runners: Readonly<Record<string, GraphRunner>> = { sync: syncRunner, threads: threadsRunner };

/** The names `scheduler` may have. */
const schedulerNames = Object.keys(runners);

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
    if (Object.hasOwn(runners, scheduler)) return runners[scheduler]!;
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
  if (Object.hasOwn(runners, name)) return runners[name]!;
  throw new ConfigError("scheduler", origin, ...unknownScheduler(name));
}

function unknownScheduler(name: string): [problem: string, remedy: string] {
  const known = schedulerNames.map((each) => JSON.stringify(each)).join(", ");
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
