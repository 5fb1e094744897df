/** Whether what became of futures is what may become of them. */

import type { ClientProcess, SimulatedFuture } from "./client-process.js";
import { InvariantBroken } from "./ledger.js";
import type { World } from "./world.js";

/** Workers that may die under a task, times its value may be lost: the scheduler's own limits. */
const patience = 3;

/** @throws InvariantBroken when a settled future has an end that it must not have. */
export function judge(world: World, client: ClientProcess, future: SimulatedFuture): void {
  const { key, outcome, error } = future;
  if (outcome.state === "pending") return;
  const { culprits } = world.oracle.of(key);
  if (outcome.state === "finished") {
    if (culprits.size > 0) {
      throw new InvariantBroken(
        "I2",
        `${client.name} is told that ${key} has a value, and it needs ${[...culprits].join(", ")}, which fails`,
        key,
      );
    }
    return;
  }
  const reason = whyNot(world, client, future);
  if (reason !== undefined) {
    const said = `${outcome.state}: ${error?.error.kind} in ${error?.origin}: ${error?.error.message}`;
    throw new InvariantBroken("I2", `the future of ${key} at ${client.name} ends as ${said}; ${reason}`, key);
  }
}

/** Why the future must not have ended as it did; undefined when it may. */
function whyNot(
  world: World,
  client: ClientProcess,
  { key, outcome, error, isForeign }: SimulatedFuture,
): string | undefined {
  const { oracle, ledger } = world;
  if (outcome.state === "cancelled") return client.cancelled.has(key) ? undefined : "nobody cancelled it";
  // What others have submitted may be gone with them.
  if (outcome.state === "lost" && isForeign) return undefined;
  const origin = error?.origin ?? key;
  switch (error?.error.kind) {
    case "user":
      return oracle.of(key).culprits.has(origin) ? undefined : "nothing that it needs fails";
    case "killed":
    case "oom": {
      const deaths = (ledger.deaths.get(origin) ?? 0) + world.workersLost;
      return deaths > patience ? undefined : `no more than ${deaths} workers or threads were lost`;
    }
    case "lost":
      return mayLoseValues(world) ? undefined : "no worker was lost, nor out of reach for long";
    case "noWorker":
      return needsSomebody(world, key) ? undefined : "any worker may run what it needs";
    default:
      return "that kind of error has no cause here";
  }
}

/** A value is lost with its worker, or when nobody can get it from there for long. */
function mayLoseValues({ faults, workersLost }: World): boolean {
  const { partitions, clogs, pauses, disconnects, brokerRestarts } = faults;
  return workersLost + partitions + clogs + pauses + disconnects + brokerRestarts > 0;
}

/** Whether it, or something it needs, may run on some workers only. */
function needsSomebody({ oracle }: World, key: string): boolean {
  const pending = [key];
  const seen = new Set<string>();
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const task = oracle.tasks.get(at);
    if (task === undefined || seen.has(at)) continue;
    seen.add(at);
    if (task.options?.workers !== undefined || task.options?.resources !== undefined) return true;
    pending.push(...task.inputs, ...task.after);
  }
  return false;
}
