/** Runs processes under supervision until they have left or are told to end. */

import { KeepAlive } from "../../client/cluster/keep-alive.js";
import type { Log } from "./log.js";
import type { Plan } from "./plan.js";
import { ProcessSupervisor } from "./process-supervisor.js";
import { untilTold } from "./until-told.js";

/**
 * Starts a process for each plan, the first before all others; drains and ends them in the opposite order. Resolves
 * when all have left.
 *
 * @throws what a process refuses to start for, or is given up for, once the others have ended.
 */
export async function runProcesses(plans: readonly Plan[], log: Log): Promise<void> {
  const supervisors: ProcessSupervisor[] = [];
  const left: Promise<void>[] = [];
  let failure: unknown;
  const stopAll = async (reason: string): Promise<void> => {
    for (const each of [...supervisors].reverse()) await each.stop(reason);
  };
  const giveUp = (error: unknown): void => {
    failure ??= error;
    void stopAll("another process could not go on");
  };
  let isDraining = false;
  const forget = untilTold({
    drain: (signal) => {
      isDraining = true;
      log.info({ signal }, "drains; a second signal stops at once");
      void drainInOrder(supervisors, left, signal);
    },
    stop: (signal) => {
      log.warn({ signal }, "stops at once");
      void stopAll(signal);
    },
  });
  const start = async (plan: Plan): Promise<void> => {
    if (isDraining || failure !== undefined) return;
    const { promise, resolve } = withResolvers();
    const onGivenUp = (error: unknown): void => {
      giveUp(error);
      resolve();
    };
    const supervisor = new ProcessSupervisor(plan, log, { onLeft: resolve, onGivenUp });
    left.push(promise);
    supervisors.push(supervisor);
    await supervisor.start();
  };
  // While one that died waits for its next start, nothing else keeps this process going.
  const keepAlive = new KeepAlive();
  keepAlive.more();
  try {
    const [first, ...others] = plans;
    if (first !== undefined) await start(first);
    await Promise.all(others.map(start));
    await Promise.all(left);
  } catch (error) {
    await stopAll("another process could not start");
    throw error;
  } finally {
    keepAlive.less();
    forget();
  }
  if (failure !== undefined) throw failure as Error;
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** The scheduler is started first and leaves last: the workers need it to hand over what they have. */
async function drainInOrder(
  supervisors: readonly ProcessSupervisor[],
  left: readonly Promise<void>[],
  reason: string,
): Promise<void> {
  const [first, ...others] = supervisors;
  for (const each of others) each.drain(reason);
  await Promise.all(left.slice(1));
  first?.drain(reason);
}
